/*
 * The run state, and the coroutine that carries out resets and shutdowns.
 *
 * Whoever wants a reset or a shutdown leaves a request; one coroutine on the main loop takes them,
 * so that a reset asked for by a hart, a client and a signal at once is one walk with one order
 * of events.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "system/runstate.h"

#include "block/block.h"
#include "hw/machine.h"
#include "hw/power.h"
#include "qapi/qapi-events-run-state.h"
#include "qapi/qmp-cancel.h"
#include "target/riscv/hart.h"
#include "util/bql.h"
#include "util/co-sync.h"
#include "util/report.h"

static int current_state = RUN_STATE_PRELAUNCH; /* atomic RunState */

static struct {
    RunstatePolicy policy;
    ShutdownCause reset;    /* NONE: not asked for */
    ShutdownCause shutdown; /* NONE: not asked for */
    CoQueue work;           /* the coroutine waits here for a request */
    bool io_error;          /* a disk wants the machine stopped */
    bool running;           /* there is a coroutine */
    bool ending;            /* it shall return */
    CoQueue reset_done;     /* those wait here who ask for it and wait */
    bool reset_for_others;  /* somebody has asked who does not wait */
    bool resetting;         /* one is being done, and may be given up by this: */
    CancelToken give_up;
    CoMutex transition; /* one stop, start or reset at a time */
    bool frozen;        /* vm_freeze(): resets wait and nothing may start */
    bool thaw_starts;   /* it ran before, and nobody has stopped it since */
    int fail_code;      /* what the guest gave up with */
    int exit_status;
} rs;

RunState runstate_get(void)
{
    return g_atomic_int_get(&current_state);
}

bool runstate_is_running(void)
{
    return runstate_get() == RUN_STATE_RUNNING;
}

static void runstate_set(RunState state)
{
    log_mask(LOG_RESET, "run state: %s -> %s", RunState_str(runstate_get()), RunState_str(state));
    g_atomic_int_set(&current_state, state);
}

static bool cause_is_guest(ShutdownCause cause)
{
    return cause >= SHUTDOWN_CAUSE_GUEST_SHUTDOWN;
}

/* Held while harts are being stopped or started, so that a stop and a cont cannot overlap. */
static bool coroutine_fn transition_begin(Error **errp)
{
    if (!co_mutex_lock(&rs.transition)) {
        qmp_set_cancelled(errp, "Waiting for another change of the run state");
        return false;
    }
    return true;
}

static void coroutine_fn stop_running(RunState state)
{
    runstate_set(state);
    virtual_clock_stop();
    harts_pause_co();
    qapi_event_send_stop();
}

static void start_stopped(void)
{
    qapi_event_send_resume();
    runstate_set(RUN_STATE_RUNNING);
    virtual_clock_start();
    block_retry();
    harts_resume();
}

bool coroutine_fn vm_stop(RunState state, Error **errp)
{
    if (!transition_begin(errp)) {
        return false;
    }
    if (runstate_is_running()) {
        stop_running(state);
    } else if (rs.thaw_starts) {
        rs.thaw_starts = false;
        runstate_set(state);
    }
    co_mutex_unlock(&rs.transition);
    return true;
}

static bool check_can_start(Error **errp)
{
    RunState state = runstate_get();

    if (rs.frozen) {
        error_setg(errp, "There is a dump in process, please wait.");
        return false;
    }
    if (state == RUN_STATE_SHUTDOWN || state == RUN_STATE_INTERNAL_ERROR) {
        error_setg(errp, "Resetting the Virtual Machine is required");
        return false;
    }
    return true;
}

bool coroutine_fn vm_start(Error **errp)
{
    bool ok;

    if (!transition_begin(errp)) {
        return false;
    }
    ok = check_can_start(errp);
    if (ok && !runstate_is_running()) {
        start_stopped();
    }
    co_mutex_unlock(&rs.transition);
    return ok;
}

bool coroutine_fn vm_freeze(RunState state, Error **errp)
{
    if (!transition_begin(errp)) {
        return false;
    }
    g_assert(!rs.frozen);
    rs.frozen = true;
    if (runstate_is_running()) {
        rs.thaw_starts = true;
        stop_running(state);
    }
    co_mutex_unlock(&rs.transition);
    return true;
}

void coroutine_fn vm_thaw(void)
{
    CancelToken *token = coroutine_get_cancel(coroutine_self());

    /* Whoever was cancelled has to thaw too. */
    coroutine_set_cancel(coroutine_self(), NULL);
    transition_begin(&error_abort);
    coroutine_set_cancel(coroutine_self(), token);
    rs.frozen = false;
    if (rs.thaw_starts) {
        rs.thaw_starts = false;
        start_stopped();
    }
    co_mutex_unlock(&rs.transition);
    co_queue_wake_one(&rs.work);
}

/* A read that is under way must not end up in what the reset puts into memory. */
static bool coroutine_fn drain(void)
{
    bool drained;

    coroutine_set_cancel(coroutine_self(), &rs.give_up);
    drained = block_drain();
    coroutine_set_cancel(coroutine_self(), NULL);
    return drained && !cancel_token_is_cancelled(&rs.give_up);
}

static void reset_now(ShutdownCause cause)
{
    if (machine_current()) {
        machine_reset(machine_current());
    }
    rs.fail_code = 0;
    qapi_event_send_reset(cause_is_guest(cause), cause);
    if (!runstate_is_running()) {
        runstate_set(RUN_STATE_PRELAUNCH);
    }
    rs.reset_for_others = false;
    co_queue_wake_all(&rs.reset_done);
}

static void coroutine_fn try_reset(ShutdownCause cause)
{
    harts_pause_co();
    if (drain()) {
        reset_now(cause);
    }
    if (runstate_is_running()) {
        harts_resume();
    }
}

static void coroutine_fn do_reset(ShutdownCause cause)
{
    cancel_token_init(&rs.give_up);
    rs.resetting = true;
    transition_begin(&error_abort);
    if (!rs.frozen) {
        try_reset(cause);
    } else if (rs.resetting) {
        rs.reset = cause; /* later */
    }
    co_mutex_unlock(&rs.transition);
    rs.resetting = false;
    cancel_token_finish(&rs.give_up);
}

static void coroutine_fn do_shutdown(ShutdownCause cause)
{
    qapi_event_send_shutdown(cause_is_guest(cause), cause);
    if (cause_is_guest(cause) && rs.policy.no_shutdown) {
        vm_stop(RUN_STATE_SHUTDOWN, &error_abort);
        return;
    }
    rs.exit_status = cause == SHUTDOWN_CAUSE_GUEST_PANIC ? rs.fail_code : 0;
    event_loop_quit(main_loop());
}

static bool is_due(void)
{
    return rs.io_error || rs.shutdown != SHUTDOWN_CAUSE_NONE ||
           (rs.reset != SHUTDOWN_CAUSE_NONE && !rs.frozen);
}

static void coroutine_fn do_io_error(void)
{
    rs.io_error = false;
    /* If it was stopped and started meanwhile, what failed is on its way again. */
    if (block_is_stopped()) {
        vm_stop(RUN_STATE_IO_ERROR, &error_abort);
    }
}

static void coroutine_fn carry_out(void)
{
    if (rs.io_error) {
        do_io_error();
    } else if (rs.shutdown != SHUTDOWN_CAUSE_NONE) {
        ShutdownCause cause = rs.shutdown;

        rs.shutdown = SHUTDOWN_CAUSE_NONE;
        do_shutdown(cause);
    } else if (rs.reset != SHUTDOWN_CAUSE_NONE) {
        ShutdownCause cause = rs.reset;

        rs.reset = SHUTDOWN_CAUSE_NONE;
        do_reset(cause);
    }
}

static void coroutine_fn runstate_run(void *opaque)
{
    while (!rs.ending) {
        if (is_due()) {
            carry_out();
        } else {
            co_queue_wait(&rs.work);
        }
    }
    rs.running = false;
}

static void give_up_reset(const char *reason)
{
    rs.reset = SHUTDOWN_CAUSE_NONE;
    if (rs.resetting) {
        rs.resetting = false;
        cancel_token_cancel(&rs.give_up, reason);
    }
}

static void request_reset(ShutdownCause cause)
{
    if (!rs.resetting) { /* or that reset is everybody's */
        rs.reset = cause;
        co_queue_wake_one(&rs.work);
    }
}

void system_request_reset(ShutdownCause cause)
{
    if (rs.policy.no_reboot && cause == SHUTDOWN_CAUSE_GUEST_RESET) {
        system_request_shutdown(cause);
        return;
    }
    rs.reset_for_others = true;
    request_reset(cause);
}

bool coroutine_fn system_reset_and_wait(ShutdownCause cause)
{
    request_reset(cause);
    if (co_queue_wait(&rs.reset_done)) {
        return true;
    }
    if (co_queue_is_empty(&rs.reset_done) && !rs.reset_for_others) {
        give_up_reset("nobody wants the reset any more");
    }
    return false;
}

void system_request_shutdown(ShutdownCause cause)
{
    /* A host's request ends the process whatever the guest asked for before. */
    if (rs.shutdown == SHUTDOWN_CAUSE_NONE || cause_is_guest(rs.shutdown)) {
        rs.shutdown = cause;
    }
    if (!cause_is_guest(cause)) {
        give_up_reset("the process ends");
    }
    co_queue_wake_one(&rs.work);
}

bool system_powerdown(Error **errp)
{
    if (!power_button_press()) {
        error_setg(errp, "The machine has no power button");
        return false;
    }
    qapi_event_send_powerdown();
    return true;
}

int runstate_exit_status(void)
{
    return rs.exit_status;
}

/* In the hart's thread, BQL held: the queue belongs to the main loop, so go there first. */
static void handle_power_request(void *opaque)
{
    PowerRequest request = GPOINTER_TO_INT(opaque);

    if (request == POWER_IO_ERROR) {
        rs.io_error = true;
        co_queue_wake_one(&rs.work);
    } else if (request == POWER_RESET) {
        system_request_reset(SHUTDOWN_CAUSE_GUEST_RESET);
    } else {
        system_request_shutdown(request == POWER_OFF ? SHUTDOWN_CAUSE_GUEST_SHUTDOWN
                                                     : SHUTDOWN_CAUSE_GUEST_PANIC);
    }
}

static void power_sink(PowerRequest request, int code)
{
    if (request == POWER_FAILED) {
        rs.fail_code = code & 0xff ? code & 0xff : 1;
    }
    event_loop_run_once(main_loop(), handle_power_request, GINT_TO_POINTER(request));
}

void runstate_set_policy(const RunstatePolicy *policy)
{
    rs.policy = *policy;
}

RunstatePolicy runstate_get_policy(void)
{
    return rs.policy;
}

void runstate_init(const RunstatePolicy *policy)
{
    runstate_set_policy(policy);
    co_queue_init(&rs.work);
    co_queue_init(&rs.reset_done);
    co_mutex_init(&rs.transition);
    power_set_sink(power_sink);
    rs.running = true;
    coroutine_enter(coroutine_create(runstate_run, NULL));
}

void no_coroutine_fn runstate_finish(void)
{
    if (!rs.running) {
        return;
    }
    rs.ending = true;
    give_up_reset("the process ends");
    co_queue_wake_one(&rs.work);
    while (rs.running) {
        event_loop_iterate(main_loop(), true);
    }
}
