/*
 * Threads of harts: start, stop, sleep in wfi.
 *
 * A hart runs while the machine is to run and nobody holds it. To stop, each is told through its
 * pending word, finishes its block and parks; whoever waits for that sleeps on the run lock's
 * condition, or is a coroutine that the last hart wakes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"
#include "util/bql.h"
#include "util/co-sync.h"
#include "util/io-thread.h"

#include <sys/syscall.h>
#include <unistd.h>

/* The run lock stands behind the BQL; harts take it without. */
static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t run_cond = PTHREAD_COND_INITIALIZER; /* run state or a parked flag changed */
static bool may_run; /* under the run lock; written with the BQL */
static bool ending;
static unsigned parked_count;
static unsigned thread_count; /* of harts_start() */

/* Main loop, BQL: */
static bool machine_runs;
static unsigned holds;
static CoQueue parked_waiters;
static bool parked_waiters_ready;

void hart_kick(Hart *hart, uint32_t bits)
{
    __atomic_fetch_or(&hart->pending, bits, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&hart->halted, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&hart->wait_lock);
        pthread_cond_signal(&hart->wait_cond);
        pthread_mutex_unlock(&hart->wait_lock);
    }
}

void hart_set_irq(Hart *hart, HartIrq irq, bool level)
{
    uint64_t bit = UINT64_C(1) << irq;

    if (level) {
        __atomic_fetch_or(&hart->mip_lines, bit, __ATOMIC_SEQ_CST);
        hart_kick(hart, PENDING_IRQ);
    } else {
        __atomic_fetch_and(&hart->mip_lines, ~bit, __ATOMIC_SEQ_CST);
    }
}

/* ---- the hart's own thread ---- */

static void wait_for_interrupt(Hart *hart)
{
    pthread_mutex_lock(&hart->wait_lock);
    while (!__atomic_load_n(&hart->pending, __ATOMIC_SEQ_CST)) {
        pthread_cond_wait(&hart->wait_cond, &hart->wait_lock);
    }
    pthread_mutex_unlock(&hart->wait_lock);
}

bool hart_handle_pending(Hart *hart)
{
    for (;;) {
        uint32_t bits = __atomic_fetch_and(
            &hart->pending, ~(uint32_t)(PENDING_IRQ | PENDING_FLUSH), __ATOMIC_SEQ_CST);

        if (bits & PENDING_FLUSH) {
            tlb_flush_all(hart);
            blocks_invalidate(hart);
        }
        if (bits & PENDING_STEP) {
            if (hart->steps_left == 0 || hart->trap_stopped) {
                return false;
            }
            hart->steps_left--;
        }
        if (bits & PENDING_PARK) {
            return false;
        }
        if (hart->halted && (hart_mip(hart) & hart->mie)) {
            __atomic_store_n(&hart->halted, false, __ATOMIC_SEQ_CST);
        }
        if (!hart->halted) {
            hart_take_interrupt(hart);
            return true;
        }
        wait_for_interrupt(hart);
    }
}

static void wake_parked_waiters(void *opaque)
{
    co_queue_wake_all(&parked_waiters);
}

/* Stand still until the harts may run. False: end the thread. */
static bool park(Hart *hart)
{
    bool go_on;

    pthread_mutex_lock(&run_lock);
    hart->parked = true;
    parked_count++;
    pthread_cond_broadcast(&run_cond);
    if (parked_count == thread_count) {
        event_loop_run_once(main_loop(), wake_parked_waiters, NULL);
    }
    while (!may_run && !ending) {
        pthread_cond_wait(&run_cond, &run_lock);
    }
    hart->parked = false;
    parked_count--;
    go_on = !ending;
    pthread_mutex_unlock(&run_lock);
    return go_on;
}

static void *hart_thread(void *opaque)
{
    Hart *hart = opaque;

    __atomic_store_n(&hart->thread_id, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
    while (park(hart)) {
        if (hart->halted) {
            hart_kick(hart, PENDING_IRQ); /* sleep on, unless there is something by now */
        }
        hart_exec(hart);
    }
    return NULL;
}

/* ---- the main loop ---- */

/* Wait until none runs, without the BQL, which a hart may need to get there. */
static void no_coroutine_fn wait_parked(void)
{
    bql_unlock();
    pthread_mutex_lock(&run_lock);
    while (parked_count != thread_count) {
        pthread_cond_wait(&run_cond, &run_lock);
    }
    pthread_mutex_unlock(&run_lock);
    bql_lock();
}

void no_coroutine_fn harts_start(void)
{
    bql_assert_locked();
    if (!parked_waiters_ready) {
        co_queue_init(&parked_waiters);
        parked_waiters_ready = true;
    }
    may_run = ending = false;
    thread_count = hart_count();
    for (unsigned i = 0; i < hart_count(); i++) {
        Hart *hart = hart_by_index(i);
        g_autofree char *name = g_strdup_printf("CPU %u/TCG", i);

        __atomic_fetch_or(&hart->pending, PENDING_PARK, __ATOMIC_SEQ_CST);
        hart->thread = thread_start(name, hart_thread, hart);
    }
    wait_parked(); /* they have thread ids by then */
}

static bool all_parked(void)
{
    bool all;

    pthread_mutex_lock(&run_lock);
    all = parked_count == thread_count;
    pthread_mutex_unlock(&run_lock);
    return all;
}

/* Let harts run or have them park, as machine_runs and holds say. */
static void apply_run_state(void)
{
    bool run = machine_runs && !holds;

    pthread_mutex_lock(&run_lock);
    if (run != may_run) {
        may_run = run;
        for (unsigned i = 0; i < hart_count(); i++) {
            Hart *hart = hart_by_index(i);

            if (run) {
                __atomic_fetch_and(&hart->pending, ~(uint32_t)PENDING_PARK, __ATOMIC_SEQ_CST);
            } else {
                hart_kick(hart, PENDING_PARK);
            }
        }
        pthread_cond_broadcast(&run_cond);
    }
    pthread_mutex_unlock(&run_lock);
}

/* Not cancellable: what follows relies on the harts standing still. */
static void coroutine_fn wait_parked_co(void)
{
    CancelToken *token = coroutine_get_cancel(coroutine_self());

    coroutine_set_cancel(coroutine_self(), NULL);
    while (!may_run && !all_parked()) {
        co_queue_wait(&parked_waiters);
    }
    coroutine_set_cancel(coroutine_self(), token);
}

bool harts_running(void)
{
    return machine_runs;
}

void harts_resume(void)
{
    bql_assert_locked();
    machine_runs = true;
    apply_run_state();
}

void no_coroutine_fn harts_pause(void)
{
    bql_assert_locked();
    machine_runs = false;
    apply_run_state();
    wait_parked();
}

void coroutine_fn harts_pause_co(void)
{
    bql_assert_locked();
    machine_runs = false;
    apply_run_state();
    wait_parked_co();
}

void coroutine_fn harts_hold_co(void)
{
    bql_assert_locked();
    holds++;
    apply_run_state();
    wait_parked_co();
}

void harts_release(void)
{
    bql_assert_locked();
    g_assert(holds);
    holds--;
    apply_run_state();
}

void harts_reset(void)
{
    bql_assert_locked();
    for (unsigned i = 0; i < hart_count(); i++) {
        hart_reset(hart_by_index(i));
    }
}

void no_coroutine_fn harts_shutdown(void)
{
    bql_assert_locked();
    harts_pause();
    pthread_mutex_lock(&run_lock);
    ending = true;
    pthread_cond_broadcast(&run_cond);
    pthread_mutex_unlock(&run_lock);
    for (unsigned i = 0; i < thread_count; i++) {
        g_thread_join(hart_by_index(i)->thread);
    }
    thread_count = 0;
}
