/*
 * The run state: whether the machine runs, and why not.
 *
 * Main loop, BQL held. States and their names are qapi/run-state.json's RunState.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_RUNSTATE_H
#define SYSTEM_RUNSTATE_H

#include "qapi/qapi-types-run-state.h"
#include "util/coroutine.h"

/* Any thread, atomic (query-status is out-of-band capable). */
RunState runstate_get(void);
bool runstate_is_running(void);

/* Stop harts and the virtual clock, with STOP / start them, with RESUME. No-op when they are. */
void coroutine_fn vm_stop(RunState state);
void vm_start(void);

/* Ask; carried out by the machine's own coroutine on the main loop, in order. */
void system_request_reset(ShutdownCause cause);
void system_request_shutdown(ShutdownCause cause);
void system_request_powerdown(void);

#endif
