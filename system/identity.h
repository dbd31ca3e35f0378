/*
 * What the machine is called: -name and -uuid.
 *
 * Written at start-up, then read by any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_IDENTITY_H
#define SYSTEM_IDENTITY_H

typedef struct Identity {
    const char *name; /* NULL: none */
    const char *uuid; /* 36 characters, lower case */
} Identity;

extern Identity identity;

#endif
