// Written from grammar/lmp.lark; do not edit.

#define WORD 1
#define QUOTE 2
#define DIGIT 4
#define MINUS 8
#define BRACE 16
#define SQUARE 32
#define PAREN 64
#define SLASH 128
#define ANYTHING 511

// The words that are keywords in some places and names in others, and what follows them as keywords.
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
    {"data", WORD},
    {"demo", BRACE},
    {"depth", DIGIT},
    {"dollars", ANYTHING},
    {"emit", WORD},
    {"enum", BRACE},
    {"extends", WORD},
    {"extern", WORD},
    {"fixed", WORD},
    {"from", QUOTE},
    {"import", QUOTE | BRACE},
    {"items", ANYTHING},
    {"list", SQUARE},
    {"lm", WORD},
    {"map", SQUARE},
    {"matching", SLASH},
    {"metric", WORD},
    {"module", WORD},
    {"off", ANYTHING},
    {"on", ANYTHING},
    {"optimize", WORD},
    {"out", WORD},
    {"passes", WORD},
    {"prompt", WORD | QUOTE | BRACE},
    {"proposer", WORD},
    {"retriever", WORD},
    {"retry", DIGIT},
    {"seed", DIGIT},
    {"signature", WORD},
    {"system", WORD | QUOTE},
    {"teacher", WORD},
    {"test", QUOTE},
    {"to", QUOTE | DIGIT},
    {"tokens", ANYTHING},
    {"tool", WORD},
    {"type", WORD},
    {"up", WORD},
    {"user", WORD | QUOTE},
    {"using", SQUARE},
    {"with", BRACE},
};
