/*
 * Seeded violations: what blocks, in coroutines, callbacks of event loops and devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory.h"
#include "util/coroutine.h"
#include "util/worker-pool.h"
#include "util/write-all.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static GCond cond;
static GMutex mutex;
static struct addrinfo *answer;

static void save(const char *name)
{
    /* reported: fopen() reads or writes files [qmp_save > save > fopen] */
    FILE *file = fopen(name, "w");

    /* reported: fsync() reads or writes files [qmp_save > save > fsync] */
    fsync(fileno(file));
}

void coroutine_fn qmp_save(const char *name);
void coroutine_fn qmp_save(const char *name)
{
    save(name);
    /* reported: g_file_get_contents() opens, names or lists files [> g_file_get_contents] */
    g_file_get_contents(name, NULL, NULL, NULL);
    /* reported: write_all() waits until all is written [qmp_save > write_all] */
    write_all(1, name, 1);
}

static void on_readable(void *opaque)
{
    /* reported: poll() waits for descriptors [on_readable > poll] */
    poll(NULL, 0, -1);
}

static void on_writable(void *opaque)
{
    /* reported: getaddrinfo() asks name servers [on_writable > getaddrinfo] */
    getaddrinfo("name", NULL, NULL, &answer);
}

static void on_bottom_half(void *opaque)
{
    /* reported: waitpid() waits for a process [on_bottom_half > waitpid] */
    waitpid(-1, NULL, 0);
}

static void on_timer(void *opaque)
{
    /* reported: g_cond_wait() waits for a thread [on_timer > g_cond_wait] */
    g_cond_wait(&cond, &mutex);
}

static gboolean on_source(void *opaque)
{
    /* reported: sleep() sleeps; reached from a callback of an event loop [on_source > sleep] */
    sleep(1);
    return false;
}

static void outside(void *opaque)
{
    /* reported: usleep() sleeps; reached from a callback of an event loop [outside > usleep] */
    usleep(1);
}

/* Hands on what it is given. */
static void watch(int fd, EventFn *on_read)
{
    event_loop_set_fd(main_loop(), fd, on_read, on_writable, NULL);
}

void coroutine_fn set_up(Timer *timer, GSource *source);
void coroutine_fn set_up(Timer *timer, GSource *source)
{
    watch(3, on_readable);
    bottom_half_new(main_loop(), on_bottom_half, NULL);
    timer_init(timer, main_loop(), CLOCK_HOST, on_timer, NULL);
    g_source_set_callback(source, on_source, NULL, NULL);
    co_call_outside(outside, NULL);
}

static void visit(gpointer item, gpointer opaque)
{
    /* reported: rename() opens, names or lists files [hmp_list > visit > rename] */
    rename(item, opaque);
}

void coroutine_fn hmp_list(GList *list);
void coroutine_fn hmp_list(GList *list)
{
    g_list_foreach(list, visit, NULL);
}

static uint64_t slow_read(void *opaque, hwaddr offset, unsigned size)
{
    /* reported: fsync() reads or writes files; reached from what runs under the big lock */
    return fsync(1);
}

static const MemoryRegionOps slow_ops = { .read = slow_read, .min_size = 1 };

void make_device(MemoryRegion *mr);
void make_device(MemoryRegion *mr)
{
    memory_region_init_io(mr, &slow_ops, NULL, "slow", 8);
}

static void run(void *data)
{
}

/* Not run(): it may be called in the waiter's thread. */
static void abandon(void *data)
{
    /* reported: unlink() opens, names or lists files [abandon_here > abandon > unlink] */
    unlink(data);
}

static const WorkerJob job = { .run = run, .abandon = abandon };

bool coroutine_fn abandon_here(void *data);
bool coroutine_fn abandon_here(void *data)
{
    job.abandon(data);
    return co_worker_run(&job, data);
}
