/*
 * The commands that fuzz-qmp runs, and the machine that they look at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUZZ_COMMANDS_H
#define TESTS_FUZZ_COMMANDS_H

#include "qapi/qmp-registry.h"

/*
 * The program's own table without what would change something outside this process, and the
 * commands of tests/unit/qapi/test-schema.json, which have every kind of argument. Never freed.
 *
 * Kept are the queries, what looks at objects and what steers the machine (`quit` only ends a
 * loop that is not run here). Commands that write a file do write one, but always /dev/null;
 * human-monitor-command runs only HMP commands that print. Others are named on standard error.
 */
const QmpCommandList *fuzz_commands(void);

/* A virt machine with a display and one hart, which sleeps; main loop and types are there. */
void fuzz_machine_init(void);

#endif
