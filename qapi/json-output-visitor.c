/*
 * From C to text: JSON straight into a writer, or a scalar as people read it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/visitor-impl.h"
#include "util/alloc.h"
#include "util/compiler.h"

#include <inttypes.h>
#include <string.h>

typedef struct JsonOutputVisitor {
    Visitor visitor;
    JsonWriter *writer;
    JsonWriter own_writer; /* of the string visitor */
    bool *is_object;       /* for each open container */
    unsigned depth;
    unsigned capacity;
    bool few[16]; /* @is_object, while that is enough */
} JsonOutputVisitor;

static JsonOutputVisitor *to_jv(Visitor *v)
{
    return container_of(v, JsonOutputVisitor, visitor);
}

/* Where the value goes: begun with its name when it is the member of an object. */
static JsonWriter *writer_at(Visitor *v, const char *name)
{
    JsonOutputVisitor *jv = to_jv(v);

    if (jv->depth && jv->is_object[jv->depth - 1]) {
        json_writer_name(jv->writer, name);
    }
    return jv->writer;
}

static void push(JsonOutputVisitor *jv, bool is_object)
{
    if (jv->depth == jv->capacity) {
        bool *old = jv->is_object == jv->few ? NULL : jv->is_object;

        jv->capacity *= 2;
        jv->is_object = g_renew(bool, old, jv->capacity);
        if (!old) {
            memcpy(jv->is_object, jv->few, sizeof(jv->few));
        }
    }
    jv->is_object[jv->depth++] = is_object;
}

static bool json_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    json_writer_begin_object(writer_at(v, name));
    push(to_jv(v), true);
    return true;
}

static void json_end_struct(Visitor *v, void **obj)
{
    json_writer_end_object(to_jv(v)->writer);
    to_jv(v)->depth--;
}

static bool json_start_list(Visitor *v, const char *name, GenericList **list, size_t size,
                            Error **errp)
{
    json_writer_begin_array(writer_at(v, name));
    push(to_jv(v), false);
    return true;
}

static GenericList *json_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return tail->next;
}

static void json_end_list(Visitor *v, void **list)
{
    json_writer_end_array(to_jv(v)->writer);
    to_jv(v)->depth--;
}

static bool json_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    json_writer_int(writer_at(v, name), *obj);
    return true;
}

static bool json_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    json_writer_uint(writer_at(v, name), *obj);
    return true;
}

static bool json_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    json_writer_bool(writer_at(v, name), *obj);
    return true;
}

static bool json_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    json_writer_str(writer_at(v, name), *obj ? *obj : "");
    return true;
}

static bool json_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    if (!visit_check_finite(name, *obj, errp)) {
        return false;
    }
    json_writer_double(writer_at(v, name), *obj);
    return true;
}

static bool json_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    json_writer_qobject(writer_at(v, name), *obj);
    return true;
}

static bool json_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    json_writer_null(writer_at(v, name));
    return true;
}

static void json_free(Visitor *v)
{
    JsonOutputVisitor *jv = to_jv(v);

    if (jv->is_object != jv->few) {
        g_free(jv->is_object);
    }
    g_free(jv);
}

#define CONTAINER_OPS                                                                              \
    .type = VISITOR_OUTPUT, .start_struct = json_start_struct, .end_struct = json_end_struct,      \
    .start_list = json_start_list, .next_list = json_next_list, .end_list = json_end_list,         \
    .type_int64 = json_int64, .type_uint64 = json_uint64, .type_bool = json_bool,                  \
    .type_number = json_number, .type_any = json_any, .type_null = json_null, .free = json_free

static const VisitorOps json_ops = { CONTAINER_OPS, .type_str = json_str };

static JsonOutputVisitor *output_new(const VisitorOps *ops)
{
    JsonOutputVisitor *jv = alloc_zeroed(JsonOutputVisitor);

    jv->visitor.ops = ops;
    jv->is_object = jv->few;
    jv->capacity = G_N_ELEMENTS(jv->few);
    return jv;
}

Visitor *json_output_visitor_new(JsonWriter *writer)
{
    JsonOutputVisitor *jv = output_new(&json_ops);

    jv->writer = writer;
    return &jv->visitor;
}

/* ---- for people: a string that stands alone has no quotes, a size says how much that is ---- */

static bool string_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    JsonOutputVisitor *jv = to_jv(v);

    if (jv->depth) {
        return json_str(v, name, obj, errp);
    }
    g_string_append(jv->writer->out, *obj ? *obj : "");
    return true;
}

static bool string_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    static const char units[] = "KMGTPE";
    JsonOutputVisitor *jv = to_jv(v);
    double scaled = *obj;
    int unit = -1;

    if (jv->depth) {
        return json_uint64(v, name, obj, errp);
    }
    g_string_append_printf(jv->writer->out, "%" PRIu64, *obj);
    while (scaled >= 1024 && unit < 5) {
        scaled /= 1024;
        unit++;
    }
    if (unit >= 0) {
        g_string_append_printf(jv->writer->out, " (%.3g %ciB)", scaled, units[unit]);
    }
    return true;
}

static const VisitorOps string_ops = {
    CONTAINER_OPS,
    .type_str = string_str,
    .type_size = string_size,
};

Visitor *string_output_visitor_new(GString *out)
{
    JsonOutputVisitor *jv = output_new(&string_ops);

    json_writer_init(&jv->own_writer, out, false);
    jv->writer = &jv->own_writer;
    return &jv->visitor;
}
