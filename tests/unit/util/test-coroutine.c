/*
 * Coroutines: order, nesting, waits, cancellation, borrows, and what must abort.
 *
 * Built a second time against the portable context switch.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/util/loop-test.h"
#include "util/bql.h"
#include "util/co-stack.h"
#include "util/co-sync.h"
#include "util/coroutine.h"
#include "util/io-thread.h"

#include <fenv.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What happened, a letter each. */
static GString *trace;

static void trace_reset(void)
{
    g_string_truncate(trace, 0);
}

#define note(c)            g_string_append_c(trace, (c))
#define assert_trace(text) g_assert_cmpstr(trace->str, ==, text)

static void coroutine_fn yield_twice(void *opaque)
{
    g_assert_true(in_coroutine());
    note('b');
    coroutine_yield();
    note('d');
    coroutine_yield();
    note('f');
}

static void test_order(void)
{
    Coroutine *co = coroutine_create(yield_twice, NULL);

    trace_reset();
    note('a');
    coroutine_enter(co);
    note('c');
    coroutine_enter(co);
    note('e');
    coroutine_enter(co);
    note('g');
    assert_trace("abcdefg");
    g_assert_false(in_coroutine());
    g_assert_null(coroutine_self());
}

typedef struct Nest {
    int depth;
    Coroutine *parent;
} Nest;

static void coroutine_fn nest(void *opaque)
{
    Nest *n = opaque;
    Nest inner = { .depth = n->depth - 1, .parent = coroutine_self() };
    Coroutine *self = coroutine_self();

    g_assert_true(self != n->parent);
    note('(');
    if (n->depth > 0) {
        coroutine_enter(coroutine_create(nest, &inner));
        g_assert_true(coroutine_self() == self);
    }
    note(')');
}

static void test_nesting(void)
{
    Nest outer = { .depth = 3 };

    trace_reset();
    coroutine_enter(coroutine_create(nest, &outer));
    assert_trace("(((())))");
}

static void coroutine_fn yield_in_inner(void *opaque)
{
    Coroutine **inner = opaque;

    note('1');
    coroutine_enter(*inner);
    note('3');
    coroutine_yield();
    note('5');
}

static void coroutine_fn just_yield(void *opaque)
{
    note('2');
    coroutine_yield();
    note('4');
}

/* A yield goes back to whoever entered, also when that is another one than the first time. */
static void test_yield_returns_to_enterer(void)
{
    Coroutine *inner = coroutine_create(just_yield, NULL);
    Coroutine *outer = coroutine_create(yield_in_inner, &inner);

    trace_reset();
    coroutine_enter(outer);
    coroutine_enter(inner);
    coroutine_enter(outer);
    assert_trace("12345");
}

static void coroutine_fn registers(void *opaque)
{
    double sum = 0;
    long ints[12];

    for (int i = 0; i < 12; i++) {
        ints[i] = i * 1000003L;
    }
    for (int i = 0; i < 100; i++) {
        sum += i / 3.0;
        coroutine_yield();
        for (int j = 0; j < 12; j++) {
            g_assert_cmpint(ints[j]++, ==, j * 1000003L + i);
        }
    }
    *(double *)opaque = sum;
}

/* Registers that calls preserve stay each coroutine's own. */
static void test_registers(void)
{
    Coroutine *co[8];
    double sums[8];
    double expected = 0;

    for (int i = 0; i < 8; i++) {
        co[i] = coroutine_create(registers, &sums[i]);
    }
    for (int turn = 0; turn < 101; turn++) {
        for (int i = 0; i < 8; i++) {
            coroutine_enter(co[i]);
        }
        expected += turn < 100 ? turn / 3.0 : 0;
    }
    for (int i = 0; i < 8; i++) {
        g_assert_cmpfloat(sums[i], ==, expected);
    }
}

static void coroutine_fn round_up(void *opaque)
{
    g_assert_cmpint(fegetround(), ==, FE_TONEAREST);
    fesetround(FE_UPWARD);
    coroutine_yield();
    g_assert_cmpint(fegetround(), ==, FE_UPWARD);
    fesetround(FE_TONEAREST);
}

static void test_rounding_mode(void)
{
    Coroutine *co = coroutine_create(round_up, NULL);

    coroutine_enter(co);
    /* As the ABI has it: control words are preserved by a call, and this was one. */
    g_assert_cmpint(fegetround(), ==, FE_TONEAREST);
    fesetround(FE_DOWNWARD);
    coroutine_enter(co);
    g_assert_cmpint(fegetround(), ==, FE_DOWNWARD);
    fesetround(FE_TONEAREST);
}

static void coroutine_fn check_alignment(void *opaque)
{
    _Alignas(16) char aligned[16];

    /* printf of a double faults on a stack that is not aligned. */
    g_snprintf(aligned, sizeof(aligned), "%.2f", *(double *)opaque);
    g_assert_cmpstr(aligned, ==, "1.50");
    g_assert_cmpuint((uintptr_t)__builtin_frame_address(0) % 16, ==, 0);
}

static void test_alignment(void)
{
    double value = 1.5;

    coroutine_enter(coroutine_create(check_alignment, &value));
}

static void coroutine_fn use_stack(void *opaque)
{
    volatile char buf[CO_STACK_SIZE / 2];

    memset((char *)buf, 0x5a, sizeof(buf));
    g_assert_cmpint(buf[sizeof(buf) - 1], ==, 0x5a);
    coroutine_yield();
}

static void test_stack_pool(void)
{
    Coroutine *co[CO_STACK_POOL_MAX + 10];

    for (size_t i = 0; i < G_N_ELEMENTS(co); i++) {
        co[i] = coroutine_create(use_stack, NULL);
        coroutine_enter(co[i]);
    }
    g_assert_cmpuint(co_stack_pool_len(), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(co); i++) {
        coroutine_enter(co[i]);
    }
    g_assert_cmpuint(co_stack_pool_len(), ==, CO_STACK_POOL_MAX);
    coroutine_enter(coroutine_create(nest, &(Nest){ .depth = 0 }));
    g_assert_cmpuint(co_stack_pool_len(), ==, CO_STACK_POOL_MAX);
}

/* ---- wakes ---- */

static void coroutine_fn wait_for_wake(void *opaque)
{
    coroutine_yield();
    note('w');
    *(bool *)opaque = true;
}

static void *wake_from_thread(void *opaque)
{
    coroutine_wake(opaque);
    return NULL;
}

static void test_wake_from_thread(void)
{
    bool done = false;
    Coroutine *co = coroutine_create(wait_for_wake, &done);
    GThread *thread;

    trace_reset();
    coroutine_enter(co);
    thread = thread_start("waker", wake_from_thread, co);
    turn_until(done);
    g_thread_join(thread);
    assert_trace("w");
}

static void coroutine_fn pause_thrice(void *opaque)
{
    for (int i = 0; i < 3; i++) {
        note(GPOINTER_TO_INT(opaque));
        g_assert_true(co_pause());
    }
}

static void test_pause_takes_turns(void)
{
    trace_reset();
    coroutine_enter(coroutine_create(pause_thrice, GINT_TO_POINTER('x')));
    coroutine_enter(coroutine_create(pause_thrice, GINT_TO_POINTER('y')));
    turn_few();
    assert_trace("xyxyxy");
}

/* ---- cancellable waits ---- */

typedef struct Wait {
    CancelToken *token;
    bool (*wait)(struct Wait *w);
    Coroutine *co;
    CoQueue queue;
    CoMutex mutex;
    int fds[2];
    bool done;
    bool result;
} Wait;

static void coroutine_fn do_wait(void *opaque)
{
    Wait *w = opaque;

    coroutine_set_cancel(coroutine_self(), w->token);
    w->result = w->wait(w);
    w->done = true;
}

static bool coroutine_fn wait_sleep_long(Wait *w)
{
    return co_sleep_ns(CLOCK_HOST, 3600 * NS_PER_SEC);
}

static bool coroutine_fn wait_sleep_virtual(Wait *w)
{
    return co_sleep_ns(CLOCK_VIRTUAL, 0);
}

static bool coroutine_fn wait_fd(Wait *w)
{
    return co_wait_fd(w->fds[0], CO_FD_READ);
}

static bool coroutine_fn wait_queue(Wait *w)
{
    return co_queue_wait(&w->queue);
}

static bool coroutine_fn wait_mutex(Wait *w)
{
    bool locked = co_mutex_lock(&w->mutex);

    if (locked) {
        co_mutex_unlock(&w->mutex);
    }
    return locked;
}

static bool coroutine_fn wait_pause(Wait *w)
{
    while (co_pause()) {
    }
    return false;
}

static void coroutine_fn hold_mutex(void *opaque)
{
    Wait *w = opaque;

    g_assert_true(co_mutex_lock(&w->mutex));
    coroutine_yield();
    co_mutex_unlock(&w->mutex);
}

/* Every kind of wait: cancelled before it begins, while it waits, and not at all. */
static void test_cancel(gconstpointer fn)
{
    for (int before = 0; before < 2; before++) {
        CancelToken token;
        Wait w = { .token = &token, .wait = (bool (*)(Wait *))fn };
        Coroutine *holder = coroutine_create(hold_mutex, &w);

        cancel_token_init(&token);
        co_queue_init(&w.queue);
        co_mutex_init(&w.mutex);
        g_assert_true(g_unix_open_pipe(w.fds, 0, NULL));
        coroutine_enter(holder);
        if (before) {
            cancel_token_cancel(&token, "test");
        }
        w.co = coroutine_create(do_wait, &w);
        coroutine_enter(w.co);
        turn_few();
        g_assert_cmpint(w.done, ==, before);
        if (!before) {
            cancel_token_cancel(&token, "test");
            turn_until(w.done);
        }
        g_assert_false(w.result);
        coroutine_enter(holder);
        co_queue_finish(&w.queue);
        co_mutex_finish(&w.mutex);
        cancel_token_finish(&token);
        close(w.fds[0]);
        close(w.fds[1]);
    }
}

static void test_waits_for(void)
{
    Wait w = { .wait = wait_fd };

    g_assert_true(g_unix_open_pipe(w.fds, 0, NULL));
    w.co = coroutine_create(do_wait, &w);
    g_assert_null(coroutine_waits_for(w.co));
    coroutine_enter(w.co);
    g_assert_cmpstr(coroutine_waits_for(w.co), ==, "a descriptor");
    g_assert_cmpint(write(w.fds[1], "x", 1), ==, 1);
    turn_until(w.done);
    g_assert_true(w.result);
    close(w.fds[0]);
    close(w.fds[1]);
}

static void coroutine_fn sleep_a_little(void *opaque)
{
    int64_t until = clock_now(CLOCK_HOST) + 2 * NS_PER_MS;

    g_assert_true(co_sleep_until(CLOCK_HOST, until));
    g_assert_cmpint(clock_now(CLOCK_HOST), >=, until);
    *(bool *)opaque = true;
}

static void test_sleep(void)
{
    bool done = false;

    coroutine_enter(coroutine_create(sleep_a_little, &done));
    g_assert_false(done);
    turn_until(done);
}

/* Woken first, cancelled before it ran: the wake counts, or it would be lost to the next one. */
static void test_wake_beats_cancel(void)
{
    CancelToken token;
    Wait w = { .token = &token, .wait = wait_queue };

    cancel_token_init(&token);
    co_queue_init(&w.queue);
    coroutine_enter(coroutine_create(do_wait, &w));
    g_assert_true(co_queue_wake_one(&w.queue));
    cancel_token_cancel(&token, "late");
    turn_until(w.done);
    g_assert_true(w.result);
    g_assert_false(co_queue_wake_one(&w.queue));
}

/* ---- queue and mutex ---- */

static CoQueue order_queue;
static CoMutex order_mutex;

static void coroutine_fn queue_up(void *opaque)
{
    g_assert_true(co_queue_wait(&order_queue));
    note(GPOINTER_TO_INT(opaque));
}

static void test_queue_order(void)
{
    trace_reset();
    co_queue_init(&order_queue);
    for (int c = 'a'; c <= 'd'; c++) {
        coroutine_enter(coroutine_create(queue_up, GINT_TO_POINTER(c)));
    }
    g_assert_true(co_queue_wake_one(&order_queue));
    assert_trace("");
    turn_few();
    assert_trace("a");
    co_queue_wake_all(&order_queue);
    turn_few();
    assert_trace("abcd");
    g_assert_true(co_queue_is_empty(&order_queue));
}

static void coroutine_fn lock_twice(void *opaque)
{
    int c = GPOINTER_TO_INT(opaque);

    for (int i = 0; i < 2; i++) {
        g_assert_true(co_mutex_lock(&order_mutex));
        note(c);
        g_assert_true(co_pause());
        note(g_ascii_toupper(c));
        co_mutex_unlock(&order_mutex);
    }
}

static void test_mutex_is_fair(void)
{
    trace_reset();
    co_mutex_init(&order_mutex);
    for (int c = 'a'; c <= 'c'; c++) {
        coroutine_enter(coroutine_create(lock_twice, GINT_TO_POINTER(c)));
    }
    turn_until(trace->len == 12);
    turn_few();
    assert_trace("aAbBcCaAbBcC");
    co_mutex_finish(&order_mutex);
}

/* ---- what must abort ---- */

static void expect_bug(const char *path, const char *message)
{
    g_test_trap_subprocess(path, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr(message);
}

static void no_core(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
}

static void coroutine_fn overflow(void *opaque)
{
    char frame[1024];
    int *depth = opaque;

    /* Deeper than the stack by far, but not for ever: a missing guard page has to show. */
    memset(frame, *depth, sizeof(frame));
    if (++*depth < 16 << 10) {
        overflow(depth);
    }
    g_assert_cmpint(frame[sizeof(frame) / 2], ==, frame[0]);
}

static void bug_guard_page(void)
{
    int depth = 0;

    no_core();
    coroutine_enter(coroutine_create(overflow, &depth));
}

/* ---- calls outside ---- */

typedef struct OutsideProbe {
    unsigned calls;
    bool inside;
    bool done;
} OutsideProbe;

static void probe_outside(void *opaque)
{
    OutsideProbe *probe = opaque;

    probe->calls++;
    probe->inside |= in_coroutine();
}

static void coroutine_fn call_twice(void *opaque)
{
    OutsideProbe *probe = opaque;

    co_call_outside(probe_outside, probe);
    co_call_outside(probe_outside, probe);
    g_assert_true(in_coroutine());
    probe->done = true;
}

static void coroutine_fn enter_caller(void *opaque)
{
    coroutine_enter(coroutine_create(call_twice, opaque));
}

static void test_call_outside(void)
{
    OutsideProbe direct = { 0 }, nested = { 0 };

    coroutine_enter(coroutine_create(call_twice, &direct));
    g_assert_true(direct.done);
    g_assert_false(direct.inside);
    g_assert_cmpuint(direct.calls, ==, 2);

    coroutine_enter(coroutine_create(enter_caller, &nested));
    while (!nested.done) {
        event_loop_iterate(main_loop(), true);
    }
    g_assert_false(nested.inside);
    g_assert_cmpuint(nested.calls, ==, 2);
}

static void test_guard_page(void)
{
    g_test_trap_subprocess("/coroutine/subprocess/guard-page", 0, 0);
    g_test_trap_assert_failed();
}

static void coroutine_fn yield_in_borrow(void *opaque)
{
    CO_BORROW();
    {
        CO_BORROW();
    }
    coroutine_yield();
}

static void bug_borrow(void)
{
    no_core();
    coroutine_enter(coroutine_create(yield_in_borrow, NULL));
}

static void coroutine_fn yield_in_guard(void *opaque)
{
    BQL_GUARD();
    coroutine_yield();
}

static void bug_guard(void)
{
    no_core();
    bql_unlock();
    coroutine_enter(coroutine_create(yield_in_guard, NULL));
}

static void coroutine_fn borrow_then_yield(void *opaque)
{
    {
        CO_BORROW();
    }
    coroutine_yield();
}

static void test_borrow(void)
{
    Coroutine *co = coroutine_create(borrow_then_yield, NULL);
    CO_BORROW(); /* nothing can yield here: no-op */

    coroutine_enter(co);
    coroutine_enter(co);
    expect_bug("/coroutine/subprocess/borrow", "*yields inside the borrow at *test-coroutine.c:*");
    expect_bug("/coroutine/subprocess/guard", "*yields inside the borrow at *test-coroutine.c:*");
}

static void coroutine_fn turn_loop(void *opaque)
{
    event_loop_iterate(main_loop(), false);
}

static void bug_nested_loop(void)
{
    no_core();
    coroutine_enter(coroutine_create(turn_loop, NULL));
}

static void test_nested_loop(void)
{
    expect_bug("/coroutine/subprocess/nested-loop",
               "*turned from within a coroutine at *test-coroutine.c:*");
}

static void coroutine_fn enter_self(void *opaque)
{
    coroutine_enter(coroutine_self());
}

static void bug_reentry(void)
{
    no_core();
    coroutine_enter(coroutine_create(enter_self, NULL));
}

static void test_reentry(void)
{
    expect_bug("/coroutine/subprocess/reentry", "*entered while it runs*");
}

static void enter_here(void *opaque)
{
    coroutine_enter(opaque);
}

static void bug_other_thread(void)
{
    Coroutine *co = coroutine_create(just_yield, NULL);
    IoThread *io = io_thread_create("other");

    no_core();
    coroutine_enter(co);
    event_loop_run_once(io_thread_loop(io), enter_here, co);
    g_usleep(G_USEC_PER_SEC * 60);
}

static void test_other_thread(void)
{
    expect_bug("/coroutine/subprocess/other-thread", "*another thread than its own*");
}

static void bug_yield_outside(void)
{
    no_core();
    coroutine_yield();
}

static void test_yield_outside(void)
{
    expect_bug("/coroutine/subprocess/yield-outside", "*outside a coroutine*");
}

static void add_bugs(void)
{
    g_test_add_func("/coroutine/guard-page", test_guard_page);
    g_test_add_func("/coroutine/borrow", test_borrow);
    g_test_add_func("/coroutine/nested-loop", test_nested_loop);
    g_test_add_func("/coroutine/reentry", test_reentry);
    g_test_add_func("/coroutine/other-thread", test_other_thread);
    g_test_add_func("/coroutine/yield-outside", test_yield_outside);
    g_test_add_func("/coroutine/subprocess/guard-page", bug_guard_page);
    g_test_add_func("/coroutine/subprocess/borrow", bug_borrow);
    g_test_add_func("/coroutine/subprocess/guard", bug_guard);
    g_test_add_func("/coroutine/subprocess/nested-loop", bug_nested_loop);
    g_test_add_func("/coroutine/subprocess/reentry", bug_reentry);
    g_test_add_func("/coroutine/subprocess/other-thread", bug_other_thread);
    g_test_add_func("/coroutine/subprocess/yield-outside", bug_yield_outside);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    trace = g_string_new(NULL);
    main_loop_init();
    g_test_add_func("/coroutine/order", test_order);
    g_test_add_func("/coroutine/nesting", test_nesting);
    g_test_add_func("/coroutine/yield-returns-to-enterer", test_yield_returns_to_enterer);
    g_test_add_func("/coroutine/registers", test_registers);
    g_test_add_func("/coroutine/rounding-mode", test_rounding_mode);
    g_test_add_func("/coroutine/alignment", test_alignment);
    g_test_add_func("/coroutine/stack-pool", test_stack_pool);
    g_test_add_func("/coroutine/wake-from-thread", test_wake_from_thread);
    g_test_add_func("/coroutine/pause", test_pause_takes_turns);
    g_test_add_func("/coroutine/waits-for", test_waits_for);
    g_test_add_func("/coroutine/sleep", test_sleep);
    g_test_add_func("/coroutine/wake-beats-cancel", test_wake_beats_cancel);
    g_test_add_data_func("/coroutine/cancel/sleep", wait_sleep_long, test_cancel);
    g_test_add_data_func("/coroutine/cancel/fd", wait_fd, test_cancel);
    g_test_add_data_func("/coroutine/cancel/queue", wait_queue, test_cancel);
    g_test_add_data_func("/coroutine/cancel/mutex", wait_mutex, test_cancel);
    g_test_add_data_func("/coroutine/cancel/pause", wait_pause, test_cancel);
    /* The virtual clock stands still: even no time at all takes for ever. */
    g_test_add_data_func("/coroutine/cancel/sleep-virtual", wait_sleep_virtual, test_cancel);
    g_test_add_func("/coroutine/call-outside", test_call_outside);
    g_test_add_func("/coroutine/queue-order", test_queue_order);
    g_test_add_func("/coroutine/mutex-is-fair", test_mutex_is_fair);
    add_bugs();
    return g_test_run();
}
