/*
 * I/O limits: what they may be, and when a request is within them.
 *
 * A bucket is kept as the time when it will be empty, in whole nanoseconds: nothing is lost however
 * often it is looked at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "throttle.h"

#include "util/timer.h"

#include <glib.h>
#include <inttypes.h>

/* What a bucket holds without bursts: enough that nobody is slow between two requests. */
#define SLACK_NS (100 * NS_PER_MS)
/* Some decades: longer than anybody waits, and such times can be added up. */
#define FOREVER_NS (INT64_MAX / 4)

__extension__ typedef unsigned __int128 Wide;

static const struct {
    const char *name;
    ThrottleKind total; /* that must not be limited, too */
} kinds[] = {
    [THROTTLE_BPS] = { "bps", THROTTLE_KINDS },
    [THROTTLE_BPS_READ] = { "bps_rd", THROTTLE_BPS },
    [THROTTLE_BPS_WRITE] = { "bps_wr", THROTTLE_BPS },
    [THROTTLE_IOPS] = { "iops", THROTTLE_KINDS },
    [THROTTLE_IOPS_READ] = { "iops_rd", THROTTLE_IOPS },
    [THROTTLE_IOPS_WRITE] = { "iops_wr", THROTTLE_IOPS },
};

/* ---- what they may be ---- */

static bool check_range(const char *name, const char *suffix, int64_t value, Error **errp)
{
    if (value >= 0 && value <= THROTTLE_RATE_MAX) {
        return true;
    }
    error_setg(errp, "Parameter '%s%s' expects a value from 0 to %" PRId64 ", not %" PRId64, name,
               suffix, THROTTLE_RATE_MAX, value);
    return false;
}

static bool check_rate(const ThrottleLimits *limits, ThrottleKind kind, Error **errp)
{
    ThrottleKind total = kinds[kind].total;
    if (total != THROTTLE_KINDS && limits->of[kind].rate && limits->of[total].rate) {
        error_setg(errp,
                   "Parameters '%s' and '%s' cannot be set together: a limit of all requests goes "
                   "without those of reads and writes",
                   kinds[total].name, kinds[kind].name);
        return false;
    }
    return check_range(kinds[kind].name, "", limits->of[kind].rate, errp);
}

static bool check_burst(const ThrottleLimit *limit, const char *name, Error **errp)
{
    if (!check_range(name, "_max", limit->burst, errp)) {
        return false;
    }
    if (limit->burst && !limit->rate) {
        error_setg(errp, "Parameter '%s_max' needs '%s' to be set", name, name);
        return false;
    }
    if (limit->burst && limit->burst < limit->rate) {
        error_setg(errp, "Parameter '%s_max' expects at least %" PRId64 ", which is '%s'", name,
                   limit->rate, name);
        return false;
    }
    return true;
}

static bool check_seconds(const ThrottleLimit *limit, const char *name, Error **errp)
{
    int64_t most = limit->burst ? THROTTLE_RATE_MAX / limit->burst : 1;
    if (limit->burst_seconds > 1 && !limit->burst) {
        error_setg(errp, "Parameter '%s_max_length' needs '%s_max' to be set", name, name);
        return false;
    }
    if (limit->burst_seconds < 1 || limit->burst_seconds > most) {
        error_setg(errp,
                   "Parameter '%s_max_length' expects a number of seconds from 1 to %" PRId64
                   ", not %" PRId64,
                   name, most, limit->burst_seconds);
        return false;
    }
    return true;
}

static bool check_iops_size(const ThrottleLimits *limits, Error **errp)
{
    bool limited = limits->of[THROTTLE_IOPS].rate || limits->of[THROTTLE_IOPS_READ].rate ||
                   limits->of[THROTTLE_IOPS_WRITE].rate;
    if (limits->iops_size && !limited) {
        error_setg(errp,
                   "Parameter 'iops_size' needs 'iops', 'iops_rd' or 'iops_wr' to be set");
        return false;
    }
    return check_range("iops_size", "", limits->iops_size, errp);
}

bool throttle_limits_check(const ThrottleLimits *limits, Error **errp)
{
    for (unsigned i = 0; i < THROTTLE_KINDS; i++) {
        const ThrottleLimit *limit = &limits->of[i];
        if (!check_rate(limits, i, errp) || !check_burst(limit, kinds[i].name, errp) ||
            !check_seconds(limit, kinds[i].name, errp)) {
            return false;
        }
    }
    return check_iops_size(limits, errp);
}

bool throttle_limits_any(const ThrottleLimits *limits)
{
    for (unsigned i = 0; i < THROTTLE_KINDS; i++) {
        if (limits->of[i].rate) {
            return true;
        }
    }
    return false;
}

/* ---- when a request is within them ---- */

static int64_t saturate(Wide ns)
{
    return ns < (Wide)FOREVER_NS ? (int64_t)ns : FOREVER_NS;
}

/* Rounded up: a limit is never exceeded. */
static int64_t leak_ns(Wide amount, int64_t rate)
{
    return saturate((amount * NS_PER_SEC + (Wide)rate - 1) / (Wide)rate);
}

/* How far the bucket may be from empty: what comes in at the rate of a burst, less what leaks. */
static int64_t depth_ns(const ThrottleLimit *limit)
{
    if (!limit->burst) {
        return SLACK_NS;
    }
    Wide more = (Wide)(limit->burst - limit->rate) * (Wide)limit->burst_seconds;
    return MAX(SLACK_NS, leak_ns(more, limit->rate));
}

/* What counts for reads, or for writes. */
static bool counts(const ThrottleLimits *limits, ThrottleKind kind, bool write)
{
    bool other = write ? kind == THROTTLE_BPS_READ || kind == THROTTLE_IOPS_READ
                       : kind == THROTTLE_BPS_WRITE || kind == THROTTLE_IOPS_WRITE;
    return !other && limits->of[kind].rate;
}

void throttle_buckets_set(ThrottleBuckets *buckets, const ThrottleLimits *limits)
{
    *buckets = (ThrottleBuckets){ .limits = *limits };
}

static int64_t bucket_wait(const ThrottleLimit *limit, const ThrottleBucket *bucket, int64_t now_ns)
{
    int64_t wait = bucket->empty_ns - now_ns - depth_ns(limit);
    int64_t burst_wait = limit->burst ? bucket->burst_empty_ns - now_ns - SLACK_NS : 0;
    return MAX(MAX(wait, burst_wait), 0);
}

int64_t throttle_buckets_wait(const ThrottleBuckets *buckets, bool write, int64_t now_ns)
{
    int64_t wait = 0;
    for (unsigned i = 0; i < THROTTLE_KINDS; i++) {
        if (counts(&buckets->limits, i, write)) {
            wait = MAX(wait, bucket_wait(&buckets->limits.of[i], &buckets->of[i], now_ns));
        }
    }
    return wait;
}

/* The time that a request of @bytes takes at @rate. */
static int64_t cost_ns(ThrottleKind kind, int64_t iops_size, uint64_t bytes, int64_t rate)
{
    if (kind < THROTTLE_IOPS) {
        return leak_ns(bytes, rate);
    }
    if (!iops_size || bytes <= (uint64_t)iops_size) {
        return leak_ns(1, rate);
    }
    /* Not in whole ones: a request and a half is a request and a half. */
    return saturate((Wide)bytes * NS_PER_SEC / ((Wide)iops_size * (Wide)rate));
}

static int64_t fill(int64_t empty_ns, int64_t now_ns, int64_t cost)
{
    return MIN(MAX(empty_ns, now_ns) + cost, now_ns + FOREVER_NS);
}

void throttle_buckets_take(ThrottleBuckets *buckets, bool write, uint64_t bytes, int64_t now_ns)
{
    for (unsigned i = 0; i < THROTTLE_KINDS; i++) {
        const ThrottleLimit *limit = &buckets->limits.of[i];
        ThrottleBucket *bucket = &buckets->of[i];
        if (!counts(&buckets->limits, i, write)) {
            continue;
        }
        int64_t size = buckets->limits.iops_size;
        bucket->empty_ns = fill(bucket->empty_ns, now_ns, cost_ns(i, size, bytes, limit->rate));
        if (limit->burst) {
            bucket->burst_empty_ns =
                fill(bucket->burst_empty_ns, now_ns, cost_ns(i, size, bytes, limit->burst));
        }
    }
}
