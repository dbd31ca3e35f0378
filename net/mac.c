/*
 * Addresses of NICs (IEEE 802, 8.2: MAC-48).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "net-internal.h"

#include <string.h>

enum { GROUP_BIT = 1 }; /* of the first byte: no station's own */

bool net_mac_parse(const char *text, uint8_t *mac, Error **errp)
{
    bool ok = strlen(text) == 3 * NET_MAC_SIZE - 1;
    for (unsigned i = 0; ok && i < NET_MAC_SIZE; i++) {
        const char *pair = &text[3 * i];
        ok = g_ascii_isxdigit(pair[0]) && g_ascii_isxdigit(pair[1]) &&
             (pair[2] == ':' || pair[2] == '-' || i == NET_MAC_SIZE - 1);
        mac[i] = (uint8_t)(g_ascii_xdigit_value(pair[0]) << 4 | g_ascii_xdigit_value(pair[1]));
    }
    if (!ok || (mac[0] & GROUP_BIT)) {
        error_setg(errp,
                   "Property 'mac' doesn't take value '%s': it expects six bytes such as "
                   "52:54:00:12:34:56, the first one even",
                   text);
        return false;
    }
    return true;
}

char *net_mac_format(const uint8_t *mac)
{
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                           mac[5]);
}

static bool is_taken(const uint8_t *mac)
{
    const GPtrArray *all = net_nics();
    for (guint i = 0; i < all->len; i++) {
        const NetNic *nic = g_ptr_array_index(all, i);
        if (memcmp(nic->mac, mac, NET_MAC_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

void net_mac_choose(uint8_t *mac)
{
    uint32_t low = 0x123456;
    do {
        const uint8_t candidate[NET_MAC_SIZE] = {
            0x52, 0x54, 0x00, (uint8_t)(low >> 16), (uint8_t)(low >> 8), (uint8_t)low,
        };
        memcpy(mac, candidate, NET_MAC_SIZE);
        low++;
    } while (is_taken(mac));
}
