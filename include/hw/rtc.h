/*
 * What time it is for the guest: -rtc.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_RTC_H
#define HW_RTC_H

#include "util/timer.h"

typedef enum RtcClock {
    RTC_CLOCK_HOST, /* the host's wall clock, wherever that is set to */
    RTC_CLOCK_RT,   /* goes on evenly whatever is done to the host's clock */
    RTC_CLOCK_VM,   /* stands still while the machine is stopped */
} RtcClock;

typedef struct RtcBase {
    enum { RTC_BASE_UTC, RTC_BASE_LOCALTIME, RTC_BASE_DATE } kind;
    int64_t date; /* for RTC_BASE_DATE: seconds since 1970-01-01 UTC */
} RtcBase;

/* The guest's time is @base now, and follows @clock. Start-up, once; else the host's UTC. */
void rtc_configure(const RtcBase *base, RtcClock clock);
/* Nanoseconds since 1970-01-01, as the guest shall read them. Any thread. */
int64_t rtc_now(void);
/* On which clock a device's alarm waits: a span of it is one of the guest's time. */
ClockType rtc_alarm_clock(void);

#endif
