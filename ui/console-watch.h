/*
 * A watch: somebody who looks at a console again and again, and wants to know what changed.
 *
 * It always has a frame: the one shown by its console, or a placeholder while it has no console.
 *
 * Watches are made, moved and freed under the BQL; console_watch_take() may be called by one
 * thread, without the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_CONSOLE_WATCH_H
#define UI_CONSOLE_WATCH_H

#include "ui/console.h"

/* There is something to take. From any thread, with a lock held: be quick, and take it elsewhere.
 */
typedef void ConsoleWatchFn(void *opaque);

ConsoleWatch *console_watch_new(ConsoleWatchFn *changed, void *opaque);
void console_watch_free(ConsoleWatch *watch);
/* Look at @con from now on; NULL: at nothing. */
void console_watch_set(ConsoleWatch *watch, Console *con);
Console *console_watch_get(const ConsoleWatch *watch);

/*
 * If anything changed since the last call, take the frame (the caller's reference) and set @damage,
 * which is initialized, to what may differ from the one taken before: at most some dozens of
 * rectangles. NULL: nothing changed. The first call returns a frame.
 */
Frame *console_watch_take(ConsoleWatch *watch, pixman_region32_t *damage);

/* ---- for the console ---- */

/* @frame is shown, @dirty of it (NULL: all) is new. */
void console_watch_show(ConsoleWatch *watch, Frame *frame, const pixman_region32_t *dirty);
/* The console goes away. */
void console_watch_lost(ConsoleWatch *watch);

#endif
