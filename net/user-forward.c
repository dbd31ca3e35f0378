/*
 * Ports of the host that lead into a user network.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user.h"

#include <errno.h>
#include <string.h>

typedef struct Endpoint {
    struct in_addr address; /* 0: any, or the guest */
    int port;
} Endpoint;

static bool parse_endpoint(const char *address, const char *port, unsigned min_port, Endpoint *end)
{
    uint64_t number;
    end->address.s_addr = INADDR_ANY;
    if ((*address && inet_pton(AF_INET, address, &end->address) != 1) ||
        !g_ascii_string_to_unsigned(port, 10, min_port, UINT16_MAX, &number, NULL)) {
        return false;
    }
    end->port = (int)number;
    return true;
}

/* [tcp|udp]:[ADDR]:PORT; port 0 is any that is free. */
static bool parse_host(const char *text, bool *is_udp, Endpoint *end)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 4);
    if (g_strv_length(parts) != 3) {
        return false;
    }
    *is_udp = g_str_equal(parts[0], "udp");
    return (*is_udp || !*parts[0] || g_str_equal(parts[0], "tcp")) &&
           parse_endpoint(parts[1], parts[2], 0, end);
}

/* [ADDR]:PORT */
static bool parse_guest(const char *text, Endpoint *end)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 3);
    return g_strv_length(parts) == 2 && parse_endpoint(parts[0], parts[1], 1, end);
}

bool user_net_forward(UserNet *net, const char *rule, Error **errp)
{
    g_auto(GStrv) halves = g_strsplit(rule, "-", 3);
    Endpoint host, guest;
    bool is_udp;
    if (g_strv_length(halves) != 2 || !parse_host(halves[0], &is_udp, &host) ||
        !parse_guest(halves[1], &guest)) {
        error_setg(errp,
                   "Invalid host forwarding rule '%s'; expected is "
                   "[tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT",
                   rule);
        return false;
    }
    if (slirp_add_hostfwd(net->slirp, is_udp, host.address, host.port, guest.address, guest.port) <
        0) {
        error_setg(errp, "Could not set up host forwarding rule '%s': %s", rule, g_strerror(errno));
        return false;
    }
    user_poll_kick(net);
    return true;
}

bool user_net_forward_end(UserNet *net, const char *rule, Error **errp)
{
    Endpoint host;
    bool is_udp;
    if (!parse_host(rule, &is_udp, &host)) {
        error_setg(errp, "Invalid host forwarding rule '%s'; expected is [tcp|udp]:[ADDR]:PORT",
                   rule);
        return false;
    }
    if (slirp_remove_hostfwd(net->slirp, is_udp, host.address, host.port) < 0) {
        error_setg(errp, "host forwarding rule for %s not found", rule);
        return false;
    }
    user_poll_kick(net);
    return true;
}
