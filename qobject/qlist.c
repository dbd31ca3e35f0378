/*
 * Lists: an array with room at the end, and a head that moves when elements are taken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/qobject-private.h"

#include <string.h>

QList *qlist_new(void)
{
    QList *list = g_new0(QList, 1);

    qobject_init(&list->base, QTYPE_QLIST);
    return list;
}

size_t qlist_size(const QList *list)
{
    return list->len;
}

QObject *qlist_at(const QList *list, size_t index)
{
    return index < list->len ? list->items[list->head + index] : NULL;
}

static void make_room(QList *list)
{
    if (list->head > list->len) {
        memmove(list->items, list->items + list->head, list->len * sizeof(*list->items));
        list->head = 0;
    } else {
        list->capacity = list->capacity ? list->capacity * 2 : 4;
        list->items = g_renew(QObject *, list->items, list->capacity);
    }
}

void qlist_append_take(QList *list, void *value)
{
    g_assert(value);
    if (list->head + list->len == list->capacity) {
        make_room(list);
    }
    list->items[list->head + list->len++] = value;
}

QObject *qlist_pop(QList *list)
{
    if (!list->len) {
        return NULL;
    }
    list->len--;
    return list->items[list->head++];
}

void qlist_append_str(QList *list, const char *value)
{
    qlist_append_take(list, qstring_new(value));
}

void qlist_append_int(QList *list, int64_t value)
{
    qlist_append_take(list, qnum_new_int(value));
}
