/*
 * Stacks for coroutines, with a guard page, from a bounded pool.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_CO_STACK_H
#define UTIL_CO_STACK_H

#include "util/compiler.h"

#include <stddef.h>

enum {
#if defined(VITRINE_ASAN) || defined(VITRINE_TSAN)
    CO_STACK_SIZE = 2 << 20, /* instrumented frames are several times as big */
#else
    CO_STACK_SIZE = 256 << 10,
#endif
    CO_STACK_POOL_MAX = 64, /* stacks kept for later */
};

/* Any thread. CO_STACK_SIZE usable bytes; touching the page below them faults. Never NULL. */
void *co_stack_get(void);
void co_stack_put(void *stack);
/* How many are in the pool now. */
size_t co_stack_pool_len(void);

#endif
