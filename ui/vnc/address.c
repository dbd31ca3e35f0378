/*
 * The addresses of sockets, as query-vnc and the events tell them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static VncBasicInfo *new_info(const char *host, const char *service, NetworkAddressFamily family)
{
    VncBasicInfo *info = g_new0(VncBasicInfo, 1);

    info->host = g_strdup(host);
    info->service = g_strdup(service);
    info->family = family;
    return info;
}

static VncBasicInfo *inet_info(int family, const void *address, in_port_t port)
{
    g_autofree char *service = g_strdup_printf("%u", ntohs(port));
    char host[INET6_ADDRSTRLEN] = "";

    inet_ntop(family, address, host, sizeof(host));
    return new_info(host, service,
                    family == AF_INET6 ? NETWORK_ADDRESS_FAMILY_IPV6 : NETWORK_ADDRESS_FAMILY_IPV4);
}

VncBasicInfo *vnc_address_of(int fd, bool peer)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    } addr = { 0 };
    socklen_t len = sizeof(addr) - 1; /* a path is not always terminated */

    if ((peer ? getpeername : getsockname)(fd, &addr.any, &len) < 0) {
        return new_info("", "", NETWORK_ADDRESS_FAMILY_UNIX); /* gone already */
    }
    switch (addr.any.sa_family) {
    case AF_INET:
        return inet_info(AF_INET, &addr.in.sin_addr, addr.in.sin_port);
    case AF_INET6:
        return inet_info(AF_INET6, &addr.in6.sin6_addr, addr.in6.sin6_port);
    default:
        return new_info("", addr.un.sun_path, NETWORK_ADDRESS_FAMILY_UNIX);
    }
}
