/*
 * The addresses of sockets, as query-vnc and the events tell them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include <netdb.h>
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

VncBasicInfo *vnc_address_of(int fd, bool peer)
{
    struct sockaddr_storage storage = { 0 };
    struct sockaddr *addr = (struct sockaddr *)&storage;
    socklen_t len = sizeof(storage) - 1; /* a path is not always terminated */
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if ((peer ? getpeername : getsockname)(fd, addr, &len) < 0) {
        return new_info("", "", NETWORK_ADDRESS_FAMILY_UNIX); /* gone already */
    }
    if (addr->sa_family == AF_UNIX) {
        return new_info("", ((struct sockaddr_un *)addr)->sun_path, NETWORK_ADDRESS_FAMILY_UNIX);
    }
    if (getnameinfo(addr, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        host[0] = port[0] = '\0';
    }
    return new_info(host, port,
                    addr->sa_family == AF_INET6 ? NETWORK_ADDRESS_FAMILY_IPV6
                                                : NETWORK_ADDRESS_FAMILY_IPV4);
}
