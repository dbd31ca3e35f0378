/*
 * Event loops: descriptors, bottom halves, the turn, and what must abort.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/util/loop-test.h"
#include "util/bql.h"
#include "util/io-thread.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Pipe {
    int in, out;
    int calls;
    struct Pipe *victim; /* removed by our handler */
    int reuse_from;      /* a descriptor to put under the victim's number; -1: none */
} Pipe;

static void pipe_open(Pipe *p)
{
    int fds[2];

    g_assert_cmpint(pipe2(fds, O_CLOEXEC | O_NONBLOCK), ==, 0);
    *p = (Pipe){ .in = fds[0], .out = fds[1], .reuse_from = -1 };
}

static void pipe_feed(Pipe *p)
{
    g_assert_cmpint(write(p->out, "x", 1), ==, 1);
}

static void pipe_close(Pipe *p)
{
    close(p->in);
    close(p->out);
}

static void drain(void *opaque)
{
    Pipe *p = opaque;
    char c;

    p->calls++;
    g_assert_cmpint(read(p->in, &c, 1), ==, 1);
}

static void count(void *opaque)
{
    ++*(int *)opaque;
}

static void test_level_triggered(void)
{
    Pipe p;

    pipe_open(&p);
    event_loop_set_fd(main_loop(), p.in, drain, NULL, &p);
    event_loop_iterate(main_loop(), false);
    g_assert_cmpint(p.calls, ==, 0);
    pipe_feed(&p);
    pipe_feed(&p);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(p.calls, ==, 1);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(p.calls, ==, 2);
    event_loop_iterate(main_loop(), false);
    g_assert_cmpint(p.calls, ==, 2);
    event_loop_set_fd(main_loop(), p.in, NULL, NULL, NULL);
    pipe_feed(&p);
    turn_few();
    g_assert_cmpint(p.calls, ==, 2);
    pipe_close(&p);
}

static void test_hang_up(void)
{
    int sv[2], reads = 0;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    event_loop_set_fd(main_loop(), sv[0], count, NULL, &reads);
    close(sv[1]);
    turn_until(reads > 0);
    /* Only a writer is interested: it hears of the hang-up too. */
    reads = 0;
    event_loop_set_fd(main_loop(), sv[0], NULL, count, &reads);
    turn_until(reads > 0);
    event_loop_set_fd(main_loop(), sv[0], NULL, NULL, NULL);
    close(sv[0]);
}

static void test_watch_hangup(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int sv[2], reads = 0, hangups = 0;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    event_loop_set_fd(main_loop(), sv[0], count, NULL, &reads);
    event_loop_watch_hangup(main_loop(), sv[0], count, NULL, &hangups);
    event_loop_watch_hangup(main_loop(), null, count, NULL, &hangups);
    g_assert_cmpint(write(sv[1], "x", 1), ==, 1);
    turn_few();
    /* One direction is closed: what is to be read there still counts. */
    g_assert_cmpint(shutdown(sv[1], SHUT_WR), ==, 0);
    turn_few();
    g_assert_cmpint(reads + hangups, ==, 0);
    close(sv[1]);
    turn_until(hangups > 0);
    g_assert_cmpint(reads, ==, 0);
    event_loop_set_fd(main_loop(), sv[0], count, NULL, &reads);
    hangups = 0;
    turn_until(reads > 0);
    g_assert_cmpint(hangups, ==, 0);
    event_loop_set_fd(main_loop(), sv[0], NULL, NULL, NULL);
    event_loop_watch_hangup(main_loop(), null, NULL, NULL, NULL);
    close(sv[0]);
    close(null);
}

static int ends;

static void count_end(void *opaque)
{
    ends++;
}

/* The end of what is sent, with something before it that is yet to be read; then the hang-up. */
static void test_watch_end(void)
{
    int sv[2], hangups = 0;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    event_loop_watch_hangup(main_loop(), sv[0], count, count_end, &hangups);
    g_assert_cmpint(write(sv[1], "x", 1), ==, 1);
    turn_few();
    g_assert_cmpint(ends, ==, 0);
    g_assert_cmpint(shutdown(sv[1], SHUT_WR), ==, 0);
    turn_until(ends > 0);
    /* Not any more, when that is known. */
    event_loop_watch_hangup(main_loop(), sv[0], count, NULL, &hangups);
    ends = 0;
    turn_few();
    g_assert_cmpint(ends + hangups, ==, 0);
    event_loop_watch_hangup(main_loop(), sv[0], count, count_end, &hangups);
    close(sv[1]);
    turn_until(hangups > 0);
    event_loop_set_fd(main_loop(), sv[0], NULL, NULL, NULL);
    close(sv[0]);
}

static void remove_victim(void *opaque)
{
    Pipe *p = opaque;
    Pipe *v = p->victim;

    drain(p);
    event_loop_set_fd(main_loop(), v->in, NULL, NULL, NULL);
    v->victim = NULL;
    if (p->reuse_from >= 0) {
        /* The victim's number gets a new owner with nothing to read. */
        g_assert_cmpint(dup2(p->reuse_from, v->in), ==, v->in);
        event_loop_set_fd(main_loop(), v->in, drain, NULL, v);
    }
}

/* Both are ready in one batch; whichever runs first removes the other. */
static void test_remove_each_other(void)
{
    Pipe a, b;

    pipe_open(&a);
    pipe_open(&b);
    a.victim = &b;
    b.victim = &a;
    event_loop_set_fd(main_loop(), a.in, remove_victim, NULL, &a);
    event_loop_set_fd(main_loop(), b.in, remove_victim, NULL, &b);
    pipe_feed(&a);
    pipe_feed(&b);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(a.calls + b.calls, ==, 1);
    turn_few();
    g_assert_cmpint(a.calls + b.calls, ==, 1);
    event_loop_set_fd(main_loop(), a.in, NULL, NULL, NULL);
    event_loop_set_fd(main_loop(), b.in, NULL, NULL, NULL);
    pipe_close(&a);
    pipe_close(&b);
}

/* The same, and the number of the removed descriptor is in use again before its turn comes. */
static void test_reused_number(void)
{
    Pipe a, b, quiet;

    pipe_open(&a);
    pipe_open(&b);
    pipe_open(&quiet);
    a.victim = &b;
    b.victim = &a;
    a.reuse_from = b.reuse_from = quiet.in;
    event_loop_set_fd(main_loop(), a.in, remove_victim, NULL, &a);
    event_loop_set_fd(main_loop(), b.in, remove_victim, NULL, &b);
    pipe_feed(&a);
    pipe_feed(&b);
    /* A stale event would make drain() read from the quiet pipe, which fails. */
    turn_few();
    g_assert_cmpint(a.calls + b.calls, ==, 1);
    event_loop_set_fd(main_loop(), a.in, NULL, NULL, NULL);
    event_loop_set_fd(main_loop(), b.in, NULL, NULL, NULL);
    pipe_close(&a);
    pipe_close(&b);
    pipe_close(&quiet);
}

static void remove_self(void *opaque)
{
    Pipe *p = opaque;

    p->calls++;
    event_loop_set_fd(main_loop(), p->in, NULL, NULL, NULL);
    pipe_close(p);
}

static void test_remove_self(void)
{
    Pipe p;

    pipe_open(&p);
    pipe_feed(&p);
    event_loop_set_fd(main_loop(), p.in, remove_self, NULL, &p);
    turn_few();
    g_assert_cmpint(p.calls, ==, 1);
}

typedef struct ReadWrite {
    int fd, reads, writes;
} ReadWrite;

static void on_write(void *opaque)
{
    ((ReadWrite *)opaque)->writes++;
}

static void stop_writing(void *opaque)
{
    ReadWrite *rw = opaque;

    rw->reads++;
    event_loop_set_fd(main_loop(), rw->fd, stop_writing, NULL, rw);
}

/* Readable and writable at once; the first handler takes the second away. */
static void test_change_in_handler(void)
{
    ReadWrite rw = { 0 };
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    rw.fd = sv[0];
    g_assert_cmpint(write(sv[1], "x", 1), ==, 1);
    event_loop_set_fd(main_loop(), rw.fd, stop_writing, on_write, &rw);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(rw.reads, ==, 1);
    g_assert_cmpint(rw.writes, ==, 0);
    event_loop_set_fd(main_loop(), rw.fd, NULL, NULL, NULL);
    close(sv[0]);
    close(sv[1]);
}

/* What epoll refuses is always ready, as it is for poll(2). */
static void test_not_pollable(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int calls = 0;

    event_loop_set_fd(main_loop(), fd, count, NULL, &calls);
    event_loop_iterate(main_loop(), true);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(calls, ==, 2);
    event_loop_set_fd(main_loop(), fd, NULL, NULL, NULL);
    turn_few();
    g_assert_cmpint(calls, ==, 2);
    close(fd);
}

static void test_many_descriptors(void)
{
    enum { N = 200 };
    Pipe pipes[N];
    int total = 0;

    for (int i = 0; i < N; i++) {
        pipe_open(&pipes[i]);
        event_loop_set_fd(main_loop(), pipes[i].in, drain, NULL, &pipes[i]);
        pipe_feed(&pipes[i]);
    }
    turn_few();
    for (int i = 0; i < N; i++) {
        total += pipes[i].calls;
        event_loop_set_fd(main_loop(), pipes[i].in, NULL, NULL, NULL);
        pipe_close(&pipes[i]);
    }
    g_assert_cmpint(total, ==, N);
}

/* ---- bottom halves ---- */

typedef struct Bh {
    BottomHalf *bh;
    BottomHalf *other;
    int runs;
    bool again;
} Bh;

static void bh_run(void *opaque)
{
    Bh *b = opaque;

    b->runs++;
    if (b->again) {
        bottom_half_schedule(b->bh);
    }
    if (b->other) {
        bottom_half_destroy(b->other);
        b->other = NULL;
    }
}

static void test_bottom_half(void)
{
    Bh b = { 0 };

    b.bh = bottom_half_new(main_loop(), bh_run, &b);
    event_loop_iterate(main_loop(), false);
    g_assert_cmpint(b.runs, ==, 0);
    bottom_half_schedule(b.bh);
    bottom_half_schedule(b.bh);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(b.runs, ==, 1);
    turn_few();
    g_assert_cmpint(b.runs, ==, 1);
    /* One that schedules itself runs once a turn. */
    b.again = true;
    bottom_half_schedule(b.bh);
    event_loop_iterate(main_loop(), true);
    event_loop_iterate(main_loop(), true);
    g_assert_cmpint(b.runs, ==, 3);
    bottom_half_cancel(b.bh);
    turn_few();
    g_assert_cmpint(b.runs, ==, 3);
    bottom_half_destroy(b.bh);
    bottom_half_destroy(NULL);
}

static void test_bottom_half_destroys(void)
{
    Bh self = { 0 }, killer = { 0 }, victim = { 0 };

    self.bh = self.other = bottom_half_new(main_loop(), bh_run, &self);
    killer.bh = bottom_half_new(main_loop(), bh_run, &killer);
    victim.bh = killer.other = bottom_half_new(main_loop(), bh_run, &victim);
    bottom_half_schedule(self.bh);
    bottom_half_schedule(killer.bh);
    bottom_half_schedule(victim.bh);
    turn_few();
    g_assert_cmpint(self.runs, ==, 1);
    g_assert_cmpint(killer.runs, ==, 1);
    g_assert_cmpint(victim.runs, ==, 0);
    bottom_half_destroy(killer.bh);
}

enum { THREADS = 4, CALLS = 2000 };

typedef struct Caller {
    int last;
    int *total;
    GThread *thread;
} Caller;

typedef struct Call {
    Caller *caller;
    int number;
} Call;

static void take_call(void *opaque)
{
    g_autofree Call *call = opaque;

    g_assert_true(event_loop_current() == main_loop());
    g_assert_true(bql_locked());
    g_assert_cmpint(call->number, ==, call->caller->last + 1);
    call->caller->last = call->number;
    ++*call->caller->total;
}

static void *make_calls(void *opaque)
{
    g_assert_null(event_loop_current());
    for (int i = 1; i <= CALLS; i++) {
        Call *call = g_new(Call, 1);

        *call = (Call){ .caller = opaque, .number = i };
        event_loop_run_once(main_loop(), take_call, call);
    }
    return NULL;
}

static void test_run_once_keeps_order(void)
{
    Caller callers[THREADS] = { 0 };
    int total = 0;

    for (int i = 0; i < THREADS; i++) {
        callers[i].total = &total;
        callers[i].thread = thread_start("caller", make_calls, &callers[i]);
    }
    turn_until(total == THREADS * CALLS);
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(callers[i].thread);
    }
}

/* ---- other loops, the turn ---- */

static void say_where(void *opaque)
{
    g_assert_false(bql_locked());
    __atomic_store_n((EventLoop **)opaque, event_loop_current(), __ATOMIC_RELEASE);
    event_loop_run_once(main_loop(), loop_test_wake, NULL);
}

static void test_io_thread(void)
{
    IoThread *io = io_thread_create("a thread with a long name");
    EventLoop *where = NULL;

    event_loop_run_once(io_thread_loop(io), say_where, &where);
    turn_until(__atomic_load_n(&where, __ATOMIC_ACQUIRE));
    g_assert_true(where == io_thread_loop(io));
    io_thread_destroy(io);
}

static void test_quit_before_run(void)
{
    EventLoop *loop = main_loop();

    event_loop_quit(loop);
    event_loop_run(loop);
    /* Used up: the next one would run. */
    event_loop_run_once(loop, (EventFn *)event_loop_quit, loop);
    event_loop_run(loop);
}

static gboolean glib_source(void *opaque)
{
    ++*(int *)opaque;
    return G_SOURCE_REMOVE;
}

static void test_glib_sources(void)
{
    int calls = 0;

    g_assert_true(event_loop_context(main_loop()) == g_main_context_default());
    g_idle_add(glib_source, &calls);
    turn_until(calls == 1);
    g_timeout_add(2, glib_source, &calls);
    turn_until(calls == 2);
}

static gboolean drain_source(int fd, GIOCondition condition, void *opaque)
{
    drain(opaque);
    return G_SOURCE_CONTINUE;
}

/* A descriptor of a GLib source, beside ours in the epoll set. */
static void test_glib_descriptor(void)
{
    Pipe ours, glibs;
    guint id;

    pipe_open(&ours);
    pipe_open(&glibs);
    g_assert_nonnull(event_loop_context(main_loop()));
    event_loop_set_fd(main_loop(), ours.in, drain, NULL, &ours);
    id = g_unix_fd_add(glibs.in, G_IO_IN, drain_source, &glibs);
    for (int i = 1; i <= 3; i++) {
        pipe_feed(&ours);
        turn_until(ours.calls == i);
        pipe_feed(&glibs);
        turn_until(glibs.calls == i);
    }
    pipe_feed(&ours);
    pipe_feed(&glibs);
    turn_until(ours.calls == 4 && glibs.calls == 4);
    g_source_remove(id);
    pipe_feed(&ours);
    turn_until(ours.calls == 5);
    event_loop_set_fd(main_loop(), ours.in, NULL, NULL, NULL);
    pipe_close(&ours);
    pipe_close(&glibs);
}

static gboolean say_where_source(void *opaque)
{
    say_where(opaque);
    return G_SOURCE_REMOVE;
}

/* For a loop that sleeps: it has had no context so far (first round), or it has. */
static void test_glib_other_thread(void)
{
    IoThread *io = io_thread_create("glib");
    EventLoop *loop = io_thread_loop(io);

    for (int i = 0; i < 3; i++) {
        g_autoptr(GSource) source = g_idle_source_new();
        EventLoop *where = NULL;

        g_usleep(10000);
        g_source_set_callback(source, say_where_source, &where, NULL);
        g_source_attach(source, event_loop_context(loop));
        turn_until(__atomic_load_n(&where, __ATOMIC_ACQUIRE));
        g_assert_true(where == loop);
    }
    io_thread_destroy(io);
}

static void *take_bql(void *opaque)
{
    BQL_GUARD();
    *(int *)opaque = 1;
    event_loop_run_once(main_loop(), loop_test_wake, NULL);
    return NULL;
}

/* While the main loop waits, others get the BQL. */
static void test_poll_gives_up_bql(void)
{
    int taken = 0;
    GThread *thread = thread_start("bql", take_bql, &taken);

    turn_until(taken);
    g_thread_join(thread);
    g_assert_true(bql_locked());
}

static void turn_again(void *opaque)
{
    event_loop_iterate(main_loop(), false);
}

static void bug_nested(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
    event_loop_run_once(main_loop(), turn_again, NULL);
    turn_few();
}

static void test_nested(void)
{
    g_test_trap_subprocess("/event-loop/subprocess/nested", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*from within one of its callbacks at *test-event-loop.c:*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    g_test_add_func("/event-loop/level-triggered", test_level_triggered);
    g_test_add_func("/event-loop/hang-up", test_hang_up);
    g_test_add_func("/event-loop/watch-hangup", test_watch_hangup);
    g_test_add_func("/event-loop/watch-end", test_watch_end);
    g_test_add_func("/event-loop/remove-each-other", test_remove_each_other);
    g_test_add_func("/event-loop/reused-number", test_reused_number);
    g_test_add_func("/event-loop/remove-self", test_remove_self);
    g_test_add_func("/event-loop/change-in-handler", test_change_in_handler);
    g_test_add_func("/event-loop/not-pollable", test_not_pollable);
    g_test_add_func("/event-loop/many-descriptors", test_many_descriptors);
    g_test_add_func("/event-loop/bottom-half", test_bottom_half);
    g_test_add_func("/event-loop/bottom-half-destroys", test_bottom_half_destroys);
    g_test_add_func("/event-loop/run-once-order", test_run_once_keeps_order);
    g_test_add_func("/event-loop/io-thread", test_io_thread);
    g_test_add_func("/event-loop/quit-before-run", test_quit_before_run);
    g_test_add_func("/event-loop/glib-sources", test_glib_sources);
    g_test_add_func("/event-loop/glib-descriptor", test_glib_descriptor);
    g_test_add_func("/event-loop/glib-other-thread", test_glib_other_thread);
    g_test_add_func("/event-loop/poll-gives-up-bql", test_poll_gives_up_bql);
    g_test_add_func("/event-loop/nested", test_nested);
    g_test_add_func("/event-loop/subprocess/nested", bug_nested);
    return g_test_run();
}
