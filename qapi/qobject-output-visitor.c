/*
 * From C to JSON values.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/visitor-impl.h"
#include "util/compiler.h"

typedef struct QObjectOutputVisitor {
    Visitor visitor;
    QObject **result;
    QObject *root;
    GPtrArray *stack; /* open containers, not owned */
} QObjectOutputVisitor;

static QObjectOutputVisitor *to_ov(Visitor *v)
{
    return container_of(v, QObjectOutputVisitor, visitor);
}

/* Put @value where the walk is. */
static bool put(Visitor *v, const char *name, void *value)
{
    QObjectOutputVisitor *ov = to_ov(v);
    QObject *top = ov->stack->len ? ov->stack->pdata[ov->stack->len - 1] : NULL;

    if (!top) {
        g_assert(!ov->root);
        ov->root = value;
    } else if (top->type == QTYPE_QDICT) {
        qdict_put_take((QDict *)top, name, value);
    } else {
        qlist_append_take((QList *)top, value);
    }
    return true;
}

static bool output_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    QDict *dict = qdict_new();

    put(v, name, dict);
    g_ptr_array_add(to_ov(v)->stack, dict);
    return true;
}

static bool output_start_list(Visitor *v, const char *name, GenericList **list, size_t size,
                              Error **errp)
{
    QList *qlist = qlist_new();

    put(v, name, qlist);
    g_ptr_array_add(to_ov(v)->stack, qlist);
    return true;
}

static GenericList *output_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return tail->next;
}

static void output_end(Visitor *v, void **obj)
{
    GPtrArray *stack = to_ov(v)->stack;

    g_ptr_array_set_size(stack, stack->len - 1);
}

static bool output_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return put(v, name, qnum_new_int(*obj));
}

static bool output_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return put(v, name, qnum_new_uint(*obj));
}

static bool output_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return put(v, name, qbool_new(*obj));
}

static bool output_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    return put(v, name, qstring_new(*obj ? *obj : ""));
}

static bool output_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    return visit_check_finite(name, *obj, errp) && put(v, name, qnum_new_double(*obj));
}

static bool output_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    return put(v, name, qobject_ref(*obj));
}

static bool output_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    return put(v, name, qnull());
}

static void output_complete(Visitor *v, void *opaque)
{
    QObjectOutputVisitor *ov = to_ov(v);

    g_assert(opaque == ov->result && ov->root && !ov->stack->len);
    *ov->result = g_steal_pointer(&ov->root);
}

static void output_free(Visitor *v)
{
    QObjectOutputVisitor *ov = to_ov(v);

    qobject_unref(ov->root);
    g_ptr_array_free(ov->stack, true);
    g_free(ov);
}

static const VisitorOps output_ops = {
    .type = VISITOR_OUTPUT,
    .start_struct = output_start_struct,
    .end_struct = output_end,
    .start_list = output_start_list,
    .next_list = output_next_list,
    .end_list = output_end,
    .type_int64 = output_int64,
    .type_uint64 = output_uint64,
    .type_bool = output_bool,
    .type_str = output_str,
    .type_number = output_number,
    .type_any = output_any,
    .type_null = output_null,
    .complete = output_complete,
    .free = output_free,
};

Visitor *qobject_output_visitor_new(QObject **result)
{
    QObjectOutputVisitor *ov = g_new0(QObjectOutputVisitor, 1);

    ov->visitor.ops = &output_ops;
    ov->result = result;
    ov->stack = g_ptr_array_new();
    *result = NULL;
    return &ov->visitor;
}
