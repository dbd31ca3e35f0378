/*
 * The calls we make of the RISC-V Supervisor Binary Interface (specification 1.0) and the few
 * privileged instructions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_SBI_H
#define TESTCARD_SBI_H

#include <stdint.h>

#define SBI_EXT_TIME         0x54494d45
#define SBI_EXT_SRST         0x53525354
#define SBI_SRST_SHUTDOWN    0
#define SBI_SRST_COLD_REBOOT 1

static inline long sbi_call(long ext, long fid, uint64_t arg0, uint64_t arg1)
{
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a6 __asm__("a6") = fid;
    register uint64_t a7 __asm__("a7") = ext;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return a0;
}

static inline void sbi_set_timer(uint64_t when)
{
    sbi_call(SBI_EXT_TIME, 0, when, 0);
}

static inline void sbi_system_reset(uint32_t type)
{
    sbi_call(SBI_EXT_SRST, 0, type, 0);
}

/* Ticks of the device tree's timebase-frequency. */
static inline uint64_t read_time(void)
{
    uint64_t t;

    __asm__ volatile("rdtime %0" : "=r"(t));
    return t;
}

#define SIE_STIE (1ul << 5)
#define SIE_SEIE (1ul << 9)

static inline void enable_wakeups(uint64_t mask)
{
    __asm__ volatile("csrs sie, %0" : : "r"(mask));
}

/* Until an enabled interrupt is pending; none is taken, for sstatus.SIE stays 0. */
static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

/* What was drawn is in memory before any device is told so. */
static inline void fence_all(void)
{
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}

#endif
