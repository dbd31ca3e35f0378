/*
 * What the files about machines share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_MACHINE_INTERNAL_H
#define HW_CORE_MACHINE_INTERNAL_H

#include "hw/machine.h"

/* Decide ram_size: -m and the size of memory_backend must not contradict each other. */
bool machine_settle_ram_size(Machine *machine, Error **errp);

#endif
