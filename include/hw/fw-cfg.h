/*
 * fw_cfg: what the firmware is told, as numbered items and named files that it reads byte by byte.
 *
 * The device tree's "qemu,fw-cfg-mmio" with the traditional interface: selector and data, no DMA.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_FW_CFG_H
#define HW_FW_CFG_H

#include "memory/memory.h"

#define FW_CFG_SIZE 0x10 /* bytes of registers */

/* Items that have a number of their own. */
#define FW_CFG_BOOT_MENU 0x0e /* 16 bits, little-endian: whether the firmware shows its menu */

typedef struct FwCfg FwCfg;

/* Owned by the tree. NULL on error. */
FwCfg *fw_cfg_create(MemoryRegion *system, hwaddr addr, Error **errp);
/* In place of what the item was; an absent one has no bytes. @data is counted. */
void fw_cfg_set_item(FwCfg *s, uint16_t key, GBytes *data);
/* A file of the directory, in place of one of that name, of up to 55 bytes; it keeps its number. */
void fw_cfg_set_file(FwCfg *s, const char *name, GBytes *data);

#endif
