/*
 * NICs: what they send and receive, and whether they are plugged in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "net-internal.h"

#include <string.h>

#define WAITING_MAX 256 /* frames */

const GPtrArray *net_nics(void)
{
    static GPtrArray *all;
    if (!all) {
        all = g_ptr_array_new();
    }
    return all;
}

/* ---- coming and going ---- */

static bool find_backend(const char *netdev, NetBackend **backend, Error **errp)
{
    *backend = net_backend_find(netdev);
    if (!*backend) {
        error_setg(errp, "Property 'netdev' can't find value '%s': there is no such -netdev",
                   netdev);
        return false;
    }
    if ((*backend)->nic) {
        error_setg(errp, "Property 'netdev' can't take value '%s', it's in use by '%s'", netdev,
                   (*backend)->nic->name);
        return false;
    }
    return true;
}

NetNic *net_nic_new(const NetNicInfo *info, const uint8_t *mac, Error **errp)
{
    NetBackend *backend = NULL;
    if (info->netdev && !find_backend(info->netdev, &backend, errp)) {
        return NULL;
    }
    NetNic *nic = g_new0(NetNic, 1);
    nic->name = g_strdup(info->name);
    nic->model = g_strdup(info->model);
    nic->ops = info->ops;
    nic->opaque = info->opaque;
    nic->backend = backend;
    net_nic_set_mac(nic, mac);
    g_queue_init(&nic->waiting);
    if (backend) {
        backend->nic = nic;
    }
    g_ptr_array_add((GPtrArray *)net_nics(), nic);
    return nic;
}

void net_nic_free(NetNic *nic)
{
    if (!nic) {
        return;
    }
    g_ptr_array_remove((GPtrArray *)net_nics(), nic);
    if (nic->backend) {
        nic->backend->nic = NULL;
    }
    net_nic_purge(nic);
    g_free(nic->name);
    g_free(nic->model);
    g_free(nic);
}

void net_nic_set_mac(NetNic *nic, const uint8_t *mac)
{
    memcpy(nic->mac, mac, NET_MAC_SIZE);
}

/* ---- frames ---- */

void net_nic_send(NetNic *nic, const uint8_t *frame, size_t length)
{
    if (length < NET_FRAME_MIN || length > NET_FRAME_MAX || !nic->backend ||
        !net_nic_link_is_up(nic)) {
        nic->dropped++;
        return;
    }
    nic->backend->ops->send(nic->backend, frame, length);
}

/* False: it has to wait. */
static bool offer(NetNic *nic, const uint8_t *frame, size_t length)
{
    NetTaken taken = nic->ops->receive(nic->opaque, frame, length);
    nic->dropped += taken == NET_DROPPED;
    return taken != NET_LATER;
}

void net_nic_deliver(NetNic *nic, const uint8_t *frame, size_t length)
{
    if (length > NET_FRAME_MAX || !net_nic_link_is_up(nic)) {
        nic->dropped++;
    } else if (nic->waiting.length == 0 && offer(nic, frame, length)) {
        return;
    } else if (nic->waiting.length < WAITING_MAX) {
        g_queue_push_tail(&nic->waiting, g_bytes_new(frame, length));
    } else {
        nic->dropped++;
    }
}

void net_nic_flush(NetNic *nic)
{
    GBytes *frame;
    while ((frame = g_queue_peek_head(&nic->waiting))) {
        size_t length;
        const uint8_t *data = g_bytes_get_data(frame, &length);
        if (!offer(nic, data, length)) {
            return;
        }
        g_bytes_unref(g_queue_pop_head(&nic->waiting));
    }
}

void net_nic_purge(NetNic *nic)
{
    nic->dropped += nic->waiting.length;
    g_queue_clear_full(&nic->waiting, (GDestroyNotify)g_bytes_unref);
}

uint64_t net_nic_dropped(const NetNic *nic)
{
    return nic->dropped;
}

/* ---- the cable ---- */

bool net_nic_link_is_up(const NetNic *nic)
{
    return !nic->link_down && !(nic->backend && nic->backend->link_down);
}

static void link_changed(NetNic *nic)
{
    if (!net_nic_link_is_up(nic)) {
        net_nic_purge(nic);
    }
    nic->ops->link_changed(nic->opaque);
}

static NetNic *find_nic(const char *name)
{
    const GPtrArray *all = net_nics();
    for (guint i = 0; i < all->len; i++) {
        NetNic *nic = g_ptr_array_index(all, i);
        if (g_str_equal(nic->name, name)) {
            return nic;
        }
    }
    return NULL;
}

bool net_set_link(const char *name, bool up, Error **errp)
{
    NetNic *nic = find_nic(name);
    NetBackend *backend = nic ? NULL : net_backend_find(name);
    if (!nic && !backend) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", name);
        return false;
    }
    bool *down = nic ? &nic->link_down : &backend->link_down;
    if (*down == up) {
        *down = !up;
        nic = nic ? nic : backend->nic;
        if (nic) {
            link_changed(nic);
        }
    }
    return true;
}
