/*
 * Packet back ends: making them, finding them, and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "net-internal.h"
#include "user.h"

#include "util/id.h"

const GPtrArray *net_backends(void)
{
    static GPtrArray *all;
    if (!all) {
        all = g_ptr_array_new();
    }
    return all;
}

NetBackend *net_backend_find(const char *id)
{
    const GPtrArray *all = net_backends();
    for (guint i = 0; i < all->len; i++) {
        NetBackend *backend = g_ptr_array_index(all, i);
        if (g_str_equal(backend->id, id)) {
            return backend;
        }
    }
    return NULL;
}

bool net_backend_create(const Netdev *options, Error **errp)
{
    if (!id_check(options->id, errp)) {
        return false;
    }
    if (net_backend_find(options->id)) {
        error_setg(errp, "Duplicate ID '%s' for netdev", options->id);
        return false;
    }
    NetBackend *backend = user_net_new(&options->u.user, errp);
    if (!backend) {
        return false;
    }
    backend->id = g_strdup(options->id);
    g_ptr_array_add((GPtrArray *)net_backends(), backend);
    return true;
}

bool net_backend_delete(const char *id, Error **errp)
{
    NetBackend *backend = net_backend_find(id);
    if (!backend) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", id);
        return false;
    }
    if (backend->nic) {
        error_setg(errp, "Netdev '%s' is in use by '%s'", id, backend->nic->name);
        return false;
    }
    g_ptr_array_remove((GPtrArray *)net_backends(), backend);
    g_free(g_steal_pointer(&backend->id));
    backend->ops->free(backend);
    return true;
}

void net_backend_deliver(NetBackend *backend, const uint8_t *frame, size_t length)
{
    if (backend->nic) {
        net_nic_deliver(backend->nic, frame, length);
    } else {
        backend->dropped++;
    }
}
