/*
 * Requests as they stand in a session's queue, and the members beside `execute`.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-garbage.h"
#include "monitor/qmp-session.h"
#include "util/alloc.h"
#include "util/timer.h"

#include <string.h>
#include <unistd.h>

enum { ID_MAX = 64 << 10, REQUEST_MAX = 1 << 20 };
/* What a value takes in memory beside its text, about. */
enum { VALUE_COST = 48 };

/* The optional member `timeout` beside `execute`. */
static bool take_timeout(QmpItem *item, Error **errp)
{
    QDict *dict = qobject_to_qdict(item->value);
    QObject *value = dict ? qdict_get(dict, "timeout") : NULL;
    QNum *num = value ? qobject_to_qnum(value) : NULL;
    int64_t ms = 0;

    if (!value) {
        return true;
    }
    if (!num || !qnum_get_try_int(num, &ms) || ms < 1 || ms > G_MAXINT32) {
        error_setg(errp, "QMP input member 'timeout' expects milliseconds, from 1 to %d",
                   G_MAXINT32);
        item->req.id = qdict_get(dict, "id");
        return false;
    }
    item->timeout_ns = ms * NS_PER_MS;
    qdict_del(dict, "timeout");
    return true;
}

/* The older spelling of exec-oob: "control": {"run-oob": true} beside `execute`. */
static bool take_control(QmpItem *item, bool *oob, Error **errp)
{
    QDict *dict = qobject_to_qdict(item->value);
    QObject *value = dict ? qdict_get(dict, "control") : NULL;
    QDict *control = value ? qobject_to_qdict(value) : NULL;
    QObject *member = control ? qdict_get(control, "run-oob") : NULL;
    QBool *run_oob = member ? qobject_to_qbool(member) : NULL;

    if (!value) {
        return true;
    }
    if (!run_oob || qdict_size(control) != 1) {
        error_setg(errp, "QMP input member 'control' expects {\"run-oob\": true} or false");
        item->req.id = qdict_get(dict, "id");
        return false;
    }
    *oob = qbool_get(run_oob);
    qdict_del(dict, "control");
    return true;
}

/* Bytes of text, about, but for the values inside, which are added to @todo. */
static size_t text_size(const QObject *value, GPtrArray *todo)
{
    const QString *str = qobject_to_qstring(value);
    const QList *list = qobject_to_qlist(value);
    const QDict *dict = qobject_to_qdict(value);
    size_t size = str ? qstring_len(str) : 1;

    for (size_t i = 0; list && i < qlist_size(list); i++) {
        g_ptr_array_add(todo, qlist_at(list, i));
    }
    for (const QDictEntry *e = dict ? qdict_first(dict) : NULL; e; e = qdict_next(dict, e)) {
        g_ptr_array_add(todo, qdict_entry_value(e));
        size += strlen(qdict_entry_key(e));
    }
    return size;
}

/* @each: what a value counts beside its text. */
static bool is_longer(QObject *value, size_t each, size_t limit)
{
    g_autoptr(GPtrArray) todo = g_ptr_array_new();
    size_t size = 0;

    g_ptr_array_add(todo, value);
    while (todo->len && size + todo->len <= limit) {
        size += each + text_size(g_ptr_array_steal_index_fast(todo, todo->len - 1), todo);
    }
    return size + todo->len > limit;
}

/* It comes back with the reply, and with each list of commands in flight: not by the megabyte. */
static void check_id(QmpItem *item)
{
    if (item->req.id && item->cost > ID_MAX && is_longer(item->req.id, 0, ID_MAX)) {
        item->req.id = NULL;
        error_free(item->err);
        item->err = NULL;
        error_setg(&item->err, "QMP input member 'id' is longer than %d bytes", ID_MAX);
    }
}

/* What a handler does with its arguments takes the main loop's time, whatever it is. */
static void check_length(QmpItem *item)
{
    if (item->cmd && item->cost > REQUEST_MAX && !(item->cmd->options & QCO_LONG_REQUEST) &&
        is_longer(item->value, VALUE_COST, REQUEST_MAX)) {
        error_setg(&item->err, "A request for '%s' may take %d bytes of memory, this one is longer",
                   item->cmd->name, REQUEST_MAX);
    }
}

/* Takes @value or @err, whichever is set. */
QmpItem *qmp_item_new(QObject *value, Error *err, bool allow_oob, size_t cost)
{
    QmpItem *item = alloc_zeroed(QmpItem);
    bool run_oob = false;

    item->value = value;
    item->err = err;
    item->cost = cost;
    item->fd = -1;
    item->since = clock_now(CLOCK_HOST);
    if (value && take_timeout(item, &item->err) &&
        (!allow_oob || take_control(item, &run_oob, &item->err))) {
        qmp_request_parse(value, allow_oob, &item->req, &item->err);
        item->req.oob |= run_oob;
        item->cmd = item->err ? NULL : qmp_find_command(monitor_commands(), item->req.command);
    }
    check_length(item);
    check_id(item);
    return item;
}

void qmp_item_free(void *opaque)
{
    QmpItem *item = opaque;

    if (item->fd >= 0) {
        close(item->fd);
    }
    error_free(item->err);
    qmp_discard(item->value, item->cost);
    g_free(item);
}
