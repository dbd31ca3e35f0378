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

static unsigned hash_key(const char *key, size_t len)
{
    return (unsigned)siphash13(key, len);
}

static void index_add(QDict *dict, unsigned entry, unsigned hash)
{
    unsigned mask = dict->index_size - 1;
    unsigned slot = hash & mask;

    while (dict->index[slot].entry) {
        slot = (slot + 1) & mask;
    }
    dict->index[slot] = (QDictSlot){ entry + 1, hash };
}

/* At least two slots for each entry that there is room for keep probe chains short. */
static unsigned index_size_for(unsigned capacity)
{
    unsigned size = 64;

    while (size < capacity * 2) {
        size *= 2;
    }
    return size;
}

static void index_new(QDict *dict)
{
    if (dict->index_size) {
        g_free(dict->index);
    }
    dict->index_size = index_size_for(dict->capacity);
    dict->index = g_new0(QDictSlot, dict->index_size);
}

/* From the keys. */
static void index_rebuild(QDict *dict)
{
    index_new(dict);
    for (unsigned i = 0; i < dict->used; i++) {
        const char *key = dict->entries[i].key;

        if (key) {
            index_add(dict, i, hash_key(key, strlen(key)));
        }
    }
}

/* Entries have kept their numbers, and there is room for more. */
static void index_grow(QDict *dict)
{
    g_autofree QDictSlot *old = dict->index;
    unsigned old_size = dict->index_size;

    dict->index_size = 0;
    index_new(dict);
    for (unsigned i = 0; i < old_size; i++) {
        if (old[i].entry) {
            index_add(dict, old[i].entry - 1, old[i].hash);
        }
    }
}

static bool has_key(const QDictEntry *entry, const char *key, size_t len)
{
    return entry->key && !strncmp(entry->key, key, len) && !entry->key[len];
}

static unsigned find_linear(const QDict *dict, const char *key, size_t len)
{
    for (unsigned i = 0; i < dict->used; i++) {
        if (has_key(&dict->entries[i], key, len)) {
            return i;
        }
    }
    return NOT_FOUND;
}

static unsigned find(const QDict *dict, const char *key, size_t len)
{
    unsigned mask = dict->index_size - 1;
    unsigned hash;

    if (!dict->index_size) {
        return find_linear(dict, key, len);
    }
    hash = hash_key(key, len);
    for (unsigned slot = hash & mask; dict->index[slot].entry; slot = (slot + 1) & mask) {
        unsigned i = dict->index[slot].entry - 1;

        /* a deleted entry stays in the chain */
        if (dict->index[slot].hash == hash && has_key(&dict->entries[i], key, len)) {
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
    bool same_numbers = dict->live >= dict->used - dict->used / 4;

    if (!same_numbers) {
        drop_deleted(dict);
    } else {
        g_assert(dict->capacity <= UINT_MAX / 8);
        dict->capacity = dict->capacity ? dict->capacity * 2 : 4;
        dict->entries = g_renew(QDictEntry, dict->entries, dict->capacity);
    }
    if (dict->index_size && same_numbers) {
        index_grow(dict);
    } else if (dict->index_size || dict->used > QDICT_LINEAR_MAX) {
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
        index_add(dict, dict->used - 1, hash_key(key, len));
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
