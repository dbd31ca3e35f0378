/*
 * The life of a connection, and who may be there at the same time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include "qapi/qapi-events-vnc.h"
#include "qapi/qapi-visit-vnc.h"
#include "qapi/util.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- events ---- */

typedef void ClientEventFn(VncServerInfo *server, VncClientInfo *client);

static void send_event(const VncClient *client, ClientEventFn *send)
{
    VncServerInfo server = {
        .host = client->server_address->host,
        .service = client->server_address->service,
        .family = client->server_address->family,
        .auth = (char *)VncPrimaryAuth_str(client->server->auth),
    };
    VncClientInfo info = {
        .host = client->address->host,
        .service = client->address->service,
        .family = client->address->family,
    };

    send(&server, &info);
}

static void send_connected(VncServerInfo *server, VncClientInfo *client)
{
    qapi_event_send_vnc_connected(server, qapi_VncClientInfo_base(client));
}

/* ---- coming and going ---- */

static bool is_viewing(const VncClient *client)
{
    return client->stage == VNC_STAGE_VIEWING;
}

/* Everybody who connects gets a chance; those who say nothing for long lose theirs. */
static void limit_handshakes(VncServer *server)
{
    VncClient *oldest = NULL;
    int count = 0;

    for (GList *it = server->clients.head; it; it = it->next) {
        if (!is_viewing(it->data)) {
            oldest = oldest ? oldest : it->data;
            count++;
        }
    }
    if (count >= VNC_HANDSHAKES_MAX) {
        vnc_client_close(oldest);
    }
}

static void set_socket_options(int fd)
{
    int one = 1;

    /* They fail on UNIX sockets, which need neither. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

void vnc_client_new(VncServer *server, const VncBasicInfo *server_address, int fd, bool skip_auth)
{
    VncClient *client = g_new0(VncClient, 1);

    limit_handshakes(server);
    set_socket_options(fd);
    client->server = server;
    client->fd = fd;
    client->skip_auth = skip_auth;
    client->server_address = QAPI_CLONE(VncBasicInfo, server_address);
    client->address = vnc_address_of(fd, true);
    g_queue_push_tail(&server->clients, client);
    send_event(client, send_connected);
    vnc_handshake_begin(client);
}

static void client_free(VncClient *client)
{
    send_event(client, qapi_event_send_vnc_disconnected);
    g_queue_remove(&client->server->clients, client);
    close(client->fd);
    qapi_free_VncBasicInfo(client->server_address);
    qapi_free_VncBasicInfo(client->address);
    g_free(client);
}

void vnc_client_close(VncClient *client)
{
    if (client->viewer) {
        vnc_viewer_stop(client->viewer);
        return;
    }
    if (!is_viewing(client)) {
        vnc_handshake_end(client);
    }
    client_free(client);
}

void vnc_client_viewer_ended(VncClient *client)
{
    vnc_client_release_all(client);
    vnc_viewer_free(g_steal_pointer(&client->viewer));
    client_free(client);
}

/* ---- sharing ---- */

/* Disconnect those who cannot be there together with @client. */
static void make_room(VncClient *client)
{
    GList *next;

    for (GList *it = client->server->clients.head; it; it = next) {
        VncClient *other = it->data;

        next = it->next;
        if (other != client && is_viewing(other) && (client->exclusive || other->exclusive)) {
            vnc_client_close(other);
        }
    }
}

void vnc_client_initialized(VncClient *client, bool shared)
{
    VncServer *server = client->server;

    vnc_handshake_end(client);
    client->stage = VNC_STAGE_VIEWING;
    client->exclusive = !shared && server->share != VNC_SHARE_IGNORE;
    if (client->exclusive && server->share == VNC_SHARE_FORCE_SHARED) {
        vnc_client_close(client);
        return;
    }
    make_room(client);
    client->viewer = vnc_viewer_start(client);
    if (!client->viewer) {
        vnc_client_close(client);
        return;
    }
    send_event(client, qapi_event_send_vnc_initialized);
}
