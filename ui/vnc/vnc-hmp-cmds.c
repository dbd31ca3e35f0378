/*
 * HMP commands of the VNC server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/qapi-commands-vnc.h"
#include "qapi/qapi-visit-vnc.h"

static void print_address(Hmp *hmp, const char *what, const VncBasicInfo *address)
{
    hmp_printf(hmp, "  %s: %s:%s (%s)\n", what, address->host, address->service,
               NetworkAddressFamily_str(address->family));
}

void coroutine_fn hmp_info_vnc(Hmp *hmp, const QDict *args)
{
    g_autoptr(VncInfo2List) list = qmp_query_vnc_servers(NULL);

    if (!list) {
        hmp_printf(hmp, "None\n");
    }
    for (VncInfo2List *it = list; it; it = it->next) {
        hmp_printf(hmp, "%s:\n", it->value->id);
        for (VncServerInfo2List *s = it->value->server; s; s = s->next) {
            print_address(hmp, "Server", qapi_VncServerInfo2_base(s->value));
            hmp_printf(hmp, "    Auth: %s (Sub: none)\n", VncPrimaryAuth_str(s->value->auth));
        }
        for (VncClientInfoList *c = it->value->clients; c; c = c->next) {
            print_address(hmp, "Client", qapi_VncClientInfo_base(c->value));
            hmp_printf(hmp, "    x509_dname: none\n    sasl_username: none\n");
        }
    }
}

void coroutine_fn hmp_set_password(Hmp *hmp, const QDict *args)
{
    SetPasswordOptions options = {
        .password = (char *)qdict_get_str(args, "password"),
        .u.vnc.display = (char *)qdict_get_str(args, "display"),
    };
    Error *err = NULL;

    options.protocol = qapi_enum_parse(&DisplayProtocol_lookup, qdict_get_str(args, "protocol"),
                                       DISPLAY_PROTOCOL_VNC, &err);
    if (!err) {
        options.connected =
            qapi_enum_parse(&SetPasswordAction_lookup, qdict_get_str(args, "connected"),
                            SET_PASSWORD_ACTION_KEEP, &err);
    }
    if (!err) {
        qmp_set_password(&options, &err);
    }
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_expire_password(Hmp *hmp, const QDict *args)
{
    ExpirePasswordOptions options = {
        .time = (char *)qdict_get_str(args, "time"),
        .u.vnc.display = (char *)qdict_get_str(args, "display"),
    };
    Error *err = NULL;

    options.protocol = qapi_enum_parse(&DisplayProtocol_lookup, qdict_get_str(args, "protocol"),
                                       DISPLAY_PROTOCOL_VNC, &err);
    if (!err) {
        qmp_expire_password(&options, &err);
    }
    hmp_handle_error(hmp, err);
}
