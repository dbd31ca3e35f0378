/*
 * QMP commands of the VNC server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include "qapi/qapi-commands-vnc.h"
#include "qapi/qapi-visit-vnc.h"
#include "qapi/util.h"

#include <string.h>

/* ---- queries ---- */

static VncClientInfoList *list_clients(const VncServer *server)
{
    VncClientInfoList *list = NULL, **tail = &list;

    for (GList *it = server->clients.head; it; it = it->next) {
        const VncBasicInfo *address = ((VncClient *)it->data)->address;
        VncClientInfo *info = g_new0(VncClientInfo, 1);

        info->host = g_strdup(address->host);
        info->service = g_strdup(address->service);
        info->family = address->family;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

VncInfo *coroutine_fn qmp_query_vnc(Error **errp)
{
    VncInfo *info = g_new0(VncInfo, 1);
    const VncServer *server = vnc_server_find(NULL, NULL);
    const VncListener *listener;

    if (!server || !server->listeners->len) {
        return info;
    }
    listener = g_ptr_array_index(server->listeners, 0);
    info->enabled = true;
    info->host = g_strdup(listener->address->host);
    info->service = g_strdup(listener->address->service);
    info->has_family = true;
    info->family = listener->address->family;
    info->auth = g_strdup(VncPrimaryAuth_str(server->auth));
    info->clients = list_clients(server);
    return info;
}

static VncServerInfo2List *list_listeners(const VncServer *server)
{
    VncServerInfo2List *list = NULL, **tail = &list;

    for (guint i = 0; i < server->listeners->len; i++) {
        const VncListener *listener = g_ptr_array_index(server->listeners, i);
        VncServerInfo2 *info = g_new0(VncServerInfo2, 1);

        info->host = g_strdup(listener->address->host);
        info->service = g_strdup(listener->address->service);
        info->family = listener->address->family;
        info->auth = server->auth;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

VncInfo2List *coroutine_fn qmp_query_vnc_servers(Error **errp)
{
    const GPtrArray *servers = vnc_servers();
    VncInfo2List *list = NULL, **tail = &list;

    for (guint i = 0; servers && i < servers->len; i++) {
        const VncServer *server = g_ptr_array_index(servers, i);
        VncInfo2 *info = g_new0(VncInfo2, 1);

        info->id = g_strdup(server->id);
        info->server = list_listeners(server);
        info->clients = list_clients(server);
        info->auth = server->auth;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

/* ---- passwords ---- */

static void set_password(VncServer *server, const char *password, Error **errp)
{
    if (server->auth != VNC_PRIMARY_AUTH_VNC) {
        error_setg(errp, "Could not set password: VNC server '%s' was started without password=on",
                   server->id);
        return;
    }
    g_free(server->password);
    server->password = g_strdup(password);
    server->expires = INT64_MAX;
}

void coroutine_fn qmp_set_password(SetPasswordOptions *arg, Error **errp)
{
    VncServer *server = vnc_server_find(arg->u.vnc.display, errp);

    if (!server) {
        error_prepend(errp, "Could not set password: ");
        return;
    }
    set_password(server, arg->password, errp);
}

void coroutine_fn qmp_change_vnc_password(const char *password, Error **errp)
{
    VncServer *server = vnc_server_find(NULL, errp);

    if (!server) {
        error_prepend(errp, "Could not set password: ");
        return;
    }
    set_password(server, password, errp);
}

/* Nanoseconds since 1970; what lies beyond their range is as good as never. */
static bool parse_time(const char *text, int64_t *expires, Error **errp)
{
    bool relative = text[0] == '+';
    guint64 seconds;

    if (g_str_equal(text, "never")) {
        *expires = INT64_MAX;
        return true;
    }
    if (g_str_equal(text, "now")) {
        *expires = wall_clock_now();
        return true;
    }
    if (!g_ascii_string_to_unsigned(text + relative, 10, 0, UINT64_MAX, &seconds, NULL)) {
        error_setg(errp,
                   "Parameter 'time' expects 'now', 'never', '+SECONDS' or the seconds since "
                   "1970, not '%s'",
                   text);
        return false;
    }
    if (seconds >= (uint64_t)INT64_MAX / NS_PER_SEC / 2) {
        *expires = INT64_MAX;
    } else {
        *expires = seconds * NS_PER_SEC + (relative ? wall_clock_now() : 0);
    }
    return true;
}

void coroutine_fn qmp_expire_password(ExpirePasswordOptions *arg, Error **errp)
{
    VncServer *server = vnc_server_find(arg->u.vnc.display, errp);
    int64_t expires;

    if (!server) {
        error_prepend(errp, "Could not set password expire time: ");
        return;
    }
    if (parse_time(arg->time, &expires, errp)) {
        server->expires = expires;
    }
}
