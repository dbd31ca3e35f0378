/*
 * What time it is for the guest, in each way of telling it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/rtc.h"

#define DATE 1150560081 /* 2006-06-17T16:01:21Z */

static void assert_soon_after(int64_t start)
{
    int64_t now = rtc_now();

    g_assert_cmpint(now, >=, start);
    g_assert_cmpint(now - start, <, 3600 * NS_PER_SEC);
}

static void test_host(void)
{
    const RtcBase utc = { .kind = RTC_BASE_UTC };

    rtc_configure(&utc, RTC_CLOCK_HOST);
    assert_soon_after(wall_clock_now());
    g_assert_cmpint(rtc_alarm_clock(), ==, CLOCK_HOST);
}

static void test_localtime(void)
{
    const RtcBase local = { .kind = RTC_BASE_LOCALTIME };

    g_setenv("TZ", "TST-5:30", true);
    rtc_configure(&local, RTC_CLOCK_RT);
    assert_soon_after(wall_clock_now() + (5 * 60 + 30) * 60 * NS_PER_SEC - NS_PER_SEC);
}

static void test_date(gconstpointer clock)
{
    const RtcBase date = { .kind = RTC_BASE_DATE, .date = DATE };

    rtc_configure(&date, (RtcClock)GPOINTER_TO_INT(clock));
    assert_soon_after(DATE * NS_PER_SEC);
}

static void test_stands_still(void)
{
    const RtcBase date = { .kind = RTC_BASE_DATE, .date = DATE };

    rtc_configure(&date, RTC_CLOCK_VM);
    g_assert_cmpint(rtc_alarm_clock(), ==, CLOCK_VIRTUAL);
    /* The machine has not been started. */
    g_usleep(1000);
    g_assert_cmpint(rtc_now(), ==, DATE * NS_PER_SEC);
    virtual_clock_start();
    while (rtc_now() == DATE * NS_PER_SEC) {
        g_usleep(100);
    }
    virtual_clock_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    g_test_add_func("/rtc/host", test_host);
    g_test_add_func("/rtc/localtime", test_localtime);
    g_test_add_data_func("/rtc/date/host", GINT_TO_POINTER(RTC_CLOCK_HOST), test_date);
    g_test_add_data_func("/rtc/date/rt", GINT_TO_POINTER(RTC_CLOCK_RT), test_date);
    g_test_add_func("/rtc/stands-still", test_stands_still);
    return g_test_run();
}
