/*
 * A channel to the host: port 1 of a virtio-serial device, which carries lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_CHANNEL_H
#define TESTCARD_CHANNEL_H

#include "lib.h"

#define CHANNEL_LINE_SIZE 1024

/* Called with every whole line that has come, without its end. */
typedef void ChannelLineFn(const char *line);

/* Take the device, and open the port once it is there. NULL, or what is wrong. */
const char *channel_init(ChannelLineFn *fn);
void channel_serve(void);
/* Tell the host that somebody listens to the port, or that nobody does. False: there is no port. */
bool channel_open(bool open);
/* At most CHANNEL_LINE_SIZE bytes; lost when the host has yet to take all that was sent before. */
void channel_send(const char *data, size_t length);

#endif
