/*
 * QMP commands about the session that sends them: capabilities, events, the test lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-event-log.h"
#include "monitor/qmp-session.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-monitor.h"
#include "qapi/qapi-emit-events.h"

static bool test_lock_taken; /* atomic */

/* The session that sends this command; NULL with an error when nobody does. */
static QmpSession *sender(const char *what, Error **errp)
{
    QmpSession *session = qmp_session_current();

    if (!session) {
        error_setg(errp, "There is no session to %s for", what);
    }
    return session;
}

void coroutine_fn qmp_qmp_capabilities(QMPCapabilityList *enable, Error **errp)
{
    QmpSession *session = sender("negotiate capabilities", errp);
    unsigned wanted = 0;

    if (!session) {
        return;
    }
    for (QMPCapabilityList *cap = enable; cap; cap = cap->next) {
        wanted |= 1u << cap->value;
    }
    if ((wanted & (1u << QMP_CAPABILITY_OOB)) && !monitor_io_loop()) {
        error_setg(errp, "Capability 'oob' needs a thread of its own, and the host has no thread or "
                         "no descriptors to spare");
        return;
    }
    session->wanted = wanted;
    session->negotiated = true;
}

/* ---- events ---- */

static QmpSession *sender_with_serials(const char *what, Error **errp)
{
    QmpSession *session = sender(what, errp);

    if (session && !qmp_session_has(session, QMP_CAPABILITY_EVENT_SERIALS)) {
        error_setg(errp, "This needs the capability 'event-serials', which the client has not "
                         "enabled");
        return NULL;
    }
    return session;
}

static bool check_event(const char *name, Error **errp)
{
    return qapi_enum_parse(&QAPIEvent_lookup, name, -1, NULL) >= 0 ||
           (error_setg(errp, "Parameter 'events' has '%s', which is no event", name), false);
}

/* NULL with an error: one does not exist. */
static GHashTable *make_filter(const strList *events, Error **errp)
{
    GHashTable *filter = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (; events; events = events->next) {
        if (!check_event(events->value, errp)) {
            g_hash_table_unref(filter);
            return NULL;
        }
        g_hash_table_add(filter, g_strdup(events->value));
    }
    return filter;
}

void coroutine_fn qmp_set_event_filter(strList *events, Error **errp)
{
    QmpSession *session = sender_with_serials("filter events", errp);
    GHashTable *filter = NULL;
    GHashTable *old;

    if (!session || (events && !(filter = make_filter(events, errp)))) {
        return;
    }
    pthread_mutex_lock(&session->lock);
    old = session->filter;
    session->filter = filter;
    pthread_mutex_unlock(&session->lock);
    if (old) {
        g_hash_table_unref(old);
    }
}

PastEvents *coroutine_fn qmp_query_past_events(bool has_since, int64_t since, Error **errp)
{
    QmpSession *session = sender_with_serials("ask for events", errp);

    /* As unsigned, what is negative is larger than any serial. */
    return session ? qmp_events_since(session, has_since ? (uint64_t)since : 0, errp) : NULL;
}

/* ---- the test lock ---- */

void qmp_x_oob_test(bool lock, Error **errp)
{
    bool expected = !lock;

    if (!__atomic_compare_exchange_n(&test_lock_taken, &expected, lock, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) {
        error_setg(errp, lock ? "The test lock is taken already; 'lock': false gives it back"
                              : "The test lock is not taken; 'lock': true takes it");
    }
}
