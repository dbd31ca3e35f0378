/*
 * What a monitor says about itself (VESA E-EDID 1.4, release A2; extension: CTA-861-G).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_DISPLAY_EDID_H
#define HW_DISPLAY_EDID_H

#include "util/error.h"

#include <stdint.h>

#define EDID_BLOCK_SIZE 128
#define EDID_SIZE       (2 * EDID_BLOCK_SIZE)

/*
 * Describe a monitor that prefers @width x @height at 60 Hz. False, with an error, when an EDID
 * cannot say that.
 */
bool edid_generate(uint8_t edid[EDID_SIZE], unsigned width, unsigned height, Error **errp);

#endif
