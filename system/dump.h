/*
 * The dump in progress, for main().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_DUMP_H
#define SYSTEM_DUMP_H

#include "util/compiler.h"

/* At exit: give up a dump that runs on its own. Turns the main loop. */
void no_coroutine_fn dump_finish(void);

#endif
