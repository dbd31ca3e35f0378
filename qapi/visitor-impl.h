/*
 * What a visitor is made of; only for the visitors themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_VISITOR_IMPL_H
#define QAPI_VISITOR_IMPL_H

#include "qapi/visitor.h"

/*
 * What each visitor does at the steps of the walk. Scalars and start_*() are required of input and
 * output visitors; a NULL anywhere else means that there is nothing to do. Input visitors leave
 * *obj alone on failure; visitor.c sees to the NULL.
 */
typedef struct VisitorOps {
    VisitorType type;
    bool (*start_struct)(Visitor *v, const char *name, void **obj, size_t size, Error **errp);
    bool (*check_struct)(Visitor *v, Error **errp);
    void (*end_struct)(Visitor *v, void **obj);
    bool (*start_list)(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp);
    GenericList *(*next_list)(Visitor *v, GenericList *tail, size_t size);
    bool (*check_list)(Visitor *v, Error **errp);
    void (*end_list)(Visitor *v, void **list);
    bool (*start_alternate)(Visitor *v, const char *name, GenericAlternate **obj, size_t size,
                            Error **errp);
    void (*end_alternate)(Visitor *v, void **obj);
    bool (*optional)(Visitor *v, const char *name);
    bool (*type_int64)(Visitor *v, const char *name, int64_t *obj, Error **errp);
    bool (*type_uint64)(Visitor *v, const char *name, uint64_t *obj, Error **errp);
    bool (*type_size)(Visitor *v, const char *name, uint64_t *obj, Error **errp); /* or uint64 */
    bool (*type_bool)(Visitor *v, const char *name, bool *obj, Error **errp);
    bool (*type_str)(Visitor *v, const char *name, char **obj, Error **errp);
    bool (*type_number)(Visitor *v, const char *name, double *obj, Error **errp);
    bool (*type_any)(Visitor *v, const char *name, QObject **obj, Error **errp);
    bool (*type_null)(Visitor *v, const char *name, QNull **obj, Error **errp);
    /* The full name of member @name for messages, e.g. "a.b[2]"; g_free() it. NULL: @name itself.
     */
    char *(*path)(Visitor *v, const char *name);
    void (*complete)(Visitor *v, void *opaque);
    void (*free)(Visitor *v); /* NULL: a static visitor */
} VisitorOps;

struct Visitor {
    const VisitorOps *ops;
};

char *visit_path(Visitor *v, const char *name);
/* JSON has no word for the others. */
bool visit_check_finite(const char *name, double value, Error **errp);

#endif
