/*
 * Events with a limited rate: the first goes out at once, then one a second, the latest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/qmp-registry.h"
#include "util/timer.h"

#include <pthread.h>

#define PERIOD_NS NS_PER_SEC

/* One kind of event, while its period runs. */
typedef struct Throttle {
    char *key; /* owned by the table, too */
    const char *name;
    QDict *data;  /* of the event that waits; NULL when it has none */
    bool waiting; /* there is one */
    Timer timer;
} Throttle;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *throttles; /* key -> Throttle */

static void throttle_free(void *opaque)
{
    Throttle *t = opaque;

    timer_finish(&t->timer);
    qobject_unref(t->data);
    g_free(t->key);
    g_free(t);
}

/* Lock held: the period begins, or begins again. */
static void begin_period(Throttle *t)
{
    t->waiting = false;
    t->data = NULL;
    timer_arm(&t->timer, clock_now(CLOCK_HOST) + PERIOD_NS);
}

/* Main loop. */
static void period_over(void *opaque)
{
    Throttle *t = opaque;
    const char *name = t->name;
    QDict *data;
    bool emit;

    pthread_mutex_lock(&lock);
    emit = t->waiting;
    data = t->data;
    if (emit) {
        begin_period(t);
    } else {
        g_hash_table_remove(throttles, t->key);
    }
    pthread_mutex_unlock(&lock);
    if (emit) {
        qmp_event_emit(name, data);
    }
}

/* Lock held. Takes @key. */
static void throttle_new(const char *name, char *key)
{
    Throttle *t = g_new0(Throttle, 1);

    t->name = name;
    t->key = key;
    timer_init(&t->timer, main_loop(), CLOCK_HOST, period_over, t);
    g_hash_table_insert(throttles, key, t);
    begin_period(t);
}

/* Lock held: keep @data for the end of the period; what waited before is out of date. */
static void replace_waiting(Throttle *t, QDict *data)
{
    qobject_unref(t->data);
    t->data = data;
    t->waiting = true;
}

void qmp_event_emit_limited(const char *name, const char *member, QDict *data)
{
    char *key = g_strdup_printf("%s %s", name, member ? qdict_get_str(data, member) : "");
    Throttle *t;

    pthread_mutex_lock(&lock);
    if (!throttles) {
        throttles = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, throttle_free);
    }
    t = g_hash_table_lookup(throttles, key);
    if (t) {
        replace_waiting(t, data);
        g_free(key);
    } else {
        throttle_new(name, key);
    }
    pthread_mutex_unlock(&lock);
    if (!t) {
        qmp_event_emit(name, data);
    }
}

void qmp_events_flush(void)
{
    GHashTableIter iter;
    void *value;

    pthread_mutex_lock(&lock);
    if (throttles) {
        g_hash_table_iter_init(&iter, throttles);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            Throttle *t = value;

            if (t->waiting) {
                qmp_event_emit(t->name, g_steal_pointer(&t->data));
            }
        }
        g_clear_pointer(&throttles, g_hash_table_destroy);
    }
    pthread_mutex_unlock(&lock);
}
