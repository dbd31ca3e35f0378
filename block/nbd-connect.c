/*
 * NBD: from an address to an export that is ready.
 *
 * The handshake is libnbd's state machine, which is turned here with a time limit. All of this
 * waits, in the connection's thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "nbd-internal.h"

#include "util/timer.h"

#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* One transfer; what does not lie in one piece takes as much memory. */
#define MAX_TRANSFER (2u << 20)

/* A host that is gone is noticed after a minute. */
static void watch_peer(int fd)
{
    const int on = 1, idle_s = 30, interval_s = 10, count = 3, lost_ms = 60000;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    /* These fail on what is no TCP. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms, sizeof(lost_ms));
}

void nbdconn_turn(struct nbd_handle *handle, int event, int timeout_ms)
{
    unsigned direction = handle ? nbd_aio_get_direction(handle) : 0;
    struct pollfd fds[2] = { { .fd = event, .events = POLLIN }, { .fd = -1 } };
    if (handle) {
        fds[1].fd = nbd_aio_get_fd(handle);
        fds[1].events = (short)((direction & LIBNBD_AIO_DIRECTION_READ ? POLLIN : 0) |
                                (direction & LIBNBD_AIO_DIRECTION_WRITE ? POLLOUT : 0));
    }
    /* Orders come first. */
    if (poll(fds, G_N_ELEMENTS(fds), timeout_ms) <= 0 || fds[0].revents || !fds[1].revents) {
        return;
    }
    /* A socket that is hung up reads, or writes, an error. */
    if ((direction & LIBNBD_AIO_DIRECTION_READ) && fds[1].revents != POLLOUT) {
        nbd_aio_notify_read(handle);
    } else {
        nbd_aio_notify_write(handle);
    }
}

bool nbdconn_is_lost(struct nbd_handle *handle)
{
    return nbd_aio_is_dead(handle) == 1 || nbd_aio_is_closed(handle) == 1;
}

static bool is_wanted(BlockNbd *nbd, Error **errp)
{
    if (nbdconn_is_given_up(nbd)) {
        error_setg(errp, "Connecting to '%s' was given up", nbd->filename);
        return false;
    }
    return true;
}

static bool shake_hands(BlockNbd *nbd, struct nbd_handle *handle, int64_t deadline, Error **errp)
{
    while (nbd_aio_is_connecting(handle) == 1) {
        if (!is_wanted(nbd, errp)) {
            return false;
        }
        if (clock_now(CLOCK_HOST) >= deadline) {
            error_setg(errp, "'%s' does not answer", nbd->filename);
            return false;
        }
        nbdconn_turn(handle, -1, NBD_SLICE_MS);
    }
    if (nbd_aio_is_ready(handle) != 1) {
        error_setg(errp, "Failed to connect to '%s': %s", nbd->filename,
                   nbd_get_error() ?: "the server has hung up");
        return false;
    }
    return true;
}

bool nbdconn_learn(const BlockNbd *nbd, NbdExport *export, Error **errp)
{
    struct nbd_handle *handle = nbd->handle;
    int64_t size = nbd_get_size(handle);
    int64_t min = nbd_get_block_size(handle, LIBNBD_SIZE_MINIMUM);
    int64_t max = nbd_get_block_size(handle, LIBNBD_SIZE_MAXIMUM);
    if (size < 0) {
        error_setg(errp, "'%s' has no size: %s", nbd->filename, nbd_get_error());
        return false;
    }
    if (min > BLOCK_SECTOR_SIZE || (max > 0 && max < BLOCK_SECTOR_SIZE)) {
        error_setg(errp,
                   "'%s' takes requests of %" PRId64 " to %" PRId64 " bytes; %u must be possible",
                   nbd->filename, min, max, BLOCK_SECTOR_SIZE);
        return false;
    }
    *export = (NbdExport){
        .size = (uint64_t)size / BLOCK_SECTOR_SIZE * BLOCK_SECTOR_SIZE,
        .read_only = nbd_is_read_only(handle) == 1,
        .flush = nbd_can_flush(handle) == 1,
        .trim = nbd_can_trim(handle) == 1,
        .zero = nbd_can_zero(handle) == 1,
        .max_bytes = max > 0 ? (uint32_t)MIN(max, MAX_TRANSFER) & -(uint32_t)BLOCK_SECTOR_SIZE
                             : MAX_TRANSFER,
    };
    return true;
}

static bool begin(BlockNbd *nbd, struct nbd_handle *handle, const struct addrinfo *at)
{
    const char *name = nbd->options->export ?: "";
    if (nbd_set_export_name(handle, name) < 0) {
        return false;
    }
    if (!at) {
        int fd = nbd->fd;
        nbd->fd = -1;
        return nbd_aio_connect_socket(handle, fd) == 0;
    }
    return nbd_aio_connect(handle, at->ai_addr, at->ai_addrlen) == 0;
}

/* @at NULL: by the descriptor that was given, which the handle then owns. */
static struct nbd_handle *try_address(BlockNbd *nbd, const struct addrinfo *at, int64_t deadline,
                                      Error **errp)
{
    if (!is_wanted(nbd, errp)) {
        return NULL; /* the look-up may have taken a while */
    }
    struct nbd_handle *handle = nbd_create();
    bool ok = handle && begin(nbd, handle, at);
    if (!ok) {
        error_setg(errp, "Failed to connect to '%s': %s", nbd->filename, nbd_get_error());
    } else {
        nbdconn_set_socket(nbd, nbd_aio_get_fd(handle));
        ok = shake_hands(nbd, handle, deadline, errp);
    }
    if (ok) {
        watch_peer(nbd_aio_get_fd(handle));
        return handle;
    }
    nbdconn_set_socket(nbd, -1);
    nbd_close(handle);
    return NULL;
}

static struct nbd_handle *try_unix(BlockNbd *nbd, int64_t deadline, Error **errp)
{
    const char *path = nbd->options->server->u.q_unix.path;
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct addrinfo at = { .ai_addr = (struct sockaddr *)&un, .ai_addrlen = sizeof(un) };
    if (strlen(path) >= sizeof(un.sun_path)) {
        error_setg(errp, "UNIX socket path '%s' is too long; at most %zu bytes are possible", path,
                   sizeof(un.sun_path) - 1);
        return NULL;
    }
    strcpy(un.sun_path, path);
    return try_address(nbd, &at, deadline, errp);
}

/* One address of the host after the other. */
static struct nbd_handle *try_inet(BlockNbd *nbd, int64_t deadline, Error **errp)
{
    const InetSocketAddress *inet = &nbd->options->server->u.inet;
    const struct addrinfo hints = { .ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list;
    struct nbd_handle *handle = NULL;
    Error *err = NULL;
    if (!is_wanted(nbd, errp)) {
        return NULL;
    }
    int code = getaddrinfo(inet->host, inet->port, &hints, &list);
    if (code) {
        error_setg(errp, "address resolution failed for %s:%s: %s", inet->host, inet->port,
                   gai_strerror(code));
        return NULL;
    }
    for (struct addrinfo *at = list; at && !handle; at = at->ai_next) {
        error_free(g_steal_pointer(&err));
        handle = try_address(nbd, at, deadline, &err);
    }
    freeaddrinfo(list);
    error_propagate(errp, err);
    return handle;
}

struct nbd_handle *nbdconn_attempt(BlockNbd *nbd, int64_t deadline, Error **errp)
{
    switch (nbd->options->server->type) {
    case SOCKET_ADDRESS_TYPE_UNIX:
        return try_unix(nbd, deadline, errp);
    case SOCKET_ADDRESS_TYPE_INET:
        return try_inet(nbd, deadline, errp);
    default:
        break;
    }
    if (nbd->fd < 0) {
        error_setg(errp, "The descriptor of '%s' has served for its one connection", nbd->filename);
        return NULL;
    }
    return try_address(nbd, NULL, deadline, errp);
}
