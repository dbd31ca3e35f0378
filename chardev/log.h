/*
 * The log of a chardev: what was written goes to a file, too (logfile=PATH,logappend=on|off).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_LOG_H
#define CHARDEV_LOG_H

#include "chardev/chardev-internal.h"

/* Give @chr the log that @args ask for, if any. */
bool chardev_log_open(Chardev *chr, const QDict *args, Error **errp);
/* NULL is fine for these. */
ChardevLog *chardev_log_ref(ChardevLog *log);
void chardev_log_unref(ChardevLog *log);
/* Any thread; never waits. What a slow disk has not taken is left out, and the log says so. */
void chardev_log_write(ChardevLog *log, const void *bytes, size_t len);

#endif
