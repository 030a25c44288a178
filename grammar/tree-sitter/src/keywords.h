// Written from grammar/lmp.lark and lmc/syntax; do not edit.

// What follows a keyword, by its first character. DECLARES: at the margin it begins a declaration, with
// NAMED wherever a name follows.
#define WORD 1
#define QUOTE 2
#define DIGIT 4
#define MINUS 8
#define BRACE 16
#define SQUARE 32
#define PAREN 64
#define SLASH 128
#define ANYTHING 256
#define DECLARES 512
#define NAMED 1024

// The words that are keywords in some places and names in others.
static const struct {
    const char *word;
    unsigned short after;
} KEYWORDS[] = {
    {"above", DIGIT},
    {"as", WORD | QUOTE},
    {"assertions", WORD},
    {"assistant", WORD | QUOTE},
    {"at", WORD | QUOTE | DIGIT | MINUS},
    {"budget", DIGIT},
    {"by", WORD},
    {"calls", ANYTHING},
    {"case", WORD | QUOTE | DIGIT | MINUS | BRACE | PAREN},
    {"chars", ANYTHING},
    {"data", WORD | DECLARES},
    {"demo", BRACE},
    {"depth", DIGIT},
    {"dollars", ANYTHING},
    {"emit", WORD | DECLARES | NAMED},
    {"enum", BRACE},
    {"extends", WORD},
    {"extern", WORD | DECLARES | NAMED},
    {"fixed", WORD},
    {"from", QUOTE},
    {"import", QUOTE | BRACE | DECLARES},
    {"items", ANYTHING},
    {"list", SQUARE},
    {"lm", WORD | DECLARES},
    {"map", SQUARE},
    {"matching", SLASH},
    {"metric", WORD | DECLARES},
    {"module", WORD | DECLARES | NAMED},
    {"off", ANYTHING},
    {"on", ANYTHING},
    {"optimize", WORD | DECLARES | NAMED},
    {"out", WORD},
    {"passes", WORD},
    {"prompt", WORD | QUOTE | BRACE},
    {"proposer", WORD},
    {"retriever", WORD | DECLARES},
    {"retry", DIGIT},
    {"seed", DIGIT},
    {"signature", WORD | DECLARES | NAMED},
    {"system", WORD | QUOTE},
    {"teacher", WORD},
    {"test", QUOTE | DECLARES},
    {"to", QUOTE | DIGIT},
    {"tokens", ANYTHING},
    {"tool", WORD | DECLARES},
    {"type", WORD | DECLARES | NAMED},
    {"up", WORD},
    {"user", WORD | QUOTE},
    {"using", SQUARE},
    {"with", BRACE},
};

// The words that are never names.
static const char *const RESERVED[] = {
    "and",
    "assert",
    "best_of",
    "break",
    "chain_of_thought",
    "compare",
    "else",
    "ensemble",
    "false",
    "for",
    "if",
    "in",
    "let",
    "match",
    "not",
    "null",
    "or",
    "parallel",
    "predict",
    "program_of_thought",
    "react",
    "refine",
    "repeat",
    "retrieve",
    "return",
    "suggest",
    "true",
    "try",
    "tune",
    "vote",
    "while",
};
