/*
 * NBD: a node that is an export of a server (libnbd).
 *
 * Each connection has a thread, which alone uses libnbd, so that a server that is slow, or says
 * too much, keeps nobody else waiting. Others leave requests and orders under a lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "nbd-internal.h"

#include "qapi/qapi-visit-block-core.h"
#include "qapi/util.h"
#include "util/io-thread.h"
#include "util/report.h"
#include "util/timer.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What one attempt to connect may take, and the pause after one that failed. */
#define ATTEMPT_NS (10 * NS_PER_SEC)
#define PAUSE_MS   200

/* Connections whose thread has not ended. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned threads;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

void nbd_set_socket(BlockNbd *nbd, int fd)
{
    pthread_mutex_lock(&nbd->lock);
    if (nbd->socket >= 0) {
        close(nbd->socket);
    }
    /* One of our own: libnbd closes its when it likes, and the number may be another's then. */
    nbd->socket = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    pthread_mutex_unlock(&nbd->lock);
}

static void nbd_free(BlockNbd *nbd)
{
    nbd_set_socket(nbd, -1);
    if (nbd->handle) {
        nbd_close(nbd->handle);
    }
    if (nbd->fd >= 0) {
        close(nbd->fd);
    }
    close(nbd->event);
    pthread_mutex_destroy(&nbd->lock);
    qapi_free_BlockdevOptionsNbd(nbd->options);
    g_free(nbd->filename);
    g_free(nbd);
}

/* At start-up nobody takes the signals yet that end the process, and connecting may take long. */
static bool is_process_to_end(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1 ||
            sigismember(&pending, SIGHUP) == 1);
}

bool nbd_is_given_up(BlockNbd *nbd)
{
    pthread_mutex_lock(&nbd->lock);
    bool given_up = nbd->ending || nbd->breaking;
    pthread_mutex_unlock(&nbd->lock);
    return given_up || worker_job_abandoned() || is_process_to_end();
}

/* ---- the thread ---- */

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
    nbd_set_socket(nbd, -1);
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
    nbd_return_commands(nbd, retry);
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
    int64_t deadline = nbd->wait_until > start_ns ? nbd->wait_until : start_ns + ATTEMPT_NS;
    nbd->handle = nbd_attempt(nbd, deadline, &err);
    if (nbd->handle && nbd_learn(nbd, &now, &err) && is_same(nbd, &now, &err)) {
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
        nbd_fail_waiting(nbd);
    }
}

static void work(BlockNbd *nbd)
{
    do {
        nbd_issue(nbd);
    } while (nbd_collect(nbd));
}

static void turn(BlockNbd *nbd, bool broke)
{
    if (!nbd->handle && has_work(nbd)) {
        connect_again(nbd);
    }
    if (nbd->handle) {
        work(nbd);
    }
    if (nbd->handle && (broke || nbd_is_lost(nbd->handle))) {
        lost(nbd, broke);
    }
    nbd_turn(nbd->handle, nbd->event, nbd->handle || !has_work(nbd) ? -1 : PAUSE_MS);
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
    nbd_return_commands(nbd, false);
    nbd_fail_waiting(nbd);
}

static gpointer run(gpointer opaque)
{
    BlockNbd *nbd = opaque;
    bool broke;
    while (take_orders(nbd, &broke)) {
        turn(nbd, broke);
    }
    leave(nbd);
    nbd_free(nbd);
    pthread_mutex_lock(&all.lock);
    all.threads--;
    pthread_cond_signal(&all.ended);
    pthread_mutex_unlock(&all.lock);
    return NULL;
}

static bool start_thread(BlockNbd *nbd, Error **errp)
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

/* ---- opening; in a worker, or at start-up ---- */

static char *make_filename(const BlockdevOptionsNbd *options)
{
    const SocketAddress *server = options->server;
    const char *name = options->export ?: "";
    switch (server->type) {
    case SOCKET_ADDRESS_TYPE_UNIX:
        return g_strdup_printf("nbd+unix:///%s?socket=%s", name, server->u.q_unix.path);
    case SOCKET_ADDRESS_TYPE_INET:
        return g_strdup_printf("nbd://%s:%s/%s", server->u.inet.host, server->u.inet.port, name);
    default:
        return g_strdup_printf("nbd+fd:///%s?fd=%s", name, server->u.fd.str);
    }
}

static BlockNbd *nbd_new(const BlockdevOptionsNbd *options, int fd)
{
    BlockNbd *nbd = g_new0(BlockNbd, 1);
    nbd->options = QAPI_CLONE(BlockdevOptionsNbd, (BlockdevOptionsNbd *)options);
    nbd->filename = make_filename(options);
    nbd->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    nbd->socket = -1;
    nbd->fd = fd;
    pthread_mutex_init(&nbd->lock, NULL);
    g_queue_init(&nbd->waiting);
    g_queue_init(&nbd->commands);
    return nbd;
}

/* As often as the time goes that the user gives it. */
static bool connect_first(BlockNbd *nbd, Error **errp)
{
    int64_t timeout_ns = nbd->options->open_timeout * NS_PER_SEC;
    int64_t deadline = clock_now(CLOCK_HOST) + (timeout_ns ?: ATTEMPT_NS);
    Error *err = NULL;
    for (;;) {
        nbd->handle = nbd_attempt(nbd, deadline, &err);
        if (nbd->handle || !timeout_ns || nbd_is_given_up(nbd) ||
            clock_now(CLOCK_HOST) >= deadline) {
            break;
        }
        error_free(g_steal_pointer(&err));
        nbd_turn(NULL, -1, PAUSE_MS);
    }
    error_propagate(errp, err);
    return nbd->handle && nbd_learn(nbd, &nbd->export, errp);
}

static bool check_access(BlockNbd *nbd, const BlockdevOptions *options, Error **errp)
{
    if (nbd->export.read_only && !options->read_only && !options->auto_read_only) {
        error_setg(errp,
                   "'%s' is read-only at the server; read-only=on and auto-read-only=on are "
                   "possible",
                   nbd->filename);
        return false;
    }
    return true;
}

BlockNbd *block_nbd_open(const BlockdevOptions *options, int fd, Error **errp)
{
    BlockNbd *nbd = nbd_new(&options->u.nbd, fd);
    if (nbd->event < 0) {
        error_setg_errno(errp, errno, "cannot make an eventfd");
    } else if (connect_first(nbd, errp) && check_access(nbd, options, errp) &&
               start_thread(nbd, errp)) {
        return nbd;
    }
    nbd_free(nbd);
    return NULL;
}

/* ---- for others ---- */

static void wake(const BlockNbd *nbd)
{
    const uint64_t one = 1;
    if (write(nbd->event, &one, sizeof(one)) < 0) {
        /* It is full of calls already. */
    }
}

void block_nbd_submit(BlockRequest *req)
{
    BlockNbd *nbd = req->file->nbd;
    pthread_mutex_lock(&nbd->lock);
    g_queue_push_tail(&nbd->waiting, req);
    wake(nbd);
    pthread_mutex_unlock(&nbd->lock);
}

static void order(BlockNbd *nbd, bool *what)
{
    pthread_mutex_lock(&nbd->lock);
    *what = true;
    if (nbd->socket >= 0) {
        shutdown(nbd->socket, what == &nbd->ending ? SHUT_RD : SHUT_RDWR);
    }
    wake(nbd);
    pthread_mutex_unlock(&nbd->lock);
}

void block_nbd_break(BlockNbd *nbd)
{
    nbd_fail_waiting(nbd);
    order(nbd, &nbd->breaking);
}

void block_nbd_close(BlockNbd *nbd)
{
    if (nbd) {
        order(nbd, &nbd->ending);
    }
}

uint64_t block_nbd_size(const BlockNbd *nbd)
{
    return nbd->export.size;
}

bool block_nbd_is_read_only(const BlockNbd *nbd)
{
    return nbd->export.read_only;
}

const char *block_nbd_filename(const BlockNbd *nbd)
{
    return nbd->filename;
}

void block_nbd_finish(void)
{
    const GPtrArray *nodes = block_nodes();
    struct timespec until;
    for (guint i = 0; i < nodes->len; i++) {
        BlockNode *node = g_ptr_array_index(nodes, i);
        block_nbd_close(g_steal_pointer(&node->nbd));
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&all.lock);
    while (all.threads && pthread_cond_timedwait(&all.ended, &all.lock, &until) == 0) {
    }
    pthread_mutex_unlock(&all.lock);
}
