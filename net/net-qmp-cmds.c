/*
 * QMP commands of the network.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "net-internal.h"

#include "qapi/qapi-commands-net.h"

void coroutine_fn qmp_netdev_add(Netdev *options, Error **errp)
{
    net_backend_create(options, errp);
}

void coroutine_fn qmp_netdev_del(const char *id, Error **errp)
{
    net_backend_delete(id, errp);
}

void coroutine_fn qmp_set_link(const char *name, bool up, Error **errp)
{
    net_set_link(name, up, errp);
}
