/*
 * NBD: a node that is an export of a server (libnbd): opening it, and what others ask of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "nbd-internal.h"

#include "qapi/qapi-visit-block-core.h"
#include "qapi/util.h"
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

void nbdconn_set_socket(BlockNbd *nbd, int fd)
{
    pthread_mutex_lock(&nbd->lock);
    if (nbd->socket >= 0) {
        close(nbd->socket);
    }
    /* One of our own: libnbd closes its when it likes, and the number may be another's then. */
    nbd->socket = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    pthread_mutex_unlock(&nbd->lock);
}

void nbdconn_free(BlockNbd *nbd)
{
    nbdconn_set_socket(nbd, -1);
    if (nbd->handle) {
        nbd_close(nbd->handle);
    }
    if (nbd->fd >= 0) {
        close(nbd->fd);
    }
    if (nbd->event >= 0) {
        close(nbd->event);
    }
    error_free(nbd->open_error);
    pthread_cond_destroy(&nbd->opened_now);
    pthread_mutex_destroy(&nbd->lock);
    qapi_free_BlockdevOptionsNbd(nbd->options);
    g_free(nbd->filename);
    g_free(nbd);
}

bool nbdconn_is_given_up(BlockNbd *nbd)
{
    pthread_mutex_lock(&nbd->lock);
    bool given_up = nbd->ending || nbd->breaking;
    pthread_mutex_unlock(&nbd->lock);
    return given_up;
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
    pthread_cond_init(&nbd->opened_now, NULL);
    g_queue_init(&nbd->waiting);
    g_queue_init(&nbd->commands);
    return nbd;
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

/* At start-up nobody takes the signals yet that end the process, and connecting may take long. */
static bool is_process_to_end(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1 ||
            sigismember(&pending, SIGHUP) == 1);
}

static bool is_unwanted(void)
{
    return worker_job_abandoned() || is_process_to_end();
}

/* With the lock held. */
static void wait_a_moment(BlockNbd *nbd)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NBD_SLICE_MS * NS_PER_MS;
    until.tv_sec += until.tv_nsec / NS_PER_SEC;
    until.tv_nsec %= NS_PER_SEC;
    pthread_cond_timedwait(&nbd->opened_now, &nbd->lock, &until);
}

/* The thread is not relied on: its server might keep it in libnbd for ever. */
static bool wait_opened(BlockNbd *nbd, Error **errp)
{
    int64_t deadline = clock_now(CLOCK_HOST) + nbdconn_open_ns(nbd) + NS_PER_SEC;
    pthread_mutex_lock(&nbd->lock);
    while (!nbd->opened && !is_unwanted() && clock_now(CLOCK_HOST) < deadline) {
        wait_a_moment(nbd);
    }
    Error *err = g_steal_pointer(&nbd->open_error);
    bool opened = nbd->opened;
    pthread_mutex_unlock(&nbd->lock);
    if (!opened && is_unwanted()) {
        error_setg(&err, "Connecting to '%s' was given up", nbd->filename);
    } else if (!opened) {
        error_setg(&err, "'%s' does not answer", nbd->filename);
    }
    error_propagate(errp, err);
    return !err;
}

BlockNbd *block_nbd_open(const BlockdevOptions *options, int fd, Error **errp)
{
    BlockNbd *nbd = nbd_new(&options->u.nbd, fd);
    if (nbd->event < 0) {
        error_setg_errno(errp, errno, "cannot make an eventfd");
    }
    if (nbd->event < 0 || !nbdconn_start_thread(nbd, errp)) {
        nbdconn_free(nbd);
        return NULL;
    }
    if (wait_opened(nbd, errp) && check_access(nbd, options, errp)) {
        return nbd;
    }
    block_nbd_close(nbd);
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
    nbdconn_fail_waiting(nbd);
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

void no_coroutine_fn block_nbd_finish(void)
{
    const GPtrArray *nodes = block_nodes();
    for (guint i = 0; i < nodes->len; i++) {
        BlockNode *node = g_ptr_array_index(nodes, i);
        block_nbd_close(g_steal_pointer(&node->nbd));
    }
    nbdconn_wait_for_threads();
}
