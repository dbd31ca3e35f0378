/*
 * Copying and freeing what a schema type holds.
 *
 * Both visitors have no state, so that there is one of each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/visitor-impl.h"

/* ---- clone: each pointer still points to the source when it is visited ---- */

static bool clone_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    if (obj) {
        *obj = g_memdup2(*obj, size);
    }
    return true;
}

static bool clone_start_list(Visitor *v, const char *name, GenericList **list, size_t size,
                             Error **errp)
{
    *list = g_memdup2(*list, size);
    return true;
}

static GenericList *clone_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return tail->next = g_memdup2(tail->next, size);
}

static bool clone_start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size,
                                  Error **errp)
{
    *obj = g_memdup2(*obj, size);
    return true;
}

static bool clone_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    *obj = g_strdup(*obj);
    return true;
}

static bool clone_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    *obj = qobject_ref(*obj);
    return true;
}

static bool clone_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    *obj = qobject_ref(*obj);
    return true;
}

static const VisitorOps clone_ops = {
    .type = VISITOR_CLONE,
    .start_struct = clone_start_struct,
    .start_list = clone_start_list,
    .next_list = clone_next_list,
    .start_alternate = clone_start_alternate,
    .type_str = clone_str,
    .type_any = clone_any,
    .type_null = clone_null,
};

Visitor *qapi_clone_visitor_new(void)
{
    static Visitor clone_visitor = { &clone_ops };

    return &clone_visitor;
}

/* ---- dealloc ---- */

static void dealloc_end(Visitor *v, void **obj)
{
    if (obj) {
        g_free(*obj);
    }
}

static GenericList *dealloc_next_list(Visitor *v, GenericList *tail, size_t size)
{
    GenericList *next = tail->next;

    g_free(tail);
    return next;
}

static bool dealloc_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    g_free(*obj);
    return true;
}

static bool dealloc_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    qobject_unref(*obj);
    return true;
}

static bool dealloc_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    qobject_unref(*obj);
    return true;
}

static const VisitorOps dealloc_ops = {
    .type = VISITOR_DEALLOC,
    .end_struct = dealloc_end,
    .next_list = dealloc_next_list,
    .end_alternate = dealloc_end,
    .type_str = dealloc_str,
    .type_any = dealloc_any,
    .type_null = dealloc_null,
};

Visitor *qapi_dealloc_visitor_new(void)
{
    static Visitor dealloc_visitor = { &dealloc_ops };

    return &dealloc_visitor;
}
