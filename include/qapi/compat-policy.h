/*
 * What the run-time does about deprecated and unstable parts of the schema.
 *
 * Set once while the process starts, before other threads; read by all without a lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_COMPAT_POLICY_H
#define QAPI_COMPAT_POLICY_H

/*
 * Masks of 1 << QAPI_DEPRECATED, 1 << QAPI_UNSTABLE: input marked so is @refused, output marked so
 * is @hidden. Both are 0 unless set.
 */
void qapi_set_compat_policy(unsigned refused, unsigned hidden);

/* "Deprecated" or "Unstable" when something marked so is refused, else NULL. */
const char *qapi_policy_refuses(unsigned special_features);

#endif
