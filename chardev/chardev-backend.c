/*
 * From QMP's description of a back end to the arguments that all back ends are made with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-backend.h"

static void put_text(QDict *args, const char *name, const char *text)
{
    if (text) {
        qdict_put_str(args, name, text);
    }
}

static void put_bool(QDict *args, const char *name, bool has, bool value)
{
    if (has) {
        qdict_put_bool(args, name, value);
    }
}

static void put_common(QDict *args, const ChardevCommon *common)
{
    put_text(args, "logfile", common->logfile);
    put_bool(args, "logappend", common->has_logappend, common->logappend);
}

static void put_file(QDict *args, const ChardevFile *file)
{
    put_common(args, qapi_ChardevFile_base(file));
    qdict_put_str(args, "path", file->out);
    put_bool(args, "append", file->has_append, file->append);
}

static void put_ring(QDict *args, const ChardevRingbuf *ring)
{
    put_common(args, qapi_ChardevRingbuf_base(ring));
    if (ring->has_size) {
        qdict_put_int(args, "size", ring->size);
    }
}

static void put_address(QDict *args, const SocketAddressLegacy *addr)
{
    switch (addr->type) {
    case SOCKET_ADDRESS_TYPE_INET:
        qdict_put_str(args, "host", addr->u.inet.data->host);
        qdict_put_str(args, "port", addr->u.inet.data->port);
        break;
    case SOCKET_ADDRESS_TYPE_UNIX:
        qdict_put_str(args, "path", addr->u.q_unix.data->path);
        break;
    case SOCKET_ADDRESS_TYPE_FD:
        qdict_put_str(args, "fd", addr->u.fd.data->str);
        break;
    default:
        g_assert_not_reached();
    }
}

static void put_socket(QDict *args, const ChardevSocket *socket)
{
    bool server = !socket->has_server || socket->server;

    put_common(args, qapi_ChardevSocket_base(socket));
    put_address(args, socket->addr);
    qdict_put_bool(args, "server", server);
    put_bool(args, "wait", server || socket->has_wait, socket->has_wait && socket->wait);
    qdict_put_bool(args, "nodelay", socket->has_nodelay && socket->nodelay);
}

QDict *chardev_backend_to_args(const char *id, const ChardevBackend *backend)
{
    QDict *args = qdict_new();

    qdict_put_str(args, "backend", ChardevBackendKind_str(backend->type));
    qdict_put_str(args, "id", id);
    switch (backend->type) {
    case CHARDEV_BACKEND_KIND_FILE:
        put_file(args, backend->u.file.data);
        break;
    case CHARDEV_BACKEND_KIND_MEMORY:
    case CHARDEV_BACKEND_KIND_RINGBUF:
        put_ring(args, backend->u.ringbuf.data);
        break;
    case CHARDEV_BACKEND_KIND_NULL:
    case CHARDEV_BACKEND_KIND_PTY:
        put_common(args, backend->u.null.data);
        break;
    case CHARDEV_BACKEND_KIND_PIPE:
        put_common(args, qapi_ChardevHostdev_base(backend->u.pipe.data));
        qdict_put_str(args, "path", backend->u.pipe.data->device);
        break;
    case CHARDEV_BACKEND_KIND_SOCKET:
        put_socket(args, backend->u.socket.data);
        break;
    case CHARDEV_BACKEND_KIND_STDIO:
        put_common(args, qapi_ChardevStdio_base(backend->u.stdio.data));
        put_bool(args, "signal", backend->u.stdio.data->has_signal, backend->u.stdio.data->signal);
        break;
    default:
        g_assert_not_reached();
    }
    return args;
}
