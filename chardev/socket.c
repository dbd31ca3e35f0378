/*
 * A chardev on a UNIX or TCP socket: a client, or a server for one client after another, or for
 * many at once where the front end takes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "chardev/listener.h"
#include "chardev/log.h"
#include "chardev/socket-address.h"
#include "chardev/stream-chardev.h"
#include "util/report.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct SocketChardev {
    StreamChardev parent_obj;
    /* Accepting while there is no client, or always if shared; empty when not a server. */
    SocketListener *listeners[SOCKET_FDS_MAX];
    int n_listeners;
    int connection; /* a client's, before it is the stream's; -1: none */
    bool wait;      /* a server opens when somebody has come */
    bool nodelay;
    bool shared; /* the front end takes many clients, each as a SocketClient */
    /* For the file name; under chr->lock. */
    unsigned n_clients;
    bool is_unix;
    char *address; /* ours, or for a client the one connected to */
    char *local;   /* of the present TCP connection; NULL: none */
    char *peer;
} SocketChardev;

/* One client of a shared server. */
typedef struct SocketClient {
    StreamChardev parent_obj;
    SocketChardev *server;
} SocketClient;

typedef struct SocketOptions {
    SocketTarget target;
    int fd; /* -1: none given */
    bool server;
    bool wait;
    bool nodelay;
} SocketOptions;

/* ---- connections ---- */

static void set_nodelay(const SocketChardev *sc, int fd)
{
    int one = 1;

    if (!sc->is_unix && sc->nodelay) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
}

static void connected(SocketChardev *sc, int fd)
{
    Chardev *chr = &sc->parent_obj.parent_obj;

    pthread_mutex_lock(&chr->lock);
    if (!sc->is_unix) {
        sc->local = socket_local_name(fd);
        sc->peer = socket_peer_name(fd);
    }
    pthread_mutex_unlock(&chr->lock);
    set_nodelay(sc, fd);
    fd_stream_open(&sc->parent_obj.stream, fd, fd);
    chardev_set_open(chr, true);
}

static void client_connected(SocketChardev *sc, int fd)
{
    Chardev *chr = &sc->parent_obj.parent_obj;
    SocketClient *client = (SocketClient *)object_new("chardev-socket-client");

    client->server = sc;
    client->parent_obj.parent_obj.id = g_strdup(chr->id);
    client->parent_obj.parent_obj.log = chardev_log_ref(chr->log);
    client->parent_obj.stream.is_socket = true;
    client->parent_obj.stream.eof_is_loss = true;
    pthread_mutex_lock(&chr->lock);
    sc->n_clients++;
    pthread_mutex_unlock(&chr->lock);
    set_nodelay(sc, fd);
    fd_stream_open(&client->parent_obj.stream, fd, fd);
    chr->fe->accept(chr->fe_opaque, &client->parent_obj.parent_obj);
    /* Now, so that CLOSED is told of one that leaves at once. */
    chardev_set_open(&client->parent_obj.parent_obj, true);
}

static void on_accept(int fd, void *opaque)
{
    SocketChardev *sc = opaque;

    if (sc->shared) {
        client_connected(sc, fd);
        return;
    }
    /* Two listeners may be ready in the same turn: the second client's turn has not come. */
    if (fd_stream_is_open(&sc->parent_obj.stream)) {
        close(fd);
        return;
    }
    connected(sc, fd);
}

static void socket_lost(Chardev *chr)
{
    SocketChardev *sc = (SocketChardev *)chr;

    fd_stream_close(&sc->parent_obj.stream);
    pthread_mutex_lock(&chr->lock);
    g_clear_pointer(&sc->local, g_free);
    g_clear_pointer(&sc->peer, g_free);
    pthread_mutex_unlock(&chr->lock);
    chardev_set_open(chr, false);
}

static void update_listeners(SocketChardev *sc)
{
    bool free = sc->shared || !fd_stream_is_open(&sc->parent_obj.stream);

    for (int i = 0; i < sc->n_listeners; i++) {
        listener_set_loop(sc->listeners[i], free ? sc->parent_obj.parent_obj.loop : NULL);
    }
}

static void socket_update(Chardev *chr)
{
    SocketChardev *sc = (SocketChardev *)chr;

    sc->shared &= chr->fe != NULL;
    stream_chardev_update(chr);
    update_listeners(sc);
}

/* Who was there before the front end is the first of the many. */
static void socket_attached(Chardev *chr)
{
    SocketChardev *sc = (SocketChardev *)chr;
    FdStream *stream = &sc->parent_obj.stream;

    if (!sc->n_listeners || !chr->fe->accept) {
        return;
    }
    sc->shared = true;
    if (fd_stream_is_open(stream)) {
        int fd = fd_stream_steal(stream);

        g_clear_pointer(&sc->local, g_free);
        g_clear_pointer(&sc->peer, g_free);
        chardev_set_open(chr, false);
        client_connected(sc, fd);
    }
}

static void socket_leave_loop(Chardev *chr)
{
    SocketChardev *sc = (SocketChardev *)chr;

    for (int i = 0; i < sc->n_listeners; i++) {
        listener_set_loop(sc->listeners[i], NULL);
    }
    stream_chardev_leave_loop(chr);
}

static void socket_join_loop(Chardev *chr)
{
    socket_update(chr);
}

static char *socket_filename(Chardev *chr)
{
    SocketChardev *sc = (SocketChardev *)chr;
    const char *prefix = chr->open || sc->n_clients ? "" : "disconnected:";
    const char *server = sc->n_listeners ? ",server=on" : "";

    if (sc->is_unix) {
        return g_strdup_printf("%sunix:%s%s", prefix, sc->address, server);
    }
    if (sc->peer) {
        return g_strdup_printf("tcp:%s%s <-> %s", sc->local, server, sc->peer);
    }
    return g_strdup_printf("%stcp:%s%s", prefix, sc->address, server);
}

/* ---- opening ---- */

/*
 * Wait for the first client, at start-up: nothing runs yet. Signals that would end us are let
 * through, for the event loop, which takes them otherwise, does not turn.
 */
static bool wait_for_client(SocketChardev *sc, Error **errp)
{
    Chardev *chr = &sc->parent_obj.parent_obj;
    g_autofree char *name = chardev_filename(chr);
    struct pollfd pfds[SOCKET_FDS_MAX];
    sigset_t mask;
    int fd = -1;

    info_report("waiting for connection on: %s", name);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    sigdelset(&mask, SIGINT);
    sigdelset(&mask, SIGTERM);
    sigdelset(&mask, SIGHUP);
    for (int i = 0; i < sc->n_listeners; i++) {
        pfds[i] = (struct pollfd){ .fd = listener_fd(sc->listeners[i]), .events = POLLIN };
    }
    while (fd < 0) {
        if (ppoll(pfds, sc->n_listeners, NULL, &mask) < 0 && errno != EINTR) {
            error_setg_errno(errp, errno, "cannot wait for a client on '%s'", name);
            return false;
        }
        for (int i = 0; i < sc->n_listeners && fd < 0; i++) {
            fd = listener_accept(sc->listeners[i]);
        }
    }
    connected(sc, fd);
    return true;
}

static bool prepare_server(SocketChardev *sc, const SocketOptions *opt, Error **errp)
{
    int fds[SOCKET_FDS_MAX] = { opt->fd };
    int n = 1;

    if (opt->fd < 0) {
        n = socket_listen(&opt->target, fds, errp);
    } else if (!socket_adopt(opt->fd, true, errp)) {
        n = 0;
    }
    for (int i = 0; i < n; i++) {
        sc->listeners[i] = listener_new(fds[i], on_accept, sc);
    }
    sc->n_listeners = n;
    if (n == 0) {
        return false;
    }
    if (opt->target.path) {
        listener_own_path(sc->listeners[0], opt->target.path);
    }
    sc->is_unix = socket_is_unix(fds[0]);
    sc->address = socket_local_name(fds[0]);
    return true;
}

static bool prepare_client(SocketChardev *sc, const SocketOptions *opt, Error **errp)
{
    int fd = opt->fd;

    if (fd >= 0) {
        if (!socket_adopt(fd, false, errp)) {
            return false;
        }
    } else {
        fd = socket_connect(&opt->target, errp);
        if (fd < 0) {
            return false;
        }
    }
    sc->is_unix = socket_is_unix(fd);
    sc->address = socket_peer_name(fd);
    sc->connection = fd;
    return true;
}

/* Exactly one of path, host with port, and fd. */
static bool parse_target(SocketOptions *opt, const QDict *args, Error **errp)
{
    const char *fd = chardev_arg(args, "fd", NULL);
    guint64 number;

    opt->target.path = chardev_arg(args, "path", NULL);
    opt->target.host = chardev_arg(args, "host", NULL);
    opt->target.port = chardev_arg(args, "port", NULL);
    opt->fd = -1;
    if (!!fd + !!opt->target.path + !!opt->target.host != 1) {
        error_setg(errp, "chardev backend 'socket' needs exactly one of 'path', 'host' (with "
                         "'port') and 'fd'");
        return false;
    }
    if (!!opt->target.host != !!opt->target.port) {
        error_setg(errp, "chardev backend 'socket': 'host' and 'port' go together");
        return false;
    }
    if (opt->target.path && !*opt->target.path) {
        error_setg(errp, "Parameter 'path' expects the path of a UNIX socket");
        return false;
    }
    if (fd) {
        if (!g_ascii_string_to_unsigned(fd, 10, 0, G_MAXINT, &number, NULL)) {
            error_setg(errp, "Parameter 'fd' expects the number of a descriptor, not '%s'", fd);
            return false;
        }
        opt->fd = (int)number;
    }
    return true;
}

static bool parse_options(SocketOptions *opt, const QDict *args, Error **errp)
{
    if (!parse_target(opt, args, errp) ||
        !chardev_arg_bool(args, "server", false, &opt->server, errp) ||
        !chardev_arg_bool(args, "wait", opt->server, &opt->wait, errp) ||
        !chardev_arg_bool(args, "nodelay", true, &opt->nodelay, errp)) {
        return false;
    }
    if (!opt->server && chardev_arg(args, "wait", NULL)) {
        error_setg(errp, "'wait' option is incompatible with socket in client connect mode; "
                         "it goes with 'server=on'");
        return false;
    }
    return true;
}

static bool socket_prepare(Chardev *chr, const QDict *args, Error **errp)
{
    SocketChardev *sc = (SocketChardev *)chr;
    SocketOptions opt;

    if (!parse_options(&opt, args, errp)) {
        return false;
    }
    if (opt.wait && chr->hot) {
        error_setg(errp, "chardev backend 'socket' waits for a client only at start-up; accepted "
                         "now: 'wait=off'");
        return false;
    }
    sc->nodelay = opt.nodelay;
    sc->wait = opt.wait;
    sc->parent_obj.stream.lost = socket_lost;
    sc->parent_obj.stream.is_socket = true;
    sc->parent_obj.stream.eof_is_loss = true;
    return opt.server ? prepare_server(sc, &opt, errp) : prepare_client(sc, &opt, errp);
}

static bool socket_open(Chardev *chr, const QDict *args, Error **errp)
{
    SocketChardev *sc = (SocketChardev *)chr;

    if (sc->connection >= 0) {
        int fd = sc->connection;

        sc->connection = -1;
        connected(sc, fd);
        return true;
    }
    if (sc->wait) {
        return wait_for_client(sc, errp);
    }
    pthread_mutex_lock(&chr->lock);
    update_listeners(sc);
    pthread_mutex_unlock(&chr->lock);
    return true;
}

static void socket_close(Chardev *chr)
{
    SocketChardev *sc = (SocketChardev *)chr;

    for (int i = 0; i < sc->n_listeners; i++) {
        listener_free(sc->listeners[i]);
    }
    sc->n_listeners = 0;
    if (sc->connection >= 0) {
        close(sc->connection);
        sc->connection = -1;
    }
    stream_chardev_close(chr);
}

static void socket_init(Object *obj)
{
    ((SocketChardev *)CHARDEV(obj))->connection = -1;
}

static void socket_finalize(Object *obj)
{
    SocketChardev *sc = (SocketChardev *)CHARDEV(obj);

    g_free(sc->address);
    g_free(sc->local);
    g_free(sc->peer);
}

static void socket_class_init(ObjectClass *klass, const void *data)
{
    static const char *const options[] = { "path",   "host", "port",    "fd",
                                           "server", "wait", "nodelay", NULL };
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->options = options;
    cc->echo = true;
    cc->prepare = socket_prepare;
    cc->open = socket_open;
    cc->close = socket_close;
    cc->update = socket_update;
    cc->leave_loop = socket_leave_loop;
    cc->join_loop = socket_join_loop;
    cc->attached = socket_attached;
    cc->filename = socket_filename;
}

static const TypeInfo socket_info = {
    .name = "chardev-socket",
    .parent = TYPE_STREAM_CHARDEV,
    .instance_size = sizeof(SocketChardev),
    .instance_init = socket_init,
    .instance_finalize = socket_finalize,
    .class_init = socket_class_init,
};

/* ---- a client of a shared server ---- */

static void client_close(Chardev *chr)
{
    SocketChardev *server = ((SocketClient *)chr)->server;
    Chardev *server_chr = &server->parent_obj.parent_obj;

    pthread_mutex_lock(&server_chr->lock);
    server->n_clients--;
    pthread_mutex_unlock(&server_chr->lock);
    stream_chardev_close(chr);
}

/* As the server's. */
static char *client_filename(Chardev *chr)
{
    return chardev_filename(&((SocketClient *)chr)->server->parent_obj.parent_obj);
}

static void client_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->echo = true;
    cc->close = client_close;
    cc->filename = client_filename;
}

static const TypeInfo client_info = {
    .name = "chardev-socket-client",
    .parent = TYPE_STREAM_CHARDEV,
    .instance_size = sizeof(SocketClient),
    .class_init = client_class_init,
};

static void socket_register(void)
{
    type_register_static(&socket_info);
    type_register_static(&client_info);
}
type_init(socket_register)
