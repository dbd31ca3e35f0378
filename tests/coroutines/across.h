/*
 * What the two units of a seeded program share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACROSS_H
#define ACROSS_H

#include "util/coroutine.h"

typedef struct AcrossOps {
    EventFn *work;
} AcrossOps;

void across_register(AcrossOps *ops);
void across_set_callback(EventFn *fn);
void across_wait(void);

static inline void across_inline(void)
{
    across_wait();
}

#endif
