/*
 * -blockdev and -drive.
 *
 * Start-up only, main thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_DRIVES_H
#define SYSTEM_DRIVES_H

#include "config.h"

/* Make all of them, in order; a -drive with if=virtio adds its device to @config. */
bool no_coroutine_fn drives_create(const Config *config, Error **errp);

#endif
