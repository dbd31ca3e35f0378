/*
 * A streaming JSON parser (RFC 8259) for a byte stream without framing.
 *
 * Bytes go in as they come; each complete top-level value, or the error found in its place, comes
 * out through the callback, in order. Extensions that QMP clients use: strings in single quotes
 * and the escape \'. UTF-8 is checked; \u escapes must be well paired; \u0000 is kept in strings
 * that carry a length (qstring_len()).
 *
 * After an error the parser drops input up to a point where a value may begin again: behind the
 * bracket that closes the broken value; when none is open, a newline or an opening bracket; a line
 * that begins with '{' (the value before it was cut off); or one of the bytes FD..FF or a control
 * character other than tab, CR and LF, which clients send to reset a parser (these reset at once,
 * and silently when no value is open). There is one error for each broken value.
 *
 * One thread at a time; no lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_JSON_PARSER_H
#define QOBJECT_JSON_PARSER_H

#include "qobject/qobject.h"
#include "util/error.h"

typedef struct JsonLimits {
    unsigned max_nesting; /* depth of brackets, default 1024 */
    size_t max_tokens;    /* tokens in one value, default 2 million */
    size_t max_size;      /* bytes of one value or token, default 64 MiB */
} JsonLimits;

extern const JsonLimits json_default_limits;

/* Exactly one of @value (the callee's reference now) and @err (the callee's) is set. */
typedef void JsonEmit(void *opaque, QObject *value, Error *err);

/* Called instead of qobject_unref() for the beginning of a broken value; @cost as below. */
typedef void JsonDiscard(QObject *value, size_t cost);

typedef struct JsonParser JsonParser;

JsonParser *json_parser_new(const JsonLimits *limits, JsonEmit *emit, void *opaque);
void json_parser_free(JsonParser *parser);
void json_parser_set_discard(JsonParser *parser, JsonDiscard *discard);
/*
 * Feed bytes. The callback runs inside; when it calls json_parser_pause(), the feed ends after
 * the value just emitted and returns how many bytes were taken. Otherwise it returns @len.
 */
size_t json_parser_feed(JsonParser *parser, const char *bytes, size_t len);
void json_parser_pause(JsonParser *parser);
/* The stream ends here: an unfinished value is reported as an error. */
void json_parser_flush(JsonParser *parser);
/* In the callback: about how many bytes of memory the value takes, at most. */
size_t json_parser_cost(const JsonParser *parser);
/* Bytes held for the unfinished value (0 between values). */
size_t json_parser_pending(const JsonParser *parser);

/* Parse one whole text, which must hold one value and nothing else. */
QObject *json_parse(const char *text, size_t len, Error **errp);

#endif
