/*
 * The supervisor timer of Sstc: STIP follows from comparing time with stimecmp.
 *
 * stimecmp is written by the hart, the timer runs out on the main loop: the lock keeps the line
 * in step with the compare value that is valid at the time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"

#define NS_PER_TICK (NS_PER_SEC / HART_TIMEBASE_HZ)

uint64_t hart_time_now(void)
{
    return clock_now(CLOCK_VIRTUAL) / NS_PER_TICK;
}

static void set_stip(Hart *hart, bool level)
{
    if (level) {
        __atomic_fetch_or(&hart->mip_lines, MIP_STIP, __ATOMIC_SEQ_CST);
        hart_kick(hart, PENDING_IRQ);
    } else {
        __atomic_fetch_and(&hart->mip_lines, ~MIP_STIP, __ATOMIC_SEQ_CST);
    }
}

static void update_locked(Hart *hart)
{
    bool due = hart->stimer_on && hart_time_now() >= hart->stimecmp;

    set_stip(hart, due);
    if (!hart->stimer_on || due || hart->stimecmp > INT64_MAX / NS_PER_TICK) {
        timer_disarm(&hart->stimer); /* the last: in thousands of years */
    } else {
        timer_arm(&hart->stimer, hart->stimecmp * NS_PER_TICK);
    }
}

static void stimer_expired(void *opaque)
{
    Hart *hart = opaque;

    pthread_mutex_lock(&hart->stimer_lock);
    update_locked(hart);
    pthread_mutex_unlock(&hart->stimer_lock);
}

void stimer_init(Hart *hart)
{
    pthread_mutex_init(&hart->stimer_lock, NULL);
    timer_init(&hart->stimer, main_loop(), CLOCK_VIRTUAL, stimer_expired, hart);
}

void stimer_finish(Hart *hart)
{
    timer_finish(&hart->stimer);
    pthread_mutex_destroy(&hart->stimer_lock);
}

void stimer_set_compare(Hart *hart, uint64_t stimecmp)
{
    pthread_mutex_lock(&hart->stimer_lock);
    hart->stimecmp = stimecmp;
    update_locked(hart);
    pthread_mutex_unlock(&hart->stimer_lock);
}

void stimer_enable(Hart *hart, bool on)
{
    pthread_mutex_lock(&hart->stimer_lock);
    hart->stimer_on = on;
    update_locked(hart);
    pthread_mutex_unlock(&hart->stimer_lock);
}
