/*
 * The process: going to the background, the pid file, signals.
 *
 * Main thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_DAEMON_H
#define SYSTEM_DAEMON_H

#include "util/error.h"

/*
 * Whoever started us may have closed some of stdin, stdout and stderr: open /dev/null there, or
 * the next file or socket would get what is meant for them. First of all in main().
 */
void stdio_open_all(void);

/*
 * Fork; the child goes on as the leader of no session and without a terminal, the parent waits
 * and ends with status 0 when daemonize_ready() is called, 1 when the child ends before. To be
 * called before there are threads.
 */
bool daemonize_begin(Error **errp);
/* The child is set up: leave the starter's directory and stdio, let the parent go. */
bool daemonize_ready(Error **errp);

/* Create @path, lock it for the life of the process and write the pid; removed at exit. */
bool pidfile_create(const char *path, Error **errp);
void pidfile_remove(void);

/*
 * SIGINT, SIGTERM and SIGHUP become shutdown requests, but for Ctrl-C that cancels a command at a
 * monitor's prompt; SIGPIPE and SIGXFSZ become errors.
 */
void signals_init(void);

#endif
