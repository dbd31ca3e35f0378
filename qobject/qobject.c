/*
 * Values: reference counts, freeing, comparison.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/qobject-private.h"

#include <string.h>

static const char *const json_names[QTYPE__MAX] = {
    [QTYPE_NONE] = "nothing",   [QTYPE_QNULL] = "null",   [QTYPE_QNUM] = "number",
    [QTYPE_QSTRING] = "string", [QTYPE_QDICT] = "object", [QTYPE_QLIST] = "array",
    [QTYPE_QBOOL] = "boolean",
};

const char *qtype_json_name(QType type)
{
    g_assert(type >= 0 && type < QTYPE__MAX);
    return json_names[type];
}

QObject *qobject_ref_impl(QObject *obj)
{
    if (obj && __atomic_load_n(&obj->refcount, __ATOMIC_RELAXED) != QOBJECT_IMMORTAL) {
        __atomic_fetch_add(&obj->refcount, 1, __ATOMIC_RELAXED);
    }
    return obj;
}

/* Drop one reference; true when it was the last one. */
static bool drop_ref(QObject *obj)
{
    int count = __atomic_load_n(&obj->refcount, __ATOMIC_ACQUIRE);

    if (count == 1) {
        return true; /* nobody else has it, so nobody else can take a reference */
    }
    if (count == QOBJECT_IMMORTAL) {
        return false;
    }
    g_assert(count > 0);
    return __atomic_fetch_sub(&obj->refcount, 1, __ATOMIC_ACQ_REL) == 1;
}

/* Drop one reference to @obj; free it when it is a leaf, put it on the list when a container. */
static void drop(QObject *obj, QObject **dead)
{
    if (!obj || !drop_ref(obj)) {
        return;
    }
    switch (obj->type) {
    case QTYPE_QLIST:
        ((QList *)obj)->next_dead = *dead;
        *dead = obj;
        break;
    case QTYPE_QDICT: {
        QDict *dict = (QDict *)obj;

        if (dict->index_size) {
            g_free(dict->index);
        }
        dict->next_dead = *dead;
        *dead = obj;
        break;
    }
    case QTYPE_QSTRING:
        if (((QString *)obj)->text != ((QString *)obj)->inline_text) {
            g_free(((QString *)obj)->text);
        }
        g_free(obj);
        break;
    default:
        g_free(obj);
    }
}

static void free_list(QList *list, QObject **dead)
{
    for (size_t i = 0; i < list->len; i++) {
        drop(list->items[list->head + i], dead);
    }
    g_free(list->items);
    g_free(list);
}

static void free_dict(QDict *dict, QObject **dead)
{
    for (unsigned i = 0; i < dict->used; i++) {
        g_free(dict->entries[i].key);
        drop(dict->entries[i].value, dead);
    }
    g_free(dict->entries);
    g_free(dict);
}

/* Containers to free are chained, not recursed into: the nesting may be as deep as it likes. */
void qobject_unref(void *obj)
{
    QObject *dead = NULL;

    drop(obj, &dead);
    while (dead) {
        QObject *container = dead;

        if (container->type == QTYPE_QLIST) {
            dead = ((QList *)container)->next_dead;
            free_list((QList *)container, &dead);
        } else {
            dead = ((QDict *)container)->next_dead;
            free_dict((QDict *)container, &dead);
        }
    }
}

#define DEFINE_CAST(Type, name, qtype)                                                             \
    Type *qobject_to_##name(const void *obj)                                                       \
    {                                                                                              \
        return obj && ((const QObject *)obj)->type == (qtype) ? (Type *)obj : NULL;                \
    }

DEFINE_CAST(QNull, qnull, QTYPE_QNULL)
DEFINE_CAST(QBool, qbool, QTYPE_QBOOL)
DEFINE_CAST(QNum, qnum, QTYPE_QNUM)
DEFINE_CAST(QString, qstring, QTYPE_QSTRING)
DEFINE_CAST(QList, qlist, QTYPE_QLIST)
DEFINE_CAST(QDict, qdict, QTYPE_QDICT)

static bool qnum_equal(const QNum *a, const QNum *b)
{
    int64_t ia, ib;
    uint64_t ua, ub;

    if (qnum_get_try_int(a, &ia) && qnum_get_try_int(b, &ib)) {
        return ia == ib;
    }
    if (qnum_get_try_uint(a, &ua) && qnum_get_try_uint(b, &ub)) {
        return ua == ub;
    }
    if (a->kind != QNUM_DOUBLE && b->kind != QNUM_DOUBLE) {
        return false; /* one is negative, the other beyond INT64_MAX */
    }
    /* long double holds every 64-bit integer where that matters (x86-64, aarch64) */
    long double da = a->kind == QNUM_I64   ? (long double)a->i64
                     : a->kind == QNUM_U64 ? (long double)a->u64
                                           : (long double)a->dbl;
    long double db = b->kind == QNUM_I64   ? (long double)b->i64
                     : b->kind == QNUM_U64 ? (long double)b->u64
                                           : (long double)b->dbl;
    return da == db;
}

typedef struct Pair {
    const QObject *a, *b;
} Pair;

static bool push_list_pairs(GArray *todo, const QList *a, const QList *b)
{
    if (a->len != b->len) {
        return false;
    }
    for (size_t i = 0; i < a->len; i++) {
        Pair pair = { a->items[a->head + i], b->items[b->head + i] };
        g_array_append_val(todo, pair);
    }
    return true;
}

static bool push_dict_pairs(GArray *todo, const QDict *a, const QDict *b)
{
    if (a->live != b->live) {
        return false;
    }
    for (const QDictEntry *e = qdict_first(a); e; e = qdict_next(a, e)) {
        Pair pair = { e->value, qdict_get(b, e->key) };

        if (!pair.b) {
            return false;
        }
        g_array_append_val(todo, pair);
    }
    return true;
}

/* Compare leaves at once; of containers, put the pairs of elements on the list. */
static bool compare_step(GArray *todo, const QObject *a, const QObject *b)
{
    if (a == b) {
        return true;
    }
    if (!a || !b || a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case QTYPE_QNULL:
        return true;
    case QTYPE_QBOOL:
        return ((const QBool *)a)->value == ((const QBool *)b)->value;
    case QTYPE_QNUM:
        return qnum_equal((const QNum *)a, (const QNum *)b);
    case QTYPE_QSTRING: {
        const QString *sa = (const QString *)a, *sb = (const QString *)b;
        return sa->len == sb->len && !memcmp(sa->text, sb->text, sa->len);
    }
    case QTYPE_QLIST:
        return push_list_pairs(todo, (const QList *)a, (const QList *)b);
    case QTYPE_QDICT:
        return push_dict_pairs(todo, (const QDict *)a, (const QDict *)b);
    default:
        g_assert_not_reached();
    }
}

/* Values nest as deep as a client likes and coroutine stacks are small: no recursion here. */
bool qobject_equal(const QObject *a, const QObject *b)
{
    GArray *todo = g_array_new(false, false, sizeof(Pair));
    Pair pair = { a, b };
    bool equal = compare_step(todo, pair.a, pair.b);

    while (equal && todo->len) {
        pair = g_array_index(todo, Pair, todo->len - 1);
        g_array_set_size(todo, todo->len - 1);
        equal = compare_step(todo, pair.a, pair.b);
    }
    g_array_free(todo, true);
    return equal;
}
