/*
 * HMP commands of the network.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user.h"

#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"

#include <inttypes.h>

void coroutine_fn hmp_netdev_add(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;
    bool is_json;
    g_autoptr(QDict) options = netdev_parse(qdict_get_str(args, "netdev"), &is_json, &err);
    if (options) {
        netdev_create(options, is_json, &err);
    }
    hmp_handle_error(hmp, err);
}

/* ---- info network, info usernet ---- */

static void print_backend(Hmp *hmp, const NetBackend *backend, const char *before)
{
    g_autofree char *text = backend->ops->describe(backend);
    hmp_printf(hmp, "%s%s: index=0,type=%s,%s%s\n", before, backend->id, backend->ops->type, text,
               backend->link_down ? ",link=down" : "");
}

static void print_nic(Hmp *hmp, const NetNic *nic)
{
    g_autofree char *mac = net_mac_format(nic->mac);
    hmp_printf(hmp, "%s: index=0,type=nic,model=%s,macaddr=%s%s", nic->name, nic->model, mac,
               nic->link_down ? ",link=down" : "");
    if (nic->dropped) {
        hmp_printf(hmp, ",dropped=%" PRIu64, nic->dropped);
    }
    hmp_puts(hmp, "\n");
    if (nic->backend) {
        print_backend(hmp, nic->backend, " \\ ");
    }
}

void coroutine_fn hmp_info_network(Hmp *hmp, const QDict *args)
{
    const GPtrArray *nics = net_nics();
    const GPtrArray *backends = net_backends();
    for (guint i = 0; i < nics->len; i++) {
        print_nic(hmp, g_ptr_array_index(nics, i));
    }
    for (guint i = 0; i < backends->len; i++) {
        const NetBackend *backend = g_ptr_array_index(backends, i);
        if (!backend->nic) {
            print_backend(hmp, backend, "");
        }
    }
}

void coroutine_fn hmp_info_usernet(Hmp *hmp, const QDict *args)
{
    const GPtrArray *backends = net_backends();
    for (guint i = 0; i < backends->len; i++) {
        UserNet *net = user_net_of(g_ptr_array_index(backends, i));
        if (net) {
            g_autofree char *text = slirp_connection_info(net->slirp);
            hmp_printf(hmp, "%s:\n%s", net->base.id, text);
        }
    }
}

/* ---- hostfwd_add, hostfwd_remove ---- */

/* The one that is named, or the first. */
static UserNet *find_user_net(const char *id, Error **errp)
{
    const GPtrArray *backends = net_backends();
    for (guint i = 0; i < backends->len; i++) {
        UserNet *net = user_net_of(g_ptr_array_index(backends, i));
        if (net && (!id || g_str_equal(id, net->base.id))) {
            return net;
        }
    }
    if (id) {
        error_setg(errp, "unrecognized netdev id '%s'", id);
    } else {
        error_setg(errp, "there is no -netdev of type user");
    }
    return NULL;
}

typedef bool ForwardFn(UserNet *net, const char *rule, Error **errp);

static void forward(Hmp *hmp, const QDict *args, ForwardFn *fn)
{
    const char *first = qdict_get_str(args, "first");
    const char *second = qdict_get_str(args, "second");
    Error *err = NULL;
    UserNet *net = find_user_net(second ? first : NULL, &err);
    if (net) {
        fn(net, second ? second : first, &err);
    }
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_hostfwd_add(Hmp *hmp, const QDict *args)
{
    forward(hmp, args, user_net_forward);
}

void coroutine_fn hmp_hostfwd_remove(Hmp *hmp, const QDict *args)
{
    forward(hmp, args, user_net_forward_end);
}
