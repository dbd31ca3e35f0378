/*
 * Dictionaries: entries in order of insertion, and an index once there are many.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/qobject-private.h"
#include "qobject/siphash.h"
#include "util/alloc.h"

#include <string.h>

#define NOT_FOUND UINT_MAX

QDict *qdict_new(void)
{
    QDict *dict = alloc_zeroed(QDict);

    qobject_init(&dict->base, QTYPE_QDICT);
    return dict;
}

size_t qdict_size(const QDict *dict)
{
    return dict->live;
}

static unsigned index_slot(const QDict *dict, const char *key, size_t len)
{
    return siphash13(key, len) & (dict->index_size - 1);
}

static void index_add(QDict *dict, unsigned entry)
{
    const char *key = dict->entries[entry].key;
    unsigned slot = index_slot(dict, key, strlen(key));

    while (dict->index[slot]) {
        slot = (slot + 1) & (dict->index_size - 1);
    }
    dict->index[slot] = entry + 1;
}

/* Four slots for each entry there is room for at least keeps probe chains short. */
static void index_rebuild(QDict *dict)
{
    unsigned size = 64;

    while (size < dict->capacity * 2) {
        size *= 2;
    }
    if (dict->index_size) {
        g_free(dict->index);
    }
    dict->index = g_new0(unsigned, size);
    dict->index_size = size;
    for (unsigned i = 0; i < dict->used; i++) {
        if (dict->entries[i].key) {
            index_add(dict, i);
        }
    }
}

static unsigned find(const QDict *dict, const char *key, size_t len)
{
    if (!dict->index_size) {
        for (unsigned i = 0; i < dict->used; i++) {
            const char *have = dict->entries[i].key;

            if (have && !strncmp(have, key, len) && !have[len]) {
                return i;
            }
        }
        return NOT_FOUND;
    }
    for (unsigned slot = index_slot(dict, key, len); dict->index[slot];
         slot = (slot + 1) & (dict->index_size - 1)) {
        unsigned i = dict->index[slot] - 1;
        const char *have = dict->entries[i].key;

        /* a deleted entry stays in the chain */
        if (have && !strncmp(have, key, len) && !have[len]) {
            return i;
        }
    }
    return NOT_FOUND;
}

static void drop_deleted(QDict *dict)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < dict->used; i++) {
        if (dict->entries[i].key) {
            dict->entries[kept++] = dict->entries[i];
        }
    }
    dict->used = kept;
}

static void make_room(QDict *dict)
{
    if (dict->live < dict->used - dict->used / 4) {
        drop_deleted(dict);
    } else {
        g_assert(dict->capacity <= UINT_MAX / 8);
        dict->capacity = dict->capacity ? dict->capacity * 2 : 4;
        dict->entries = g_renew(QDictEntry, dict->entries, dict->capacity);
    }
    if (dict->index_size || dict->used > QDICT_LINEAR_MAX) {
        index_rebuild(dict);
    }
}

/* @key is not there yet. */
static QDictEntry *add(QDict *dict, const char *key, size_t len)
{
    QDictEntry *entry;

    if (dict->used == dict->capacity) {
        make_room(dict);
    }
    entry = &dict->entries[dict->used++];
    entry->key = g_strndup(key, len);
    entry->value = NULL;
    dict->live++;
    if (dict->index_size) {
        index_add(dict, dict->used - 1);
    }
    return entry;
}

bool qdict_add_key(QDict *dict, const char *key, size_t len)
{
    if (find(dict, key, len) != NOT_FOUND) {
        return false;
    }
    add(dict, key, len);
    return true;
}

void qdict_set_last(QDict *dict, QObject *value)
{
    dict->entries[dict->used - 1].value = value;
}

bool qdict_haskey(const QDict *dict, const char *key)
{
    return find(dict, key, strlen(key)) != NOT_FOUND;
}

QObject *qdict_get(const QDict *dict, const char *key)
{
    unsigned i = find(dict, key, strlen(key));

    return i == NOT_FOUND ? NULL : dict->entries[i].value;
}

void qdict_put_take(QDict *dict, const char *key, void *value)
{
    size_t len = strlen(key);
    unsigned i = find(dict, key, len);

    g_assert(value);
    if (i != NOT_FOUND) {
        qobject_unref(dict->entries[i].value);
        dict->entries[i].value = value;
    } else {
        add(dict, key, len)->value = value;
    }
}

bool qdict_del(QDict *dict, const char *key)
{
    unsigned i = find(dict, key, strlen(key));

    if (i == NOT_FOUND) {
        return false;
    }
    g_free(dict->entries[i].key);
    qobject_unref(dict->entries[i].value);
    dict->entries[i] = (QDictEntry){ NULL, NULL };
    dict->live--;
    return true;
}

void qdict_put_str(QDict *dict, const char *key, const char *value)
{
    qdict_put_take(dict, key, qstring_new(value));
}

void qdict_put_int(QDict *dict, const char *key, int64_t value)
{
    qdict_put_take(dict, key, qnum_new_int(value));
}

void qdict_put_bool(QDict *dict, const char *key, bool value)
{
    qdict_put_take(dict, key, qbool_new(value));
}

QDict *qdict_clone_shallow(const QDict *dict)
{
    QDict *copy = qdict_new();

    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        add(copy, e->key, strlen(e->key))->value = qobject_ref(e->value);
    }
    return copy;
}

const char *qdict_get_str(const QDict *dict, const char *key)
{
    const QString *str = qobject_to_qstring(qdict_get(dict, key));

    return str ? str->text : NULL;
}

int64_t qdict_get_int(const QDict *dict, const char *key, int64_t def)
{
    const QNum *num = qobject_to_qnum(qdict_get(dict, key));
    int64_t value;

    return num && qnum_get_try_int(num, &value) ? value : def;
}

bool qdict_get_bool(const QDict *dict, const char *key, bool def)
{
    const QBool *value = qobject_to_qbool(qdict_get(dict, key));

    return value ? value->value : def;
}

QDict *qdict_get_dict(const QDict *dict, const char *key)
{
    return qobject_to_qdict(qdict_get(dict, key));
}

QList *qdict_get_list(const QDict *dict, const char *key)
{
    return qobject_to_qlist(qdict_get(dict, key));
}

static const QDictEntry *next_live(const QDict *dict, const QDictEntry *entry)
{
    const QDictEntry *end = dict->entries + dict->used;

    while (entry < end && !entry->key) {
        entry++;
    }
    return entry < end ? entry : NULL;
}

const QDictEntry *qdict_first(const QDict *dict)
{
    return dict->used ? next_live(dict, dict->entries) : NULL;
}

const QDictEntry *qdict_next(const QDict *dict, const QDictEntry *entry)
{
    return next_live(dict, entry + 1);
}

const char *qdict_entry_key(const QDictEntry *entry)
{
    return entry->key;
}

QObject *qdict_entry_value(const QDictEntry *entry)
{
    return entry->value;
}
