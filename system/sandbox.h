/*
 * -sandbox: system calls that the process denies itself, by seccomp(2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_SANDBOX_H
#define SYSTEM_SANDBOX_H

#include "util/error.h"

/* What is denied besides what no emulator needs (loading kernels, mounting, swapping ...). */
typedef enum SandboxFlags {
    SANDBOX_DENY_OBSOLETE = 1 << 0,     /* calls that are there for old programs only */
    SANDBOX_DENY_ELEVATE = 1 << 1,      /* changing user or group */
    SANDBOX_NO_NEW_PRIVILEGES = 1 << 2, /* set-user-ID programs give nothing */
    SANDBOX_DENY_SPAWN = 1 << 3,        /* new processes, other programs; threads are fine */
    SANDBOX_DENY_RESOURCE = 1 << 4,     /* own scheduling and limits */
} SandboxFlags;

/*
 * For all threads, for good. What is denied ends the process by SIGSYS, but for
 * SANDBOX_DENY_RESOURCE, which answers EPERM.
 */
bool sandbox_enter(SandboxFlags flags, Error **errp);

#endif
