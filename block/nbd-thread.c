/*
 * NBD: the thread of a connection.
 *
 * It alone uses libnbd, so that a server that is slow, or says too much,
 * keeps nobody else waiting. Others leave requests and orders under a lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "nbd-internal.h"

#include "util/io-thread.h"
#include "util/report.h"
#include "util/timer.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

/* Connections whose thread has not ended. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned threads;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

static bool has_work(BlockNbd *nbd)
{
    pthread_mutex_lock(&nbd->lock);
    bool work = !g_queue_is_empty(&nbd->waiting);
    pthread_mutex_unlock(&nbd->lock);
    return work;
}

/* False: the connection shall end. *@broke: it was broken. */
static bool take_orders(BlockNbd *nbd, bool *broke)
{
    uint64_t count;
    if (read(nbd->event, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        warn_report("nbd: cannot read an eventfd: %s", g_strerror(errno));
    }
    pthread_mutex_lock(&nbd->lock);
    *broke = nbd->breaking;
    nbd->breaking = false;
    bool go_on = !nbd->ending;
    pthread_mutex_unlock(&nbd->lock);
    return go_on;
}

static void drop_handle(BlockNbd *nbd)
{
    nbdconn_set_socket(nbd, -1);
    nbd_close(nbd->handle);
    nbd->handle = NULL;
}

static void tell_loss(BlockNbd *nbd, bool broke)
{
    int64_t now = clock_now(CLOCK_HOST);
    nbd->tell = !nbd->told_ns || now - nbd->told_ns >= NS_PER_SEC;
    if (nbd->tell) {
        nbd->told_ns = now;
        warn_report("the connection to '%s' is lost%s", nbd->filename,
                    broke ? ": the server did not answer" : "");
    }
}

static void lost(BlockNbd *nbd, bool broke)
{
    int64_t delay_ns = nbd->options->reconnect_delay * NS_PER_SEC;
    bool retry = delay_ns && !broke;
    tell_loss(nbd, broke);
    nbd->wait_until = retry ? clock_now(CLOCK_HOST) + delay_ns : 0;
    drop_handle(nbd);
    nbdconn_return_commands(nbd, retry);
}

static bool is_same(const BlockNbd *nbd, const NbdExport *now, Error **errp)
{
    if (now->size == nbd->export.size && now->read_only == nbd->export.read_only) {
        return true;
    }
    error_setg(errp, "'%s' is not what it was: now it has %" PRIu64 " bytes%s", nbd->filename,
               now->size, now->read_only ? " and is read-only" : "");
    return false;
}

/* What waits fails with the attempt, unless there is time for another one. */
static void connect_again(BlockNbd *nbd)
{
    g_autoptr(Error) err = NULL;
    NbdExport now;
    int64_t start_ns = clock_now(CLOCK_HOST);
    int64_t deadline = nbd->wait_until > start_ns ? nbd->wait_until : start_ns + NBD_ATTEMPT_NS;
    nbd->handle = nbdconn_attempt(nbd, deadline, &err);
    if (nbd->handle && nbdconn_learn(nbd, &now, &err) && is_same(nbd, &now, &err)) {
        nbd->export = now;
        nbd->failed = false;
        if (nbd->tell) {
            info_report("connected to '%s' again", nbd->filename);
        }
        return;
    }
    if (nbd->handle) {
        drop_handle(nbd);
    }
    if (clock_now(CLOCK_HOST) >= nbd->wait_until) {
        if (!nbd->failed && nbd->tell) {
            warn_report("%s", error_get_pretty(err));
        }
        nbd->failed = true;
        nbdconn_fail_waiting(nbd);
    }
}

static void work(BlockNbd *nbd)
{
    do {
        nbdconn_issue(nbd);
    } while (nbdconn_collect(nbd));
}

static void turn(BlockNbd *nbd, bool broke)
{
    if (!nbd->handle && has_work(nbd)) {
        connect_again(nbd);
    }
    if (nbd->handle) {
        work(nbd);
    }
    if (nbd->handle && (broke || nbdconn_is_lost(nbd->handle))) {
        lost(nbd, broke);
    }
    nbdconn_turn(nbd->handle, nbd->event, nbd->handle || !has_work(nbd) ? -1 : NBD_PAUSE_MS);
}

/* Say good-bye, as far as the socket takes it. */
static void leave(BlockNbd *nbd)
{
    if (nbd->handle && nbd_aio_is_ready(nbd->handle) == 1) {
        nbd_aio_disconnect(nbd->handle, 0);
    }
    if (nbd->handle) {
        drop_handle(nbd);
    }
    nbdconn_return_commands(nbd, false);
    nbdconn_fail_waiting(nbd);
}

/* ---- from the beginning to the end ---- */

int64_t nbdconn_open_ns(const BlockNbd *nbd)
{
    return nbd->options->open_timeout ? nbd->options->open_timeout * NS_PER_SEC : NBD_ATTEMPT_NS;
}

/* As often as the time goes that the user gives it. */
static bool connect_first(BlockNbd *nbd, Error **errp)
{
    int64_t deadline = clock_now(CLOCK_HOST) + nbdconn_open_ns(nbd);
    Error *err = NULL;
    for (;;) {
        nbd->handle = nbdconn_attempt(nbd, deadline, &err);
        if (nbd->handle || !nbd->options->open_timeout || nbdconn_is_given_up(nbd) ||
            clock_now(CLOCK_HOST) >= deadline) {
            break;
        }
        error_free(g_steal_pointer(&err));
        nbdconn_turn(NULL, nbd->event, NBD_PAUSE_MS);
    }
    error_propagate(errp, err);
    return nbd->handle && nbdconn_learn(nbd, &nbd->export, errp);
}

static void open_first(BlockNbd *nbd)
{
    Error *err = NULL;
    if (!connect_first(nbd, &err) && nbd->handle) {
        drop_handle(nbd);
    }
    pthread_mutex_lock(&nbd->lock);
    nbd->opened = true;
    nbd->open_error = err;
    pthread_cond_signal(&nbd->opened_now);
    pthread_mutex_unlock(&nbd->lock);
}

static gpointer run(gpointer opaque)
{
    BlockNbd *nbd = opaque;
    bool broke;
    open_first(nbd);
    while (take_orders(nbd, &broke)) {
        turn(nbd, broke);
    }
    leave(nbd);
    nbdconn_free(nbd);
    pthread_mutex_lock(&all.lock);
    all.threads--;
    pthread_cond_signal(&all.ended);
    pthread_mutex_unlock(&all.lock);
    return NULL;
}

bool nbdconn_start_thread(BlockNbd *nbd, Error **errp)
{
    pthread_mutex_lock(&all.lock);
    all.threads++;
    GThread *thread = thread_try_start("nbd", run, nbd);
    all.threads -= thread == NULL;
    pthread_mutex_unlock(&all.lock);
    if (!thread) {
        error_setg(errp, "'%s': the system has no thread to spare", nbd->filename);
        return false;
    }
    g_thread_unref(thread);
    return true;
}

void no_coroutine_fn nbdconn_wait_for_threads(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&all.lock);
    while (all.threads && pthread_cond_timedwait(&all.ended, &all.lock, &until) == 0) {
    }
    pthread_mutex_unlock(&all.lock);
}
