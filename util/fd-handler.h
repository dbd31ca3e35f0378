/*
 * The descriptor and bottom-half parts of an event loop, for event-loop.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_FD_HANDLER_H
#define UTIL_FD_HANDLER_H

#include "util/event-loop.h"

#include <time.h>

/* False and errno: the host has no descriptors for it. */
bool fd_handlers_init(EventLoop *loop);
/* Nothing may be registered any more. */
void fd_handlers_free(EventLoop *loop);
/* Wait for events, for ever with @timeout NULL, and fetch them for fd_handlers_run(). */
void fd_handlers_wait(EventLoop *loop, const struct timespec *timeout);
/*
 * Fetch what look functions see, without a system call; returns how many there are. The second,
 * with loop->lock held: whether they see all that is waited for.
 */
int fd_handlers_look(EventLoop *loop);
bool fd_handlers_all_seen(EventLoop *loop);
/* Call the handlers of what was fetched and, with @always, of what is always ready. */
void fd_handlers_run(EventLoop *loop, bool always);

/* Run the bottom halves that were scheduled before this call. */
void bottom_halves_run(EventLoop *loop);
void bottom_halves_free(EventLoop *loop);

#endif
