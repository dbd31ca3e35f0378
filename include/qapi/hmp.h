/*
 * What the handler of a human-monitor (HMP) command is given.
 *
 * Commands are declared in monitor/hmp-commands.hx; the handler is one C function in the
 * subsystem's *-hmp-cmds.c. It runs in coroutine context with the BQL held, may wait, and prints
 * to its own session only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_HMP_H
#define QAPI_HMP_H

#include "qobject/qobject.h"
#include "util/coroutine.h"
#include "util/error.h"

typedef struct Hmp Hmp;
typedef void coroutine_fn HmpHandler(Hmp *hmp, const QDict *args);

/*
 * State a session keeps from one command to the next. x/xp/print formats are per session, and
 * `cpu N` selects the hart that x, info registers and memsave look at.
 */
typedef struct HmpState {
    int cpu_index;
    char mem_format; /* last format letter of x/xp */
    int mem_size;    /* last unit of x/xp, bytes */
} HmpState;

/* The sink is the session's: nothing is sent until the handler returns or waits. */
struct Hmp {
    void (*write)(Hmp *hmp, const char *text, size_t len);
    /* See hmp_pause(); NULL where nobody reads along. */
    bool coroutine_fn (*pause)(Hmp *hmp);
    HmpState *state;
    unsigned access; /* a MonitorAccess: what may be executed */
};

void hmp_printf(Hmp *hmp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void hmp_vprintf(Hmp *hmp, const char *fmt, va_list args) G_GNUC_PRINTF(2, 0);
void hmp_puts(Hmp *hmp, const char *text);
/*
 * Between two lines of a long listing, where nothing is held that others may change: let the loop
 * turn now and then, and wait for a reader that is behind, so that the listing is not cut off. Cheap
 * when there is no reason to. False when cancelled: print nothing more.
 */
bool coroutine_fn hmp_pause(Hmp *hmp);
/* If @err is set print "Error: MESSAGE\n" (and its hint), free it and return true. */
bool hmp_handle_error(Hmp *hmp, Error *err);

#endif
