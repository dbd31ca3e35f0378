/*
 * Getting rid of what clients sent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_QMP_GARBAGE_H
#define MONITOR_QMP_GARBAGE_H

#include "qobject/qobject.h"

/*
 * Any thread: drop the caller's reference to @value, which takes about @cost bytes. What takes long
 * to free is freed in a worker. No lock is needed or taken.
 */
void qmp_discard(QObject *value, size_t cost);

#endif
