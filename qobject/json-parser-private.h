/*
 * How the streaming parser looks inside: its lexer and its grammar call each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_JSON_PARSER_PRIVATE_H
#define QOBJECT_JSON_PARSER_PRIVATE_H

#include "qobject/json-lexer.h"
#include "qobject/json-parser.h"
#include "qobject/qobject-private.h"

typedef enum LexState { LEX_BETWEEN, LEX_STRING, LEX_WORD } LexState;

typedef enum Expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, /* behind '[' */
    EXPECT_KEY,
    EXPECT_KEY_OR_END, /* behind '{' */
    EXPECT_COLON,
    EXPECT_SEPARATOR,
} Expect;

struct JsonParser {
    JsonLimits limits;
    JsonEmit *emit;
    void *opaque;
    JsonDiscard *discard;
    bool strict; /* no resets: any byte that is not JSON is an error */
    bool paused;

    LexState lex;
    char quote;     /* the one that ends the string */
    bool escape;    /* the byte before was a backslash */
    bool high_bits; /* the string has bytes over 7F */
    bool escapes;   /* the string has escape sequences */
    GString *token; /* what came of a cut token; of a string: decoded, but for ... */
    size_t raw;     /* ... what stands here and behind it */

    bool open;        /* a value has begun */
    GPtrArray *stack; /* open containers; the outermost owns all below it */
    Expect expect;
    size_t size;   /* bytes of the open value so far */
    size_t tokens; /* tokens of it */
    size_t cost;   /* of the last one that was open */

    bool skipping;
    size_t skip_depth; /* brackets of the broken value that are open */
    bool line_start;   /* the byte before was a newline */
};

/* ---- json-parser.c ---- */

/* Report @err in place of the open value and skip the rest of it. */
void json_fail(JsonParser *parser, Error *err);
void json_fail_with(JsonParser *parser, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void json_clear_token(JsonParser *parser);
/* Forget the open value; what is on the stack is gone or somebody else's. */
void json_close_value(JsonParser *parser);
/* A value may begin again. */
void json_start_afresh(JsonParser *parser);

/* ---- json-grammar.c: what each token does to the open value ---- */

/* False: refused, and not consumed. */
bool json_take_open(JsonParser *parser, char bracket);
bool json_take_close(JsonParser *parser, char bracket);
bool json_take_comma(JsonParser *parser);
bool json_take_colon(JsonParser *parser);
bool json_expects_key(const JsonParser *parser);
bool json_expects_value(const JsonParser *parser);
/* The message for a token that is not what has to come next. */
void json_fail_unexpected(JsonParser *parser);
void json_take_key(JsonParser *parser, const char *text, size_t len);
/* The parser's reference. */
void json_take_scalar(JsonParser *parser, QObject *value);
void json_take_word(JsonParser *parser, const char *text, size_t len);
void json_count_token(JsonParser *parser);

/* ---- json-steps.c ---- */

/* Consume at most one token of @p .. @end; returns where it stopped. */
const char *json_step(JsonParser *parser, const char *p, const char *end);

#endif
