/*
 * I/O limits, in a time of our own: how much goes through, in bursts too, and what limits may be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block/throttle.h"
#include "util/timer.h"

#include <glib.h>
#include <string.h>

static int64_t now;
static ThrottleBuckets buckets;

static void set_limits(const ThrottleLimits *limits)
{
    ThrottleLimits copy = *limits;
    for (unsigned i = 0; i < THROTTLE_KINDS; i++) {
        copy.of[i].burst_seconds = MAX(copy.of[i].burst_seconds, 1);
    }
    throttle_limits_check(&copy, &error_abort);
    throttle_buckets_set(&buckets, &copy);
}

static void limit_one(ThrottleKind kind, int64_t rate, int64_t burst, int64_t seconds)
{
    ThrottleLimits limits = { .iops_size = 0 };
    limits.of[kind] = (ThrottleLimit){ rate, burst, seconds };
    set_limits(&limits);
}

/* As many requests as go within the next @ns, one after the other. */
static uint64_t run(bool write, uint64_t bytes, int64_t ns)
{
    int64_t end = now + ns, wait;
    uint64_t count = 0;
    while ((wait = throttle_buckets_wait(&buckets, write, now)) <= end - now) {
        now += wait;
        g_assert_cmpint(throttle_buckets_wait(&buckets, write, now), ==, 0);
        throttle_buckets_take(&buckets, write, bytes, now);
        if (++count == 1000000) {
            return count; /* without end */
        }
    }
    now = end;
    return count;
}

#define ENDLESS 1000000

static void expect_about(uint64_t value, uint64_t wanted, uint64_t more)
{
    /* A request's time is rounded up to whole nanoseconds. */
    g_assert_cmpuint(value, >=, wanted - wanted / 10000);
    g_assert_cmpuint(value, <=, wanted + more);
}

/* ---- rates ---- */

static void test_rates(void)
{
    static const int64_t rates[] = { 1, 3, 10, 1000, 33333 };
    for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++) {
        uint64_t rate = (uint64_t)rates[i];
        limit_one(THROTTLE_IOPS, rates[i], 0, 0);
        /* Two, or what 100 ms are worth, go ahead. */
        expect_about(run(false, 4096, 10 * NS_PER_SEC), 10 * rate, 2 + rate / 10);
        expect_about(run(true, 4096, 10 * NS_PER_SEC), 10 * rate - 1, 2);
        /* Nothing is saved up but that. */
        now += 1000 * NS_PER_SEC;
        expect_about(run(true, 4096, 10 * NS_PER_SEC), 10 * rate, 2 + rate / 10);
    }
}

static void test_bytes(void)
{
    limit_one(THROTTLE_BPS, 1000000, 0, 0);
    expect_about(run(false, 512, 100 * NS_PER_SEC) * 512, 100000000, 101024);
    limit_one(THROTTLE_BPS, 1000, 0, 0);
    /* Whatever is allowed less than a request's size goes, when its turn comes. */
    g_assert_cmpuint(run(true, 1000000, 999 * NS_PER_SEC), ==, 1);
    g_assert_cmpuint(run(true, 1000000, 1001 * NS_PER_SEC), ==, 2);
    g_assert_cmpuint(run(true, 0, NS_PER_SEC), ==, 0);
}

/* It looks often and nothing changes; late, and only the average counts. */
static void test_no_drift(void)
{
    limit_one(THROTTLE_BPS, 1, 0, 0);
    throttle_buckets_take(&buckets, true, 1000000, now);
    int64_t wait = throttle_buckets_wait(&buckets, true, now);
    for (unsigned i = 0; i < 1000; i++) {
        now += 7;
        wait -= 7;
        g_assert_cmpint(throttle_buckets_wait(&buckets, true, now), ==, wait);
    }
    limit_one(THROTTLE_IOPS, 100, 0, 0);
    uint64_t count = 0;
    for (unsigned i = 0; i < 200; i++) { /* every 50 ms, which is 5 requests */
        while (throttle_buckets_wait(&buckets, true, now) == 0) {
            throttle_buckets_take(&buckets, true, 512, now);
            count++;
        }
        now += 50 * NS_PER_MS;
    }
    expect_about(count, 1000, 11);
}

/* ---- reads and writes ---- */

static void test_directions(void)
{
    limit_one(THROTTLE_IOPS_READ, 10, 0, 0);
    expect_about(run(false, 512, 10 * NS_PER_SEC), 100, 2);
    g_assert_cmpuint(run(true, 512, 0), ==, ENDLESS);
    limit_one(THROTTLE_BPS_WRITE, 512, 0, 0);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 10, 2);
    g_assert_cmpuint(run(false, 512, 0), ==, ENDLESS);
    /* One total is for both. */
    limit_one(THROTTLE_IOPS, 10, 0, 0);
    g_assert_cmpuint(run(false, 512, 0), ==, 2);
    g_assert_cmpuint(run(true, 512, 0), ==, 0);
    /* The tighter one of several counts. */
    ThrottleLimits both = { .of = { [THROTTLE_BPS] = { 51200, 0, 1 },
                                    [THROTTLE_IOPS_READ] = { 10, 0, 1 } } };
    set_limits(&both);
    expect_about(run(false, 512, 10 * NS_PER_SEC), 100, 2);
    set_limits(&both);
    expect_about(run(false, 51200, 10 * NS_PER_SEC), 10, 2);
    set_limits(&both);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 1000, 12);
}

/* ---- bursts ---- */

static void test_bursts(void)
{
    limit_one(THROTTLE_IOPS, 10, 100, 5);
    /* For five seconds at the higher rate, then at the lower one. */
    expect_about(run(true, 512, 5 * NS_PER_SEC), 500, 12);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 90, 12);
    /* Half of it is there again after as many seconds as that was worth. */
    now += 25 * NS_PER_SEC;
    expect_about(run(true, 512, 5 * NS_PER_SEC), 300, 12);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 90, 12);
    now += 45 * NS_PER_SEC;
    expect_about(run(true, 512, 5 * NS_PER_SEC), 490, 22);
    /* One that is no more than the rate makes no difference. */
    limit_one(THROTTLE_IOPS, 10, 10, 1);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 100, 2);
    limit_one(THROTTLE_IOPS, 10, 20, 1);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 109, 4);
}

/* ---- large requests ---- */

static void test_iops_size(void)
{
    ThrottleLimits limits = { .of[THROTTLE_IOPS] = { 10, 0, 1 }, .iops_size = 4096 };
    set_limits(&limits);
    expect_about(run(true, 512, 10 * NS_PER_SEC), 100, 2);
    set_limits(&limits);
    expect_about(run(true, 4096, 10 * NS_PER_SEC), 100, 2);
    set_limits(&limits);
    expect_about(run(true, 40960, 10 * NS_PER_SEC), 10, 2);
    set_limits(&limits);
    expect_about(run(true, 6144, 15 * NS_PER_SEC), 100, 2);
    limits.iops_size = 1;
    set_limits(&limits);
    g_assert_cmpuint(run(true, UINT64_C(1) << 40, INT64_C(100000) * NS_PER_SEC), ==, 1);
}

/* ---- the ends of what is possible ---- */

static void test_extremes(void)
{
    now = INT64_C(1000000000) * NS_PER_SEC; /* up for 30 years */
    limit_one(THROTTLE_BPS, 1, THROTTLE_RATE_MAX, 1);
    for (unsigned i = 0; i < 100; i++) {
        throttle_buckets_take(&buckets, false, UINT64_MAX, now);
    }
    g_assert_cmpint(throttle_buckets_wait(&buckets, false, now), >=, 0);
    limit_one(THROTTLE_BPS, 1, 0, 1);
    for (unsigned i = 0; i < 100; i++) {
        throttle_buckets_take(&buckets, false, UINT64_MAX, now);
    }
    g_assert_cmpint(throttle_buckets_wait(&buckets, false, now), >, 1000000000 * NS_PER_SEC);
    /* Other limits begin afresh. */
    limit_one(THROTTLE_BPS, 2, 0, 1);
    g_assert_cmpint(throttle_buckets_wait(&buckets, false, now), ==, 0);
    limit_one(THROTTLE_BPS, THROTTLE_RATE_MAX, 0, 1);
    g_assert_cmpuint(run(false, 1 << 20, NS_PER_SEC), >=, ENDLESS);
    ThrottleLimits large = { .of[THROTTLE_IOPS] = { THROTTLE_RATE_MAX, 0, 1 },
                             .iops_size = THROTTLE_RATE_MAX };
    set_limits(&large);
    throttle_buckets_take(&buckets, false, UINT64_MAX, now);
    g_assert_cmpint(throttle_buckets_wait(&buckets, false, now), ==, 0);
    now = 0;
}

/* ---- what limits may be ---- */

#define LIMIT(kind, ...) { .of = { [kind] = { __VA_ARGS__ } } }

static void test_bad_limits(void)
{
    static const struct {
        ThrottleLimits limits;
        const char *says;
    } bad[] = {
        { LIMIT(THROTTLE_IOPS, -1), "'iops' expects a value from 0 to 1000000000000000, not -1" },
        { LIMIT(THROTTLE_BPS, INT64_MIN), "'bps' expects" },
        { LIMIT(THROTTLE_BPS_READ, THROTTLE_RATE_MAX + 1), "'bps_rd' expects" },
        { LIMIT(THROTTLE_IOPS_WRITE, 1, INT64_MAX), "'iops_wr_max' expects a value from 0" },
        { LIMIT(THROTTLE_IOPS_WRITE, 1, -2), "'iops_wr_max' expects a value from 0" },
        { LIMIT(THROTTLE_BPS, 0, 5), "'bps_max' needs 'bps'" },
        { LIMIT(THROTTLE_BPS, 6, 5), "'bps_max' expects at least 6" },
        { LIMIT(THROTTLE_BPS, 6, 7, -1), "'bps_max_length' expects a number of seconds from 1" },
        { LIMIT(THROTTLE_BPS, 6, 1000, INT64_MAX), "seconds from 1 to 1000000000000, not" },
        { LIMIT(THROTTLE_BPS, 6, 0, 2), "'bps_max_length' needs 'bps_max'" },
        { { .of = { [THROTTLE_BPS] = { 1 }, [THROTTLE_BPS_READ] = { 1 } } },
          "'bps' and 'bps_rd' cannot be set together" },
        { { .of = { [THROTTLE_IOPS] = { 1 }, [THROTTLE_IOPS_WRITE] = { 1 } } },
          "'iops' and 'iops_wr' cannot be set together" },
        { { .iops_size = 512 }, "'iops_size' needs" },
        { { .of[THROTTLE_IOPS] = { 1 }, .iops_size = -1 }, "'iops_size' expects" },
        { { .of[THROTTLE_IOPS_READ] = { 1 }, .iops_size = THROTTLE_RATE_MAX + 1 },
          "'iops_size' expects" },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Error) err = NULL;
        ThrottleLimits limits = bad[i].limits;
        for (unsigned k = 0; k < THROTTLE_KINDS; k++) {
            limits.of[k].burst_seconds += limits.of[k].burst_seconds == 0;
        }
        g_assert_false(throttle_limits_check(&limits, &err));
        if (!strstr(error_get_pretty(err), bad[i].says)) {
            g_error("'%s' does not say '%s'", error_get_pretty(err), bad[i].says);
        }
    }
    g_autoptr(Error) err = NULL;
    ThrottleLimits no_time = LIMIT(THROTTLE_BPS, 1, 2, 0);
    g_assert_false(throttle_limits_check(&no_time, &err));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/throttle-bucket/rates", test_rates);
    g_test_add_func("/throttle-bucket/bytes", test_bytes);
    g_test_add_func("/throttle-bucket/no-drift", test_no_drift);
    g_test_add_func("/throttle-bucket/directions", test_directions);
    g_test_add_func("/throttle-bucket/bursts", test_bursts);
    g_test_add_func("/throttle-bucket/iops-size", test_iops_size);
    g_test_add_func("/throttle-bucket/extremes", test_extremes);
    g_test_add_func("/throttle-bucket/bad-limits", test_bad_limits);
    return g_test_run();
}
