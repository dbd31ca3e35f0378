/*
 * What the handler of a command knows about being cancelled.
 *
 * A command is cancelled when its client goes, by cancel-command, when its timeout is over, by
 * Ctrl-C, and at the end of the process. Every wait (util/coroutine.h, util/co-sync.h,
 * util/worker-pool.h) then returns false; a handler that works long without waiting asks. It undoes
 * what it had begun and returns an error.
 *
 * In coroutine context, on the command's own coroutine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_QMP_CANCEL_H
#define QAPI_QMP_CANCEL_H

#include "util/error.h"

/* Whether the command that this coroutine runs has been cancelled. False outside coroutines. */
bool qmp_is_cancelled(void);
/* Set @errp to "DOING was cancelled: WHY", where DOING is the formatted text. */
void qmp_set_cancelled(Error **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

#endif
