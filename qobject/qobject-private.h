/*
 * How values look inside; only for qobject/ itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_PRIVATE_H
#define QOBJECT_PRIVATE_H

#include "qobject/qobject.h"

/* The count of a static object: never changed, so it is never written by two threads. */
#define QOBJECT_IMMORTAL (-1)

struct QNull {
    QObject base;
};

struct QBool {
    QObject base;
    bool value;
};

struct QNum {
    QObject base;
    QNumKind kind;
    union {
        int64_t i64;
        uint64_t u64;
        double dbl;
    };
};

struct QString {
    QObject base;
    size_t len;
    char *text; /* inline_text, or memory of its own */
    char inline_text[];
};

struct QList {
    QObject base;
    QObject **items; /* @head .. @head + @len are in use */
    size_t head;
    size_t len;
    union {
        size_t capacity;
        QObject *next_dead; /* while it is being freed */
    };
};

struct QDictEntry {
    char *key; /* NULL: deleted */
    QObject *value;
};

/* With its key's hash, so that comparing and growing need not look at the keys of others. */
typedef struct QDictSlot {
    unsigned entry; /* number + 1, 0: free */
    unsigned hash;
} QDictSlot;

/*
 * Entries stand in order of insertion. Few are searched one by one; beyond QDICT_LINEAR_MAX an
 * open-addressing index of entry numbers is kept, hashed with a secret so that nobody can choose
 * keys that collide.
 */
#define QDICT_LINEAR_MAX 12

struct QDict {
    QObject base;
    QDictEntry *entries;
    unsigned used; /* entries, deleted ones included */
    unsigned live;
    unsigned capacity;
    unsigned index_size; /* power of two, 0 without an index */
    union {
        QDictSlot *index;
        QObject *next_dead; /* while it is being freed */
    };
};

static inline void qobject_init(QObject *obj, QType type)
{
    obj->type = type;
    obj->refcount = 1;
}

/* A string of @len bytes, still to be filled in; its NUL is there. */
QString *qstring_alloc(size_t len);

/*
 * For the parser: add @key without a value yet (false: there already), then give the value to the
 * entry added last.
 */
bool qdict_add_key(QDict *dict, const char *key, size_t len);
void qdict_set_last(QDict *dict, QObject *value);

#endif
