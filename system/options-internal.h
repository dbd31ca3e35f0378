/*
 * What the files of the option table share: the parameters that they take.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_OPTIONS_INTERNAL_H
#define SYSTEM_OPTIONS_INTERNAL_H

#include "config.h"

#define STRING  COMMAND_LINE_PARAMETER_TYPE_STRING
#define BOOLEAN COMMAND_LINE_PARAMETER_TYPE_BOOLEAN
#define NUMBER  COMMAND_LINE_PARAMETER_TYPE_NUMBER
#define SIZE    COMMAND_LINE_PARAMETER_TYPE_SIZE

/* @props (taken) as in ObjectConfig, at the end of @objects, which owns it. */
ObjectConfig *config_add_object(GPtrArray *objects, QDict *props, bool keyval, const char *text);

/* ---- options-net.c ---- */

OptionFn opt_netdev, opt_nic;

/* ---- options-process.c: how the process behaves ---- */

extern const OptionParam name_params[], overcommit_params[], rtc_params[], boot_params[],
    audiodev_params[], msg_params[], sandbox_params[], action_params[], add_fd_params[];
OptionFn opt_name, opt_overcommit, opt_rtc, opt_boot, opt_audiodev, opt_msg, opt_sandbox,
    opt_action, opt_add_fd, opt_no_reboot, opt_no_shutdown;

/* ---- monitor-options.c ---- */

extern const OptionParam mon_params[];

#endif
