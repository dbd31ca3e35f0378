/*
 * virtio-balloon: memory that the host wants back, and statistics of the rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_BALLOON_H
#define TESTCARD_BALLOON_H

/* Take the device. NULL, or what is wrong. */
const char *balloon_init(void);
/* Give or take back what the host wants by now: "balloon: N pages" when it has changed. */
void balloon_serve(void);

#endif
