/*
 * Writing JSON text straight into a buffer.
 *
 * Output is ASCII (everything else as \u escapes), compact ({"a": 1, "b": [1, 2]}: one space after
 * colon and comma) or pretty (4 spaces a level, for 32 levels). Numbers are always valid JSON: a
 * double that is not finite cannot be written and is an assertion failure of the caller.
 *
 * No lock; a writer belongs to one thread at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_JSON_WRITER_H
#define QOBJECT_JSON_WRITER_H

#include "qobject/qobject.h"

typedef struct JsonWriter {
    GString *out; /* not owned; appended to */
    bool pretty;
    /* private */
    unsigned depth;
    bool need_comma;
    bool after_name;
    const char *deferred_name; /* see json_writer_defer_object() */
    size_t deferred_at;
} JsonWriter;

void json_writer_init(JsonWriter *writer, GString *out, bool pretty);

/*
 * Begin an object and its first member @name (static text), but only when something is written
 * next; until then @out is not touched. json_writer_rewind() takes it back, and all that was
 * written since, which must be the end of @out.
 */
void json_writer_defer_object(JsonWriter *writer, const char *name);
void json_writer_rewind(JsonWriter *writer);

/* Inside an object every value is preceded by its name. */
void json_writer_name(JsonWriter *writer, const char *name);
void json_writer_begin_object(JsonWriter *writer);
void json_writer_end_object(JsonWriter *writer);
void json_writer_begin_array(JsonWriter *writer);
void json_writer_end_array(JsonWriter *writer);
void json_writer_null(JsonWriter *writer);
void json_writer_bool(JsonWriter *writer, bool value);
void json_writer_int(JsonWriter *writer, int64_t value);
void json_writer_uint(JsonWriter *writer, uint64_t value);
void json_writer_double(JsonWriter *writer, double value);
void json_writer_str(JsonWriter *writer, const char *text);
void json_writer_str_len(JsonWriter *writer, const char *text, size_t len);
void json_writer_qobject(JsonWriter *writer, const QObject *value);
/* Text that is a complete JSON value already, as compact output would be. */
void json_writer_raw(JsonWriter *writer, const char *json, size_t len);

/* Convenience: the whole value as new text (g_free() / g_string_free()). */
char *qobject_to_json(const QObject *value);
char *qobject_to_json_pretty(const QObject *value);

#endif
