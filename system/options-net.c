/*
 * Options of the network.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options-internal.h"

#include "net/net.h"

bool opt_netdev(Config *config, const char *arg, Error **errp)
{
    bool is_json;
    QDict *props = netdev_parse(arg, &is_json, errp);

    if (!props) {
        return false;
    }
    config_add_object(config->netdevs, props, !is_json, arg);
    return true;
}

/* There is no device that comes by itself. */
bool opt_nic(Config *config, const char *arg, Error **errp)
{
    if (!g_str_equal(arg, "none")) {
        error_setg(errp,
                   "Parameter 'type' does not accept value '%s'; accepted is: none (use "
                   "-netdev and -device)",
                   arg);
        return false;
    }
    return true;
}
