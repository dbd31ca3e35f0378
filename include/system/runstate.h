/*
 * The run state: whether the machine runs and why not, and the requests that change it.
 *
 * Main loop, BQL held, unless said otherwise. States and their names are RunState of
 * qapi/run-state.json.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_RUNSTATE_H
#define SYSTEM_RUNSTATE_H

#include "qapi/qapi-types-run-state.h"
#include "util/coroutine.h"
#include "util/error.h"

/* Any thread, no lock. */
RunState runstate_get(void);
bool runstate_is_running(void);

/* What the machine does on a guest's own reset and power-off; set before it runs. */
typedef struct RunstatePolicy {
    bool no_reboot;   /* a guest's reset is a shutdown */
    bool no_shutdown; /* a guest's power-off stops the machine, the process stays */
} RunstatePolicy;

/* From now on. */
void runstate_set_policy(const RunstatePolicy *policy);
RunstatePolicy runstate_get_policy(void);
/* Start the coroutine that carries requests out, and connect hw/power.h to it. */
void runstate_init(const RunstatePolicy *policy);
/* End that coroutine, once nobody asks for anything any more. Turns the main loop. */
void no_coroutine_fn runstate_finish(void);

/*
 * Stop harts and the virtual clock, then send STOP / send RESUME, then start them; no-ops when that
 * is how things are. False: cancelled while another change was under way, or the machine has to
 * be reset before it can start.
 */
bool coroutine_fn vm_stop(RunState state, Error **errp);
bool coroutine_fn vm_start(Error **errp);

/*
 * Keep the machine as it is, for somebody who reads all of it: stopped in @state if it ran, and until
 * the thaw resets wait and vm_start() is refused. The thaw starts it again if it ran before, unless
 * there was a vm_stop() meanwhile. They do not nest. False: as for vm_stop(). The thaw is not
 * cancellable.
 */
bool coroutine_fn vm_freeze(RunState state, Error **errp);
void coroutine_fn vm_thaw(void);

/*
 * Ask; carried out in order by the run state's own coroutine. The one that waits returns when it is
 * done; false: cancelled while waiting, and there will be no reset unless others asked for it, too.
 */
bool coroutine_fn system_reset_and_wait(ShutdownCause cause);
void system_request_reset(ShutdownCause cause);
void system_request_shutdown(ShutdownCause cause);
bool system_powerdown(Error **errp);

/* The status that main() returns, once the main loop has ended. */
int runstate_exit_status(void);

#endif
