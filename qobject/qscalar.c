/*
 * Scalar values: null, bool, number, string.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/qobject-private.h"

#include <string.h>

static QNull the_null = { .base = { QTYPE_QNULL, QOBJECT_IMMORTAL } };
static QBool the_bools[2] = {
    { .base = { QTYPE_QBOOL, QOBJECT_IMMORTAL }, .value = false },
    { .base = { QTYPE_QBOOL, QOBJECT_IMMORTAL }, .value = true },
};

QNull *qnull(void)
{
    return &the_null;
}

QBool *qbool_new(bool value)
{
    return &the_bools[value];
}

bool qbool_get(const QBool *value)
{
    return value->value;
}

static QNum *qnum_new(QNumKind kind)
{
    QNum *num = g_new(QNum, 1);

    qobject_init(&num->base, QTYPE_QNUM);
    num->kind = kind;
    return num;
}

QNum *qnum_new_int(int64_t value)
{
    QNum *num = qnum_new(QNUM_I64);

    num->i64 = value;
    return num;
}

QNum *qnum_new_uint(uint64_t value)
{
    QNum *num;

    if (value <= INT64_MAX) {
        return qnum_new_int(value);
    }
    num = qnum_new(QNUM_U64);
    num->u64 = value;
    return num;
}

QNum *qnum_new_double(double value)
{
    QNum *num = qnum_new(QNUM_DOUBLE);

    num->dbl = value;
    return num;
}

QNumKind qnum_kind(const QNum *num)
{
    return num->kind;
}

bool qnum_get_try_int(const QNum *num, int64_t *value)
{
    if (num->kind != QNUM_I64) {
        return false; /* of kind U64 are only those beyond INT64_MAX */
    }
    *value = num->i64;
    return true;
}

bool qnum_get_try_uint(const QNum *num, uint64_t *value)
{
    switch (num->kind) {
    case QNUM_I64:
        *value = num->i64;
        return num->i64 >= 0;
    case QNUM_U64:
        *value = num->u64;
        return true;
    default:
        return false;
    }
}

double qnum_get_double(const QNum *num)
{
    switch (num->kind) {
    case QNUM_I64:
        return num->i64;
    case QNUM_U64:
        return num->u64;
    default:
        return num->dbl;
    }
}

QString *qstring_alloc(size_t len)
{
    QString *str = g_malloc(sizeof(QString) + len + 1);

    qobject_init(&str->base, QTYPE_QSTRING);
    str->len = len;
    str->text = str->inline_text;
    str->text[len] = '\0';
    return str;
}

QString *qstring_new_len(const char *text, size_t len)
{
    QString *str = qstring_alloc(len);

    memcpy(str->text, text, len);
    return str;
}

QString *qstring_new(const char *text)
{
    return qstring_new_len(text, strlen(text));
}

QString *qstring_new_take(char *text, size_t len)
{
    QString *str = g_malloc(sizeof(QString));

    qobject_init(&str->base, QTYPE_QSTRING);
    str->len = len;
    str->text = text;
    return str;
}

const char *qstring_get(const QString *str)
{
    return str->text;
}

size_t qstring_len(const QString *str)
{
    return str->len;
}

char *qstring_take(QString *str)
{
    char *text = str->text;

    if (text == str->inline_text || __atomic_load_n(&str->base.refcount, __ATOMIC_ACQUIRE) != 1) {
        return g_memdup2(text, str->len + 1);
    }
    str->text = g_strdup("");
    str->len = 0;
    return text;
}
