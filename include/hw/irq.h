/*
 * Interrupt lines: a device raises and lowers one; whoever it is wired to is called.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_IRQ_H
#define HW_IRQ_H

#include <stdbool.h>

typedef void IrqFn(void *opaque, int n, bool level);

/* By value; {0} is a line that is not connected. */
typedef struct IrqLine {
    IrqFn *fn;
    void *opaque;
    int n;
} IrqLine;

static inline void irq_set(const IrqLine *line, bool level)
{
    if (line->fn) {
        line->fn(line->opaque, line->n, level);
    }
}

#endif
