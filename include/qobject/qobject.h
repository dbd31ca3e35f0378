/*
 * JSON values: null, bool, number, string, list, dict.
 *
 * Values are reference-counted and, once shared, treated as immutable; the counts are atomic, so
 * a value may be handed from one thread to another, but not changed by one while another reads.
 * Containers own a reference to each element. Dicts keep the order of insertion.
 * Strings are valid UTF-8 and may hold NUL bytes only where qstring_len() is looked at.
 *
 * No lock; any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOBJECT_QOBJECT_H
#define QOBJECT_QOBJECT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum QType {
    QTYPE_NONE, /* no value at all; only as a default in tables */
    QTYPE_QNULL,
    QTYPE_QNUM,
    QTYPE_QSTRING,
    QTYPE_QDICT,
    QTYPE_QLIST,
    QTYPE_QBOOL,
    QTYPE__MAX,
} QType;

typedef struct QObject {
    QType type;
    int refcount; /* atomic */
} QObject;

typedef struct QNull QNull;
typedef struct QBool QBool;
typedef struct QNum QNum;
typedef struct QString QString;
typedef struct QList QList;
typedef struct QDict QDict;

/* Every concrete type begins with its QObject; QOBJECT(NULL) is NULL. */
#define QOBJECT(obj) ((QObject *)(obj))

QObject *qobject_ref_impl(QObject *obj);
void qobject_unref(void *obj); /* NULL is fine; also of deeply nested values in bounded stack */
#define qobject_ref(obj) ((__typeof__(obj))qobject_ref_impl(QOBJECT(obj)))

static inline QType qobject_type(const QObject *obj)
{
    return obj->type;
}
const char *
qtype_json_name(QType type); /* "null", "number", "string", "object", "array", "boolean" */
bool qobject_equal(const QObject *a, const QObject *b); /* numbers by value: 1 == 1.0 */

/* Checked down-casts: NULL when @obj is NULL or of another type. */
QNull *qobject_to_qnull(const void *obj);
QBool *qobject_to_qbool(const void *obj);
QNum *qobject_to_qnum(const void *obj);
QString *qobject_to_qstring(const void *obj);
QList *qobject_to_qlist(const void *obj);
QDict *qobject_to_qdict(const void *obj);

QNull *qnull(void); /* a reference to the one null */
QBool *qbool_new(bool value);
bool qbool_get(const QBool *value);

/* Numbers keep the kind they were made or parsed as. */
typedef enum QNumKind { QNUM_I64, QNUM_U64, QNUM_DOUBLE } QNumKind;
QNum *qnum_new_int(int64_t value);
QNum *qnum_new_uint(uint64_t value); /* of kind I64 when it fits */
QNum *qnum_new_double(double value);
QNumKind qnum_kind(const QNum *num);
/* False when the value is not one exactly representable integer of that range. Doubles are not. */
bool qnum_get_try_int(const QNum *num, int64_t *value);
bool qnum_get_try_uint(const QNum *num, uint64_t *value);
double qnum_get_double(const QNum *num);

QString *qstring_new(const char *text);
QString *qstring_new_len(const char *text, size_t len); /* may hold NUL bytes */
QString *qstring_new_take(char *text, size_t len);      /* frees with g_free() */
const char *qstring_get(const QString *str);            /* NUL-terminated, owned by @str */
size_t qstring_len(const QString *str);
/* The text, g_free(): moved out of a long one that nobody else has, which is empty then; or a copy. */
char *qstring_take(QString *str);

QList *qlist_new(void);
size_t qlist_size(const QList *list);
QObject *qlist_at(const QList *list, size_t index); /* borrowed; NULL past the end */
void qlist_append_take(QList *list, void *value);   /* takes the caller's reference */
QObject *qlist_pop(QList *list);                    /* first; the caller's; NULL when empty */
void qlist_append_str(QList *list, const char *value);
void qlist_append_int(QList *list, int64_t value);

QDict *qdict_new(void);
size_t qdict_size(const QDict *dict);
bool qdict_haskey(const QDict *dict, const char *key);
QObject *qdict_get(const QDict *dict, const char *key);         /* borrowed, or NULL */
void qdict_put_take(QDict *dict, const char *key, void *value); /* takes the reference; replaces */
bool qdict_del(QDict *dict, const char *key);                   /* false: was not there */
void qdict_put_str(QDict *dict, const char *key, const char *value);
void qdict_put_int(QDict *dict, const char *key, int64_t value);
void qdict_put_bool(QDict *dict, const char *key, bool value);
QDict *qdict_clone_shallow(const QDict *dict);

/* Typed look-ups: the default (or NULL) when the key is absent or of another type. */
const char *qdict_get_str(const QDict *dict, const char *key);
int64_t qdict_get_int(const QDict *dict, const char *key, int64_t def);
bool qdict_get_bool(const QDict *dict, const char *key, bool def);
QDict *qdict_get_dict(const QDict *dict, const char *key);
QList *qdict_get_list(const QDict *dict, const char *key);

/* Iterate in order of insertion: for (e = qdict_first(d); e; e = qdict_next(d, e)). */
typedef struct QDictEntry QDictEntry;
const QDictEntry *qdict_first(const QDict *dict);
const QDictEntry *qdict_next(const QDict *dict, const QDictEntry *entry);
const char *qdict_entry_key(const QDictEntry *entry);
QObject *qdict_entry_value(const QDictEntry *entry); /* borrowed */

static inline void qobject_cleanup_(void *p)
{
    qobject_unref(p);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QObject, qobject_cleanup_)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QNum, qobject_cleanup_)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QBool, qobject_cleanup_)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QString, qobject_cleanup_)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QList, qobject_cleanup_)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QDict, qobject_cleanup_)

#endif
