/*
 * What the command line asks for, made in this order.
 *
 * Start-up only, main thread. Errors begin with the option at fault.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_CREATE_H
#define SYSTEM_CREATE_H

#include "config.h"

bool create_chardevs(const Config *config, Error **errp);
bool create_machine(const Config *config, Error **errp);
bool create_objects(const Config *config, Error **errp);
bool create_netdevs(const Config *config, Error **errp);
bool create_devices(const Config *config, Error **errp);
bool start_vnc(const Config *config, Error **errp);
bool create_monitors(const Config *config, Error **errp);

#endif
