/*
 * Histograms of how long each command took.
 *
 * A bucket is an eighth of a power of two wide, so that percentiles are good to that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/qmp-latency.h"
#include "qapi/util.h"

#define SUB_BITS 3
#define SUBS     (1u << SUB_BITS)
/* The last bucket begins at 2^42 ns, more than an hour. */
#define BUCKETS   ((42 - SUB_BITS + 2) * SUBS)
#define NS_PER_US 1000

typedef struct Latency {
    const QmpCommand *cmd;
    uint64_t count;
    uint64_t longest;
    uint64_t queued;
    uint64_t running;
    uint64_t waiting;
    uint32_t buckets[BUCKETS];
} Latency;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *latencies; /* QmpCommand -> Latency */

static unsigned bucket_of(uint64_t ns)
{
    unsigned exponent, bucket;

    if (ns < SUBS) {
        return (unsigned)ns;
    }
    exponent = 63 - (unsigned)__builtin_clzll(ns) - SUB_BITS;
    bucket = exponent * SUBS + (unsigned)(ns >> exponent);
    return MIN(bucket, BUCKETS - 1);
}

/* The longest time that falls into @bucket, ns. */
static uint64_t bucket_end(unsigned bucket)
{
    unsigned exponent = bucket < 2 * SUBS ? 0 : bucket / SUBS - 1;
    uint64_t sub = bucket - exponent * SUBS;

    return ((sub + 1) << exponent) - 1;
}

/* Lock held. */
static Latency *latency_of(const QmpCommand *cmd)
{
    Latency *latency;

    if (!latencies) {
        latencies = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    }
    latency = g_hash_table_lookup(latencies, cmd);
    if (!latency) {
        latency = g_new0(Latency, 1);
        latency->cmd = cmd;
        g_hash_table_insert(latencies, (void *)cmd, latency);
    }
    return latency;
}

void qmp_latency_note(const QmpItem *item, int64_t started, int64_t waiting)
{
    int64_t now = clock_now(CLOCK_HOST);
    uint64_t total = (uint64_t)(now - item->since);
    Latency *latency;

    if (!item->cmd) {
        return;
    }
    pthread_mutex_lock(&lock);
    latency = latency_of(item->cmd);
    latency->count++;
    latency->longest = MAX(latency->longest, total);
    latency->queued += (uint64_t)(started - item->since);
    latency->waiting += (uint64_t)waiting;
    latency->running += (uint64_t)(now - started - waiting);
    latency->buckets[bucket_of(total)]++;
    pthread_mutex_unlock(&lock);
}

/* What the fastest @per_cent of a hundred stay within, ns. */
static uint64_t percentile(const Latency *latency, unsigned per_cent)
{
    uint64_t wanted = (latency->count * per_cent + 99) / 100;
    uint64_t seen = 0;

    for (unsigned i = 0; i < BUCKETS - 1; i++) {
        seen += latency->buckets[i];
        if (seen >= wanted) {
            return MIN(bucket_end(i), latency->longest);
        }
    }
    return latency->longest;
}

static CommandLatency *describe(const Latency *latency)
{
    CommandLatency *info = g_new0(CommandLatency, 1);

    info->command = g_strdup(latency->cmd->name);
    info->count = (int64_t)latency->count;
    info->p50 = (int64_t)percentile(latency, 50) / NS_PER_US;
    info->p99 = (int64_t)percentile(latency, 99) / NS_PER_US;
    info->longest = (int64_t)latency->longest / NS_PER_US;
    info->queued = (int64_t)latency->queued / NS_PER_US;
    info->running = (int64_t)latency->running / NS_PER_US;
    info->waiting = (int64_t)latency->waiting / NS_PER_US;
    return info;
}

static int compare_slowest_first(const void *a, const void *b)
{
    uint64_t x = percentile(a, 99), y = percentile(b, 99);

    return x == y  ? strcmp(((const Latency *)a)->cmd->name, ((const Latency *)b)->cmd->name)
           : x < y ? 1
                   : -1;
}

CommandLatencyList *qmp_latency_list(void)
{
    CommandLatencyList *list = NULL;
    CommandLatencyList **tail = &list;
    GList *all;

    pthread_mutex_lock(&lock);
    all = latencies ? g_hash_table_get_values(latencies) : NULL;
    all = g_list_sort(all, compare_slowest_first);
    for (const GList *l = all; l; l = l->next) {
        QAPI_LIST_APPEND(tail, describe(l->data));
    }
    pthread_mutex_unlock(&lock);
    g_list_free(all);
    return list;
}

void qmp_latency_reset(void)
{
    pthread_mutex_lock(&lock);
    g_clear_pointer(&latencies, g_hash_table_destroy);
    pthread_mutex_unlock(&lock);
}
