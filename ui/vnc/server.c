/*
 * VNC servers: listening, and the end of it all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include "chardev/socket-address.h"

#include <unistd.h>

static GPtrArray *servers; /* VncServer */

const GPtrArray *vnc_servers(void)
{
    return servers;
}

VncServer *vnc_server_find(const char *id, Error **errp)
{
    for (guint i = 0; servers && i < servers->len; i++) {
        VncServer *server = g_ptr_array_index(servers, i);

        if (!id || g_str_equal(server->id, id)) {
            return server;
        }
    }
    if (id && servers) {
        error_setg(errp, "There is no VNC server '%s'; 'query-vnc-servers' lists them", id);
    } else {
        error_setg(errp, "There is no VNC server; -vnc starts one");
    }
    return NULL;
}

/* ---- listening ---- */

static void on_accept(int fd, void *opaque)
{
    VncListener *listener = opaque;

    vnc_client_new(listener->server, listener->address, fd, false);
}

bool vnc_add_client(int fd, bool skip_auth, Error **errp)
{
    VncServer *server = vnc_server_find(NULL, errp);
    VncBasicInfo *address;

    if (!server || !socket_adopt(fd, false, errp)) {
        close(fd);
        return false;
    }
    address = vnc_address_of(fd, false);
    vnc_client_new(server, address, fd, skip_auth);
    qapi_free_VncBasicInfo(address);
    return true;
}

static void listener_destroy(gpointer data)
{
    VncListener *listener = data;

    listener_free(listener->listener);
    qapi_free_VncBasicInfo(listener->address);
    g_free(listener);
}

static void add_listener(VncServer *server, int fd, const char *path)
{
    VncListener *listener = g_new0(VncListener, 1);

    listener->server = server;
    listener->address = vnc_address_of(fd, false);
    listener->listener = listener_new(fd, on_accept, listener);
    if (path) {
        listener_own_path(listener->listener, path);
    }
    listener_set_loop(listener->listener, main_loop());
    g_ptr_array_add(server->listeners, listener);
}

/* Try one port after the other, up to the last allowed. */
static int listen_somewhere(const VncOptions *options, int fds[SOCKET_FDS_MAX], Error **errp)
{
    SocketTarget target = { .path = options->path, .host = options->host };
    int n = 0;

    for (unsigned port = options->port; !n && port <= options->port_to; port++) {
        g_autofree char *text = g_strdup_printf("%u", port);

        target.port = text;
        n = socket_listen(&target, fds, port == options->port_to ? errp : NULL);
    }
    return n;
}

/* ---- life ---- */

static char *choose_id(const VncOptions *options)
{
    guint count = servers ? servers->len : 0;

    if (options->id) {
        return g_strdup(options->id);
    }
    return count ? g_strdup_printf("vnc%u", count + 1) : g_strdup("default");
}

static bool check_id(const char *id, Error **errp)
{
    for (guint i = 0; servers && i < servers->len; i++) {
        if (g_str_equal(((VncServer *)g_ptr_array_index(servers, i))->id, id)) {
            error_setg(errp, "Parameter 'id' expects an identifier of its own; '%s' is in use", id);
            return false;
        }
    }
    return true;
}

static VncServer *server_new(const VncOptions *options, char *id)
{
    VncServer *server = g_new0(VncServer, 1);

    server->id = id;
    server->share = options->share;
    server->auth = options->password ? VNC_PRIMARY_AUTH_VNC : VNC_PRIMARY_AUTH_NONE;
    server->expires = INT64_MAX;
    server->listeners = g_ptr_array_new_with_free_func(listener_destroy);
    return server;
}

bool vnc_server_start(const VncOptions *options, Error **errp)
{
    g_autofree char *id = choose_id(options);
    int fds[SOCKET_FDS_MAX];
    VncServer *server;
    int n = 0;

    if (!check_id(id, errp) || !vnc_viewers_init(errp)) {
        return false;
    }
    if (!options->nowhere) {
        n = listen_somewhere(options, fds, errp);
        if (!n) {
            return false;
        }
    }
    server = server_new(options, g_steal_pointer(&id));
    for (int i = 0; i < n; i++) {
        add_listener(server, fds[i], options->path);
    }
    vnc_refresh_start(server);
    if (!servers) {
        servers = g_ptr_array_new();
    }
    g_ptr_array_add(servers, server);
    return true;
}

static void server_finish(VncServer *server)
{
    GList *next;

    g_ptr_array_set_size(server->listeners, 0);
    for (GList *it = server->clients.head; it; it = next) {
        next = it->next;
        vnc_client_close(it->data);
    }
    while (!g_queue_is_empty(&server->clients)) {
        event_loop_iterate(main_loop(), true);
    }
    vnc_refresh_finish(server);
    g_ptr_array_unref(server->listeners);
    g_free(server->password);
    g_free(server->id);
    g_free(server);
}

void no_coroutine_fn vnc_servers_finish(void)
{
    while (servers && servers->len) {
        server_finish(g_ptr_array_steal_index(servers, servers->len - 1));
    }
    g_clear_pointer(&servers, g_ptr_array_unref);
}
