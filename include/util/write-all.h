/*
 * Blocking writes that do not stop half-way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_WRITE_ALL_H
#define UTIL_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * write(2) again after a signal or a short write, until all is written. False: errno says why.
 * May block for as long as @fd does; any thread, never on the main loop for what can hang.
 */
bool write_all(int fd, const void *bytes, size_t len);

#endif
