/*
 * Socket addresses: listening, connecting, and their names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/socket-address.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

typedef union Address {
    struct sockaddr any;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
} Address;

/* How soon a connect notices that nobody waits for it any more. */
#define CONNECT_STEP_US 50000

/* ---- connecting ---- */

/* SO_SNDTIMEO, socket(7), bounds what connect() waits; called again, it goes on waiting. */
static void set_send_timeout(int fd, suseconds_t us)
{
    const struct timeval timeout = { .tv_usec = us };

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

/* Whether connect() has failed only because the step is over: EAGAIN at a full UNIX backlog. */
static bool step_is_over(int family, int error)
{
    return error == EINPROGRESS || error == EALREADY || error == EINTR ||
           (error == EAGAIN && family == AF_UNIX);
}

static bool connect_in_steps(int fd, const struct sockaddr *addr, socklen_t len)
{
    set_send_timeout(fd, CONNECT_STEP_US);
    while (connect(fd, addr, len) < 0) {
        if (!step_is_over(addr->sa_family, errno)) {
            return false;
        }
        if (worker_job_abandoned()) {
            errno = ECANCELED;
            return false;
        }
    }
    set_send_timeout(fd, 0);
    return true;
}

/* A connected socket, or -1 and errno. */
static int connect_to(const struct sockaddr *addr, socklen_t len)
{
    int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int saved_errno;

    if (fd >= 0 && !connect_in_steps(fd, addr, len)) {
        saved_errno = errno;
        close(fd);
        errno = saved_errno;
        return -1;
    }
    return fd;
}

/* ---- UNIX sockets ---- */

static bool fill_unix(struct sockaddr_un *un, const char *path, Error **errp)
{
    if (strlen(path) >= sizeof(un->sun_path)) {
        error_setg(errp, "UNIX socket path '%s' is too long; at most %zu bytes are possible", path,
                   sizeof(un->sun_path) - 1);
        return false;
    }
    *un = (struct sockaddr_un){ .sun_family = AF_UNIX };
    strcpy(un->sun_path, path);
    return true;
}

/*
 * Whether anybody has the socket at @un open. A connect of the wrong type tells without being
 * seen there: it is refused for its type when the socket lives, and refused altogether when not.
 */
static bool is_in_use(const struct sockaddr_un *un)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool dead = fd >= 0 && connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 &&
                errno == ECONNREFUSED;

    if (fd >= 0) {
        close(fd);
    }
    return !dead;
}

/* Only a dead socket may be taken away. */
static bool clear_the_way(const struct sockaddr_un *un, Error **errp)
{
    const char *path = un->sun_path;
    struct stat st;

    if (lstat(path, &st) < 0) {
        return true;
    }
    if (!S_ISSOCK(st.st_mode)) {
        error_setg(errp, "cannot listen at '%s': there is a file that is not a socket", path);
        return false;
    }
    if (is_in_use(un)) {
        error_setg(errp, "cannot listen at '%s': another process does", path);
        return false;
    }
    if (unlink(path) < 0) {
        error_setg_errno(errp, errno, "cannot remove the stale socket '%s'", path);
        return false;
    }
    return true;
}

static int listen_unix(const char *path, Error **errp)
{
    struct sockaddr_un un;
    int fd;

    if (!fill_unix(&un, path, errp) || !clear_the_way(&un, errp)) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 || listen(fd, SOMAXCONN) < 0) {
        error_setg_errno(errp, errno, "Failed to bind socket to '%s'", path);
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

static int connect_unix(const char *path, Error **errp)
{
    struct sockaddr_un un;
    int fd;

    if (!fill_unix(&un, path, errp)) {
        return -1;
    }
    fd = connect_to((struct sockaddr *)&un, sizeof(un));
    if (fd < 0) {
        error_setg_errno(errp, errno, "Failed to connect to '%s'", path);
    }
    return fd;
}

/* ---- TCP ---- */

static bool port_is_number(const char *port, Error **errp)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(port, 10, 0, 65535, &number, NULL)) {
        error_setg(errp, "Parameter 'port' expects a number from 0 to 65535, not '%s'", port);
        return false;
    }
    return true;
}

static struct addrinfo *resolve(const SocketTarget *target, bool passive, Error **errp)
{
    const struct addrinfo hints = {
        .ai_flags = (passive ? AI_PASSIVE : 0) | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *list;
    int err;

    if (!port_is_number(target->port, errp)) {
        return NULL;
    }
    err = getaddrinfo(*target->host ? target->host : NULL, target->port, &hints, &list);
    if (!err && worker_job_abandoned()) {
        /* That may have taken a while: nobody wants to connect, or listen, there any more. */
        freeaddrinfo(list);
        err = EAI_CANCELED;
    }
    if (err) {
        error_setg(errp, "address resolution failed for %s:%s: %s", target->host, target->port,
                   gai_strerror(err));
        return NULL;
    }
    return list;
}

static void set_port(struct sockaddr *addr, in_port_t port)
{
    if (addr->sa_family == AF_INET) {
        ((struct sockaddr_in *)addr)->sin_port = port;
    } else {
        ((struct sockaddr_in6 *)addr)->sin6_port = port;
    }
}

static in_port_t get_port(int fd)
{
    Address addr;
    socklen_t len = sizeof(addr);

    if (getsockname(fd, &addr.any, &len) < 0) {
        return 0;
    }
    return addr.any.sa_family == AF_INET ? ((struct sockaddr_in *)&addr)->sin_port
                                         : ((struct sockaddr_in6 *)&addr)->sin6_port;
}

static int listen_one(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    int saved_errno;

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (ai->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    }
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0) {
        saved_errno = errno;
        close(fd);
        errno = saved_errno;
        return -1;
    }
    return fd;
}

static int listen_tcp(const SocketTarget *target, int fds[SOCKET_FDS_MAX], Error **errp)
{
    struct addrinfo *list = resolve(target, true, errp);
    int err = 0;
    int n = 0;

    if (!list) {
        return 0;
    }
    for (struct addrinfo *ai = list; ai && n < SOCKET_FDS_MAX; ai = ai->ai_next) {
        if (n > 0) {
            set_port(ai->ai_addr, get_port(fds[0])); /* the kernel chose it if it was 0 */
        }
        fds[n] = listen_one(ai);
        if (fds[n] >= 0) {
            n++;
        } else if (n == 0) {
            err = errno;
        }
    }
    freeaddrinfo(list);
    if (n == 0) {
        error_setg_errno(errp, err, "Failed to bind socket to %s:%s", target->host, target->port);
    }
    return n;
}

static int connect_tcp(const SocketTarget *target, Error **errp)
{
    struct addrinfo *list = resolve(target, false, errp);
    int fd = -1;
    int err = 0;

    if (!list) {
        return -1;
    }
    for (struct addrinfo *ai = list; ai && fd < 0 && err != ECANCELED; ai = ai->ai_next) {
        fd = connect_to(ai->ai_addr, ai->ai_addrlen);
        err = fd < 0 ? errno : 0;
    }
    freeaddrinfo(list);
    if (fd < 0) {
        error_setg_errno(errp, err, "Failed to connect to '%s:%s'", target->host, target->port);
    }
    return fd;
}

/* ---- both ---- */

int socket_listen(const SocketTarget *target, int fds[SOCKET_FDS_MAX], Error **errp)
{
    if (!target->path) {
        return listen_tcp(target, fds, errp);
    }
    fds[0] = listen_unix(target->path, errp);
    return fds[0] >= 0;
}

static void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int socket_connect(const SocketTarget *target, Error **errp)
{
    int fd = target->path ? connect_unix(target->path, errp) : connect_tcp(target, errp);

    if (fd >= 0) {
        set_nonblocking(fd);
    }
    return fd;
}

bool socket_adopt(int fd, bool listening, Error **errp)
{
    int is_listening = 0;
    int type = 0;
    socklen_t len = sizeof(int);
    Address peer;
    socklen_t peer_len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM) {
        error_setg(errp, "File descriptor '%d' is not a stream socket", fd);
        return false;
    }
    len = sizeof(int);
    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len);
    if (listening && !is_listening) {
        error_setg(errp, "File descriptor '%d' does not listen; 'server=off' takes a connected one",
                   fd);
        return false;
    }
    if (!listening && getpeername(fd, &peer.any, &peer_len) < 0) {
        error_setg(errp, "File descriptor '%d' is not connected; 'server=on' takes a listening one",
                   fd);
        return false;
    }
    set_nonblocking(fd);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return true;
}

bool socket_is_unix(int fd)
{
    Address addr;
    socklen_t len = sizeof(addr);

    return getsockname(fd, &addr.any, &len) == 0 && addr.any.sa_family == AF_UNIX;
}

static char *address_name(const Address *addr, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (addr->any.sa_family == AF_UNIX) {
        size_t path_len = len - offsetof(struct sockaddr_un, sun_path);

        return len > offsetof(struct sockaddr_un, sun_path)
                   ? g_strndup(addr->un.sun_path, MIN(path_len, sizeof(addr->un.sun_path)))
                   : g_strdup("");
    }
    if (getnameinfo(&addr->any, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return g_strdup("");
    }
    return addr->any.sa_family == AF_INET6 ? g_strdup_printf("[%s]:%s", host, port)
                                           : g_strdup_printf("%s:%s", host, port);
}

char *socket_local_name(int fd)
{
    Address addr = { 0 };
    socklen_t len = sizeof(addr);

    return getsockname(fd, &addr.any, &len) == 0 ? address_name(&addr, len) : g_strdup("");
}

char *socket_peer_name(int fd)
{
    Address addr = { 0 };
    socklen_t len = sizeof(addr);

    return getpeername(fd, &addr.any, &len) == 0 ? address_name(&addr, len) : g_strdup("");
}
