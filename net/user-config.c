/*
 * What -netdev user is told, checked and in libslirp's words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user.h"

#include <stdlib.h>
#include <string.h>

/* The options behind these names; RFC 2132 has room for more, libslirp has not. */
#define HOSTNAME_MAX 32
#define BOOTFILE_MAX 127
#define MIN_BITS     8
#define MAX_BITS     27 /* the first address given out is the fifteenth */

/* In the order of the host. */
enum { DEFAULT_NETWORK = 0x0a000200, DEFAULT_BITS = 24 };
enum { HOST_NUMBER = 2, DNS_NUMBER = 3, DHCP_NUMBER = 15 };

static bool parse_address(const char *name, const char *text, struct in_addr *address, Error **errp)
{
    if (inet_pton(AF_INET, text, address) != 1) {
        error_setg(errp, "Parameter '%s' expects an IPv4 address, not '%s'", name, text);
        return false;
    }
    return true;
}

static unsigned class_bits(uint32_t network)
{
    return !(network >> 31) ? 8 : !(network >> 30 & 1) ? 16 : 24;
}

/* "24" or "255.255.255.0" */
static bool parse_bits(const char *text, unsigned *bits)
{
    struct in_addr mask;
    uint64_t number;
    if (inet_pton(AF_INET, text, &mask) == 1) {
        uint32_t host_part = ~ntohl(mask.s_addr);
        number = 32u - (unsigned)__builtin_popcount(host_part);
        if (host_part & (host_part + 1)) {
            return false;
        }
    } else if (!g_ascii_string_to_unsigned(text, 10, 0, 32, &number, NULL)) {
        return false;
    }
    *bits = (unsigned)number;
    return number >= MIN_BITS && number <= MAX_BITS;
}

static bool parse_network(const char *text, uint32_t *network, uint32_t *mask, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    struct in_addr address;
    unsigned bits;
    if (!parse_address("net", parts[0] ? parts[0] : "", &address, errp)) {
        return false;
    }
    bits = class_bits(ntohl(address.s_addr));
    if (parts[1] && !parse_bits(parts[1], &bits)) {
        error_setg(errp,
                   "Parameter 'net' expects ADDRESS/BITS or ADDRESS/MASK with %u to %u bits, "
                   "not '%s'",
                   MIN_BITS, MAX_BITS, text);
        return false;
    }
    *mask = UINT32_MAX << (32 - bits);
    *network = ntohl(address.s_addr) & *mask;
    return true;
}

/* @text, or number @number in the network. */
static bool choose(const char *name, const char *text, const SlirpConfig *config, unsigned number,
                   struct in_addr *address, Error **errp)
{
    address->s_addr = htonl(ntohl(config->vnetwork.s_addr) + number);
    return !text || parse_address(name, text, address, errp);
}

static bool check_inside(const char *name, const SlirpConfig *config, struct in_addr address,
                         Error **errp)
{
    uint32_t number = address.s_addr & ~config->vnetmask.s_addr;
    if ((address.s_addr & config->vnetmask.s_addr) != config->vnetwork.s_addr || number == 0 ||
        number == ~config->vnetmask.s_addr) {
        g_autofree char *network = g_strdup(inet_ntoa(config->vnetwork));
        error_setg(errp, "Parameter '%s' expects an address in the network, %s/%d, not '%s'", name,
                   network, __builtin_popcount(config->vnetmask.s_addr), inet_ntoa(address));
        return false;
    }
    return true;
}

static bool check_different(const char *name, struct in_addr address, const char *other,
                            struct in_addr other_address, Error **errp)
{
    if (address.s_addr == other_address.s_addr) {
        error_setg(errp, "Parameter '%s' expects another address than that of '%s', %s", name,
                   other, inet_ntoa(address));
        return false;
    }
    return true;
}

static bool configure_addresses(SlirpConfig *config, const NetdevUserOptions *options, Error **errp)
{
    uint32_t network = DEFAULT_NETWORK, mask = UINT32_MAX << (32 - DEFAULT_BITS);
    if (options->net && !parse_network(options->net, &network, &mask, errp)) {
        return false;
    }
    config->vnetwork.s_addr = htonl(network);
    config->vnetmask.s_addr = htonl(mask);
    return choose("host", options->host, config, HOST_NUMBER, &config->vhost, errp) &&
           choose("dns", options->dns, config, DNS_NUMBER, &config->vnameserver, errp) &&
           choose("dhcpstart", options->dhcpstart, config, DHCP_NUMBER, &config->vdhcp_start,
                  errp) &&
           check_inside("host", config, config->vhost, errp) &&
           check_inside("dhcpstart", config, config->vdhcp_start, errp) &&
           check_different("dns", config->vnameserver, "host", config->vhost, errp) &&
           check_different("dhcpstart", config->vdhcp_start, "host", config->vhost, errp) &&
           check_different("dhcpstart", config->vdhcp_start, "dns", config->vnameserver, errp);
}

static bool check_length(const char *name, const char *text, size_t max, Error **errp)
{
    if (text && (!*text || strlen(text) > max)) {
        error_setg(errp, "Parameter '%s' expects 1 to %zu bytes, not '%s'", name, max, text);
        return false;
    }
    return true;
}

bool user_net_configure(SlirpConfig *config, const NetdevUserOptions *options, Error **errp)
{
    *config = (SlirpConfig){
        .version = SLIRP_CONFIG_VERSION_MIN,
        .restricted = options->has_q_restrict && options->q_restrict,
        .in_enabled = true,
        .in6_enabled = !options->has_ipv6 || options->ipv6,
        .vprefix_len = 64,
        .vhostname = options->hostname,
        .tftp_path = options->tftp,
        .bootfile = options->bootfile,
    };
    inet_pton(AF_INET6, "fec0::", &config->vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &config->vhost6);
    inet_pton(AF_INET6, "fec0::3", &config->vnameserver6);
    return check_length("hostname", options->hostname, HOSTNAME_MAX, errp) &&
           check_length("bootfile", options->bootfile, BOOTFILE_MAX, errp) &&
           configure_addresses(config, options, errp);
}
