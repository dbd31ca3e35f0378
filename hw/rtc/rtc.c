/*
 * What time it is for the guest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/rtc.h"

/* Written at start-up. */
static RtcClock rtc_clock;
static int64_t offset; /* of the guest's time from the clock's */

static int64_t clock_value(void)
{
    return rtc_clock == RTC_CLOCK_HOST ? wall_clock_now() : clock_now(rtc_alarm_clock());
}

int64_t rtc_now(void)
{
    return clock_value() + offset;
}

ClockType rtc_alarm_clock(void)
{
    return rtc_clock == RTC_CLOCK_VM ? CLOCK_VIRTUAL : CLOCK_HOST;
}

static int64_t start_time(const RtcBase *base)
{
    if (base->kind == RTC_BASE_DATE) {
        return base->date * NS_PER_SEC;
    }
    if (base->kind == RTC_BASE_LOCALTIME) {
        g_autoptr(GDateTime) local = g_date_time_new_now_local();
        return wall_clock_now() + g_date_time_get_utc_offset(local) * 1000;
    }
    return wall_clock_now();
}

void rtc_configure(const RtcBase *base, RtcClock clock)
{
    rtc_clock = clock;
    /* Of the host's clock it is the place that counts, and not when we looked. */
    bool follows = base->kind == RTC_BASE_UTC && clock == RTC_CLOCK_HOST;
    offset = follows ? 0 : start_time(base) - clock_value();
}
