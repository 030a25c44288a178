// The tokens that need more than a regular expression: comments, strings and f-strings, and words that are keywords in
// some places and names in others. The rules are those of lmc/syntax/tokens.py.

#include "tree_sitter/alloc.h"
#include "tree_sitter/parser.h"

#include <string.h>

#include "keywords.h"

enum { LINE, NAME, COMMENT, STRING_OPEN, FSTRING_OPEN, TEXT, ESCAPE, STRING_CLOSE, HOLE_OPEN, PATTERN, STRAY };

// What is known of a string that is open. An f-string is not in its text while one of its holes is read.
enum { BLOCK = 1, FORMAT = 2, IN_TEXT = 4 };

#define MAX_DEPTH 16
#define MAX_FORMATS 9
#define LONGEST_WORD 20

typedef struct {
    unsigned char depth;
    unsigned char open[MAX_DEPTH];
} Scanner;

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static bool is_letter(int32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

static bool is_space(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

static bool is_foreign(int32_t c) { return c >= 0x80; }

static int hex_value(int32_t c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool give(TSLexer *lexer, TSSymbol symbol) {
    lexer->result_symbol = symbol;
    return true;
}

// A token that ends here.
static bool end_with(TSLexer *lexer, TSSymbol symbol) {
    lexer->mark_end(lexer);
    return give(lexer, symbol);
}

// Reads a word, as far as it fits; gives its size.
static unsigned read_word(TSLexer *lexer, char *word) {
    unsigned size = 0;
    for (; is_letter(lexer->lookahead) || is_digit(lexer->lookahead); size++) {
        if (size < LONGEST_WORD) word[size] = (char)lexer->lookahead;
        advance(lexer);
    }
    word[size < LONGEST_WORD ? size : LONGEST_WORD] = 0;
    return size;
}

// Escapes and text

// After a backslash: reads the rest of an escape; false if there is none such.
static bool read_escape(TSLexer *lexer) {
    int32_t c = lexer->lookahead;
    if (c == '\n' || lexer->eof(lexer)) return false;
    advance(lexer);
    if (c != 'u') return c == 'n' || c == 't' || c == 'r' || c == '"' || c == '\\';
    if (lexer->lookahead != '{') return false;
    advance(lexer);
    int32_t code = 0, digits = 0;
    for (; hex_value(lexer->lookahead) >= 0; digits++) {
        if (digits < 7) code = code * 16 + hex_value(lexer->lookahead);
        advance(lexer);
    }
    if (lexer->lookahead != '}') return false;
    advance(lexer);
    return digits >= 1 && digits <= 6 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

// `"""` read to its end.
static bool read_quotes(TSLexer *lexer) {
    for (int i = 0; i < 3; i++) {
        if (lexer->lookahead != '"') return false;
        advance(lexer);
    }
    return true;
}

// Within a string: what stands here, be it text, an escape, a hole or the end.
static bool scan_text(Scanner *scanner, TSLexer *lexer) {
    unsigned char *kind = &scanner->open[scanner->depth - 1];
    bool block = *kind & BLOCK, format = *kind & FORMAT, text = false;
    for (;; text = true) {
        int32_t c = lexer->lookahead;
        bool ends = lexer->eof(lexer) || (c == '\n' && !block);
        bool means = c == '"' || c == '\\' || (format && (c == '{' || c == '}'));
        if (!ends && !means) {
            advance(lexer);
            continue;
        }
        lexer->mark_end(lexer);
        if (c == '"' && block && !lexer->eof(lexer)) {
            if (!read_quotes(lexer)) continue;
        } else if (!text && !lexer->eof(lexer)) {
            advance(lexer);
        }
        if (text) return give(lexer, TEXT);
        if (lexer->eof(lexer) && ends) return false;
        if (c == '"') {
            scanner->depth--;
            return end_with(lexer, STRING_CLOSE);
        }
        if (c == '\\') {
            bool valid = read_escape(lexer);
            return end_with(lexer, valid ? ESCAPE : STRAY);
        }
        if (ends) {
            scanner->depth--;
            return end_with(lexer, STRAY);
        }
        if (lexer->lookahead == c) {
            advance(lexer);
            return end_with(lexer, ESCAPE);
        }
        if (c == '{') *kind &= ~IN_TEXT;
        return end_with(lexer, c == '{' ? HOLE_OPEN : STRAY);
    }
}

// Whether a string that was just opened ends, read to its end. `lines` counts its lines; `formats` f-strings are open,
// itself among them.
static bool closes(TSLexer *lexer, unsigned char kind, int formats, int *lines);

// Behind the first quote of a string: BLOCK if three open it. `*empty`: it is `""`.
static unsigned char read_opening(TSLexer *lexer, bool *empty) {
    *empty = false;
    if (lexer->lookahead != '"') return 0;
    advance(lexer);
    *empty = lexer->lookahead != '"';
    if (*empty) return 0;
    advance(lexer);
    return BLOCK;
}

// The same for a hole of an f-string. `block`: it may have several lines.
static bool hole_closes(TSLexer *lexer, bool block, int formats, int *lines) {
    char word[LONGEST_WORD + 1];
    for (int depth = 0; !lexer->eof(lexer);) {
        int32_t c = lexer->lookahead;
        if (!block && (c == '\n' || c == '#')) return false;
        bool format = is_letter(c) && read_word(lexer, word) == 1 && word[0] == 'f' && lexer->lookahead == '"';
        if (c == '"' || format) {
            int inner = 0;
            bool empty;
            advance(lexer);
            unsigned char kind = read_opening(lexer, &empty) | (format ? FORMAT : 0);
            if (!empty && !closes(lexer, kind, formats + format, &inner)) return false;
            if (inner && !block && !format) return false;
            *lines += inner;
        } else if (c == '#') {
            while (!lexer->eof(lexer) && lexer->lookahead != '\n') advance(lexer);
        } else if (!is_letter(c)) {
            if (c == '}' && !depth--) {
                advance(lexer);
                return true;
            }
            depth += c == '{';
            *lines += c == '\n';
            advance(lexer);
        }
    }
    return false;
}

static bool closes(TSLexer *lexer, unsigned char kind, int formats, int *lines) {
    bool block = kind & BLOCK, format = kind & FORMAT;
    if (formats > MAX_FORMATS) return false;
    while (!lexer->eof(lexer)) {
        int32_t c = lexer->lookahead;
        if (c == '"' && block) {
            if (read_quotes(lexer)) return true;
            continue;
        }
        if (c == '\n' && !block) return false;
        advance(lexer);
        if (c == '"') return true;
        *lines += c == '\n';
        if (c == '\\') {
            c = lexer->lookahead;
            if (lexer->eof(lexer) || (c == '\n' && !block)) return false;
            *lines += c == '\n';
            advance(lexer);
            if (c == 'u' && lexer->lookahead == '{') {
                do advance(lexer);
                while (hex_value(lexer->lookahead) >= 0);
            }
        } else if (format && (c == '{' || c == '}')) {
            if (lexer->lookahead == c) {
                advance(lexer);
            } else if (c == '{' && !hole_closes(lexer, block, formats, lines)) {
                return false;
            }
        }
    }
    return false;
}

// At the quotes of a string or, behind its `f`, of an f-string. One without an end is taken to reach to the end of its
// line; of `"""` only the quotes are lost.
static bool scan_string(Scanner *scanner, TSLexer *lexer, unsigned char kind) {
    int lines = 0, formats = (kind & FORMAT) != 0;
    bool empty;
    advance(lexer);
    lexer->mark_end(lexer);
    kind |= read_opening(lexer, &empty);
    if (kind & BLOCK) lexer->mark_end(lexer);
    for (int i = 0; i < scanner->depth; i++) formats += (scanner->open[i] & FORMAT) != 0;
    if (scanner->depth < MAX_DEPTH && (empty || closes(lexer, kind, formats, &lines))) {
        scanner->open[scanner->depth++] = kind | IN_TEXT;
        return give(lexer, kind & FORMAT ? FSTRING_OPEN : STRING_OPEN);
    }
    if (!(kind & BLOCK)) {
        while (!lexer->eof(lexer) && lexer->lookahead != '\n') advance(lexer);
        lexer->mark_end(lexer);
    }
    return give(lexer, STRAY);
}

// Behind the first slash of a regular expression: to the one that ends it.
static bool scan_pattern(TSLexer *lexer) {
    unsigned size = 0;
    for (; !lexer->eof(lexer) && lexer->lookahead != '\n' && lexer->lookahead != '/'; size++) {
        bool escaped = lexer->lookahead == '\\';
        advance(lexer);
        if (!escaped) continue;
        if (lexer->eof(lexer) || lexer->lookahead == '\n') break;
        advance(lexer);
    }
    return size && end_with(lexer, lexer->lookahead == '/' ? PATTERN : STRAY);
}

// Words

static void skip_blanks(TSLexer *lexer) {
    while (is_space(lexer->lookahead) || lexer->lookahead == '#') {
        bool comment = lexer->lookahead == '#';
        advance(lexer);
        while (comment && !lexer->eof(lexer) && lexer->lookahead != '\n') advance(lexer);
    }
}

// The class of the token that comes next.
static unsigned following(TSLexer *lexer) {
    skip_blanks(lexer);
    int32_t c = lexer->lookahead;
    if (is_letter(c)) {
        advance(lexer);
        return c == 'f' && lexer->lookahead == '"' ? 0 : WORD;
    }
    if (is_digit(c)) return DIGIT;
    switch (c) {
        case '"': return QUOTE;
        case '-': return MINUS;
        case '{': return BRACE;
        case '[': return SQUARE;
        case '(': return PAREN;
        case '/': return SLASH;
        default: return 0;
    }
}

static bool is_reserved(const char *word) {
    for (unsigned i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++) {
        if (!strcmp(word, RESERVED[i])) return true;
    }
    return false;
}

// Whether a word at the margin that may declare something does, by what follows it.
static bool declares(TSLexer *lexer, unsigned after) {
    char name[LONGEST_WORD + 1];
    while (lexer->lookahead == ' ' || lexer->lookahead == '\t') advance(lexer);
    if (lexer->lookahead == '"') return after & QUOTE;
    if (lexer->lookahead == '{') return after & BRACE;
    if (!(after & WORD) || !is_letter(lexer->lookahead)) return false;
    read_word(lexer, name);
    if (is_reserved(name)) return false;
    if (after & NAMED) return true;
    skip_blanks(lexer);
    int32_t c = lexer->lookahead;
    advance(lexer);
    return c == ':' || c == '(' || c == '{' || (c == '=' && lexer->lookahead != '=' && lexer->lookahead != '>');
}

// A word: at the margin it may begin a declaration; where a name can stand it may be one in spite of its looks.
static bool scan_word(Scanner *scanner, TSLexer *lexer, bool margin, bool names) {
    char word[LONGEST_WORD + 1];
    lexer->mark_end(lexer);
    unsigned size = read_word(lexer, word);
    if (size == 1 && word[0] == 'f' && lexer->lookahead == '"') return scan_string(scanner, lexer, FORMAT);
    if (is_foreign(lexer->lookahead)) {
        while (is_letter(lexer->lookahead) || is_digit(lexer->lookahead) || is_foreign(lexer->lookahead)) advance(lexer);
        return end_with(lexer, STRAY);
    }
    for (unsigned i = 0; i < sizeof KEYWORDS / sizeof *KEYWORDS; i++) {
        if (strcmp(word, KEYWORDS[i].word)) continue;
        unsigned after = KEYWORDS[i].after;
        if (margin && (after & DECLARES)) return declares(lexer, after) && give(lexer, LINE);
        if (!names || after == ANYTHING) return false;
        lexer->mark_end(lexer);
        return !(after & following(lexer)) && give(lexer, NAME);
    }
    return false;
}

// At `'`, which begins nothing: to the one that may end it.
static bool scan_single_quoted(TSLexer *lexer) {
    advance(lexer);
    lexer->mark_end(lexer);
    while (!lexer->eof(lexer) && lexer->lookahead != '\'' && lexer->lookahead != '\n') advance(lexer);
    if (lexer->lookahead == '\'') {
        advance(lexer);
        lexer->mark_end(lexer);
    }
    return give(lexer, STRAY);
}

// The spaces at the end of the line of a comment are no part of it.
static bool scan_comment(TSLexer *lexer) {
    while (!lexer->eof(lexer) && lexer->lookahead != '\n') {
        bool space = is_space(lexer->lookahead);
        advance(lexer);
        if (!space) lexer->mark_end(lexer);
    }
    return give(lexer, COMMENT);
}

static bool scan_code(Scanner *scanner, TSLexer *lexer, const bool *valid) {
    bool margin = false;
    for (; is_space(lexer->lookahead); lexer->advance(lexer, true)) margin = lexer->lookahead == '\n';
    int32_t c = lexer->lookahead;
    if (c == '#') return scan_comment(lexer);
    if (c == '"') return scan_string(scanner, lexer, 0);
    if (c == '\'') return scan_single_quoted(lexer);
    if (is_letter(c) || is_foreign(c)) return scan_word(scanner, lexer, margin, valid[NAME]);
    return false;
}

void *tree_sitter_lmp_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_lmp_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_lmp_external_scanner_serialize(void *payload, char *buffer) {
    Scanner *scanner = payload;
    memcpy(buffer, scanner->open, scanner->depth);
    return scanner->depth;
}

void tree_sitter_lmp_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    Scanner *scanner = payload;
    scanner->depth = (unsigned char)length;
    if (length) memcpy(scanner->open, buffer, length);
}

bool tree_sitter_lmp_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    Scanner *scanner = payload;
    // Only where the parser has lost its way everything is valid. Then what is known of the open strings must do.
    bool lost = valid[STRAY];
    if (scanner->depth && !lost) {
        unsigned char *top = &scanner->open[scanner->depth - 1];
        if (valid[TEXT]) {
            *top |= IN_TEXT;
        } else if (*top & IN_TEXT) {
            scanner->depth--;
        }
    }
    if (scanner->depth && (scanner->open[scanner->depth - 1] & IN_TEXT)) return scan_text(scanner, lexer);
    return valid[PATTERN] && !lost ? scan_pattern(lexer) : scan_code(scanner, lexer, valid);
}
