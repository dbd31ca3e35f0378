/*
 * Harts that only remember their interrupt lines, for tests of interrupt controllers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fake-harts.h"

#include "util/timer.h"

struct Hart {
    uint32_t lines;
};

static Hart harts[FAKE_HARTS];

unsigned hart_count(void)
{
    return FAKE_HARTS;
}

Hart *hart_by_index(unsigned index)
{
    return index < FAKE_HARTS ? &harts[index] : NULL;
}

void hart_set_irq(Hart *hart, HartIrq irq, bool level)
{
    hart->lines = level ? hart->lines | 1u << irq : hart->lines & ~(1u << irq);
}

uint64_t hart_time_now(void)
{
    return (uint64_t)clock_now(CLOCK_VIRTUAL) / (NS_PER_SEC / HART_TIMEBASE_HZ);
}

bool fake_hart_line(unsigned index, HartIrq irq)
{
    return harts[index].lines >> irq & 1;
}
