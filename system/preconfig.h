/*
 * --preconfig: monitors are there before the machine is, until a client says go.
 *
 * Main thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_PRECONFIG_H
#define SYSTEM_PRECONFIG_H

#include "util/coroutine.h"
#include "util/error.h"

/*
 * Turn the main loop until x-exit-preconfig (true), or until the process shall end: then it returns
 * false, and the main loop, when it is run, ends at once. Before, monitors must exist.
 */
bool no_coroutine_fn preconfig_run(void);
/* After preconfig_run(): the machine was built, or could not be: the command is answered. */
void preconfig_done(const Error *err);

#endif
