/*
 * From JSON values, or from the strings of a command line, to C.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/keyval.h"
#include "qapi/text-to-value.h"
#include "qapi/visitor-impl.h"
#include "util/alloc.h"
#include "util/compiler.h"

#include <string.h>

/* A container that the walk is in. */
typedef struct Frame {
    const char *name;   /* member of the container around it; unused in a list and at the top */
    QObject *obj;       /* a QDict or a QList */
    size_t index;       /* QList: the element visited now */
    unsigned first_use; /* QDict: its first name in @asked */
} Frame;

typedef struct QObjectInputVisitor {
    Visitor visitor;
    QObject *root;
    bool keyval;      /* scalars are strings */
    bool taking;      /* strings may be moved out of @root */
    GArray *frames;   /* of Frame */
    GPtrArray *asked; /* names of the members visited so far, of all frames */
} QObjectInputVisitor;

static QObjectInputVisitor *to_iv(Visitor *v)
{
    return container_of(v, QObjectInputVisitor, visitor);
}

static Frame *top_frame(QObjectInputVisitor *iv)
{
    return iv->frames->len ? &g_array_index(iv->frames, Frame, iv->frames->len - 1) : NULL;
}

/* ---- messages: what of the input goes into them is cut, for it may be megabytes ---- */

static char *input_path(Visitor *v, const char *name)
{
    QObjectInputVisitor *iv = to_iv(v);
    GString *path = g_string_new(NULL);

    for (unsigned i = 0; i < iv->frames->len; i++) {
        Frame *frame = &g_array_index(iv->frames, Frame, i);

        if (frame->obj->type == QTYPE_QLIST) {
            g_string_append_printf(path, iv->keyval ? ".%zu" : "[%zu]", frame->index);
        } else {
            const char *member = i + 1 < iv->frames->len ? frame[1].name : name;

            g_string_append_printf(path, "%s%.256s", path->len ? "." : "", member);
        }
    }
    if (!iv->frames->len) {
        g_string_append(path, name ? name : "value");
    }
    return g_string_free(path, false);
}

static bool bad_type(Visitor *v, const char *name, const char *expected, Error **errp)
{
    g_autofree char *path = input_path(v, name);

    error_setg(errp, "Invalid parameter type for '%s', expected: %s", path, expected);
    return false;
}

/* Text that does not say what it should. */
static bool bad_text(Visitor *v, const char *name, const char *expected, const char *text,
                     Error **errp)
{
    g_autofree char *path = input_path(v, name);

    error_setg(errp, "Parameter '%s' expects %s, not '%.256s'", path, expected, text);
    return false;
}

/* ---- finding the value ---- */

/* What @name stands for here; NULL when it is missing. */
static QObject *look_up(QObjectInputVisitor *iv, const char *name)
{
    Frame *frame = top_frame(iv);

    if (!frame) {
        return iv->root;
    }
    if (frame->obj->type == QTYPE_QLIST) {
        return qlist_at((QList *)frame->obj, frame->index);
    }
    return qdict_get((QDict *)frame->obj, name);
}

/* The same; a missing value is an error, and one that is there counts as asked for. */
static QObject *take(Visitor *v, const char *name, Error **errp)
{
    QObjectInputVisitor *iv = to_iv(v);
    Frame *frame = top_frame(iv);
    QObject *obj = look_up(iv, name);

    if (!obj) {
        g_autofree char *path = input_path(v, name);

        error_setg(errp, "Parameter '%s' is missing", path);
    } else if (frame && frame->obj->type == QTYPE_QDICT) {
        g_ptr_array_add(iv->asked, (char *)name);
    }
    return obj;
}

/* The string of a scalar in keyval mode. */
static const char *take_text(Visitor *v, const char *name, const char *expected, Error **errp)
{
    QObject *obj = take(v, name, errp);
    QString *str = qobject_to_qstring(obj);

    if (obj && !str) {
        bad_type(v, name, expected, errp);
    }
    return str ? qstring_get(str) : NULL;
}

/* ---- containers ---- */

/* Walk into the container that @name stands for; NULL (and an error) when it is none of @type. */
static QObject *enter(Visitor *v, const char *name, QType type, Error **errp)
{
    QObjectInputVisitor *iv = to_iv(v);
    QObject *obj = take(v, name, errp);
    Frame frame = { .name = name, .obj = obj, .first_use = iv->asked->len };

    if (obj && obj->type != type) {
        bad_type(v, name, qtype_json_name(type), errp);
        return NULL;
    }
    if (obj) {
        g_array_append_val(iv->frames, frame);
    }
    return obj;
}

static void pop_frame(QObjectInputVisitor *iv)
{
    g_ptr_array_set_size(iv->asked, top_frame(iv)->first_use);
    g_array_set_size(iv->frames, iv->frames->len - 1);
}

static bool input_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    QObject *value = enter(v, name, QTYPE_QDICT, errp);

    if (value && obj) {
        *obj = g_malloc0(size);
    }
    return value;
}

static bool was_asked(QObjectInputVisitor *iv, const char *key)
{
    for (unsigned i = top_frame(iv)->first_use; i < iv->asked->len; i++) {
        if (!strcmp(iv->asked->pdata[i], key)) {
            return true;
        }
    }
    return false;
}

/* There are no more names asked for than the schema has: that bounds the search. */
static bool input_check_struct(Visitor *v, Error **errp)
{
    QObjectInputVisitor *iv = to_iv(v);
    Frame *frame = top_frame(iv);
    QDict *dict = (QDict *)frame->obj;

    if (qdict_size(dict) == iv->asked->len - frame->first_use) {
        return true;
    }
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        if (!was_asked(iv, qdict_entry_key(e))) {
            g_autofree char *path = input_path(v, qdict_entry_key(e));

            error_setg(errp, "Parameter '%s' is unexpected", path);
            return false;
        }
    }
    return true;
}

static void input_end_struct(Visitor *v, void **obj)
{
    pop_frame(to_iv(v));
}

static bool input_start_list(Visitor *v, const char *name, GenericList **list, size_t size,
                             Error **errp)
{
    QObject *value = enter(v, name, QTYPE_QLIST, errp);

    if (value && list) {
        *list = qlist_size((QList *)value) ? g_malloc0(size) : NULL;
    }
    return value;
}

static GenericList *input_next_list(Visitor *v, GenericList *tail, size_t size)
{
    Frame *frame = top_frame(to_iv(v));

    if (++frame->index >= qlist_size((QList *)frame->obj)) {
        return NULL;
    }
    return tail->next = g_malloc0(size);
}

static void input_end_list(Visitor *v, void **list)
{
    pop_frame(to_iv(v));
}

static bool input_start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size,
                                  Error **errp)
{
    QObject *value = look_up(to_iv(v), name);

    if (!value) {
        return take(v, name, errp);
    }
    *obj = g_malloc0(size);
    (*obj)->type = value->type;
    return true;
}

static bool input_optional(Visitor *v, const char *name)
{
    return look_up(to_iv(v), name) != NULL;
}

/* ---- scalars of JSON ---- */

static bool json_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    QObject *value = take(v, name, errp);
    QNum *num = qobject_to_qnum(value);

    return value && ((num && qnum_get_try_int(num, obj)) || bad_type(v, name, "integer", errp));
}

static bool json_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    QObject *value = take(v, name, errp);
    QNum *num = qobject_to_qnum(value);

    if (!value || (num && qnum_get_try_uint(num, obj))) {
        return value;
    }
    return bad_type(v, name, num && qnum_kind(num) == QNUM_I64 ? "non-negative integer" : "integer",
                    errp);
}

static bool json_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    QObject *value = take(v, name, errp);
    QBool *boolean = qobject_to_qbool(value);

    if (!boolean) {
        return value && bad_type(v, name, "boolean", errp);
    }
    *obj = qbool_get(boolean);
    return true;
}

static bool json_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    QObject *value = take(v, name, errp);
    QNum *num = qobject_to_qnum(value);

    if (!num) {
        return value && bad_type(v, name, "number", errp);
    }
    *obj = qnum_get_double(num);
    return true;
}

static bool json_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    QObject *value = take(v, name, errp);

    if (!qobject_to_qnull(value)) {
        return value && bad_type(v, name, "null", errp);
    }
    *obj = qnull();
    return true;
}

/* ---- scalars of both ---- */

static bool input_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    QObject *value = take(v, name, errp);
    QString *str = qobject_to_qstring(value);

    if (!str) {
        return value && bad_type(v, name, "string", errp);
    }
    /* A C string ends at the first one: what follows would silently be cut off. */
    if (strlen(qstring_get(str)) != qstring_len(str)) {
        g_autofree char *path = input_path(v, name);

        error_setg(errp, "Parameter '%s' expects a string without NUL characters", path);
        return false;
    }
    *obj = to_iv(v)->taking ? qstring_take(str) : g_strdup(qstring_get(str));
    return true;
}

static bool input_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    *obj = qobject_ref(take(v, name, errp));
    return *obj;
}

/* ---- scalars of a command line ---- */

static bool keyval_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    const char *text = take_text(v, name, "integer", errp);

    return text && (text_to_int64(text, obj) || bad_text(v, name, "an integer", text, errp));
}

static bool keyval_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    const char *text = take_text(v, name, "integer", errp);

    return text && (text_to_uint64(text, obj) ||
                    bad_text(v, name, "a non-negative integer below 2^64", text, errp));
}

static bool keyval_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    const char *text = take_text(v, name, "size", errp);

    return text && (parse_size(text, 'B', obj, NULL) ||
                    bad_text(v, name,
                             "a size: a non-negative number below 2^64, optionally with suffix k, "
                             "M, G, T, P or E",
                             text, errp));
}

static bool keyval_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    const char *text = take_text(v, name, "boolean", errp);

    return text && (text_to_bool(text, obj) || bad_text(v, name, "'on' or 'off'", text, errp));
}

static bool keyval_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    const char *text = take_text(v, name, "number", errp);

    return text && (text_to_double(text, obj) || bad_text(v, name, "a number", text, errp));
}

static bool keyval_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    const char *text = take_text(v, name, "null", errp);

    if (!text || *text) {
        return text && bad_text(v, name, "an empty value", text, errp);
    }
    *obj = qnull();
    return true;
}

static void input_free(Visitor *v)
{
    QObjectInputVisitor *iv = to_iv(v);

    qobject_unref(iv->root);
    g_array_free(iv->frames, true);
    g_ptr_array_free(iv->asked, true);
    g_free(iv);
}

#define CONTAINER_OPS                                                                              \
    .type = VISITOR_INPUT, .start_struct = input_start_struct, .check_struct = input_check_struct, \
    .end_struct = input_end_struct, .start_list = input_start_list, .next_list = input_next_list,  \
    .end_list = input_end_list, .start_alternate = input_start_alternate,                          \
    .optional = input_optional, .type_str = input_str, .type_any = input_any, .path = input_path,  \
    .free = input_free

static const VisitorOps json_ops = {
    CONTAINER_OPS,          .type_int64 = json_int64,   .type_uint64 = json_uint64,
    .type_bool = json_bool, .type_number = json_number, .type_null = json_null,
};

static const VisitorOps keyval_ops = {
    CONTAINER_OPS,
    .type_int64 = keyval_int64,
    .type_uint64 = keyval_uint64,
    .type_size = keyval_size,
    .type_bool = keyval_bool,
    .type_number = keyval_number,
    .type_null = keyval_null,
};

static Visitor *input_new(QObject *root, const VisitorOps *ops)
{
    QObjectInputVisitor *iv = alloc_zeroed(QObjectInputVisitor);

    iv->visitor.ops = ops;
    iv->root = root;
    iv->keyval = ops == &keyval_ops;
    iv->frames = g_array_sized_new(false, false, sizeof(Frame), 4);
    iv->asked = g_ptr_array_sized_new(16);
    return &iv->visitor;
}

Visitor *qobject_input_visitor_new(QObject *obj)
{
    return input_new(qobject_ref(obj), &json_ops);
}

Visitor *qobject_input_visitor_new_taking(QObject *obj)
{
    Visitor *v = qobject_input_visitor_new(obj);

    to_iv(v)->taking = true;
    return v;
}

Visitor *qobject_input_visitor_new_keyval(QObject *obj)
{
    return input_new(qobject_ref(obj), &keyval_ops);
}

Visitor *string_input_visitor_new(const char *text)
{
    return input_new(QOBJECT(qstring_new(text)), &keyval_ops);
}
