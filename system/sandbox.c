/*
 * System calls that the process denies itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>

typedef struct Group {
    SandboxFlags flag; /* 0: always denied */
    uint32_t action;
    const int *calls; /* ends with 0, which is read(2) on every architecture that matters here */
} Group;

#define CALL(name) SCMP_SYS(name)

/* Calls that this architecture does not have are left out by libseccomp. */
static const int never_needed[] = {
    CALL(reboot),         CALL(swapon),
    CALL(swapoff),        CALL(mount),
    CALL(umount2),        CALL(pivot_root),
    CALL(kexec_load),     CALL(kexec_file_load),
    CALL(init_module),    CALL(finit_module),
    CALL(delete_module),  CALL(acct),
    CALL(settimeofday),   CALL(clock_settime),
    CALL(sethostname),    CALL(setdomainname),
    CALL(quotactl),       CALL(vhangup),
    CALL(lookup_dcookie), CALL(nfsservctl),
    CALL(syslog),         0,
};
static const int obsolete[] = {
    CALL(readdir),         CALL(_sysctl),      CALL(bdflush),  CALL(create_module),
    CALL(get_kernel_syms), CALL(sgetmask),     CALL(ssetmask), CALL(sysfs),
    CALL(uselib),          CALL(query_module), CALL(ustat),    0,
};
static const int elevate[] = {
    CALL(setuid),
    CALL(setgid),
    CALL(setreuid),
    CALL(setregid),
    CALL(setresuid),
    CALL(setresgid),
    CALL(setfsuid),
    CALL(setfsgid),
    CALL(setgroups),
    CALL(setsid),
    CALL(setpgid),
    CALL(capset),
    0,
};
static const int spawn[] = { CALL(fork), CALL(vfork), CALL(execve), CALL(execveat), 0 };
static const int resource[] = {
    CALL(setpriority),   CALL(ioprio_set),        CALL(sched_setparam), CALL(sched_setscheduler),
    CALL(sched_setattr), CALL(sched_setaffinity), CALL(setrlimit),      0,
};

static const Group groups[] = {
    { 0, SCMP_ACT_KILL_PROCESS, never_needed },
    { SANDBOX_DENY_OBSOLETE, SCMP_ACT_KILL_PROCESS, obsolete },
    { SANDBOX_DENY_ELEVATE, SCMP_ACT_KILL_PROCESS, elevate },
    { SANDBOX_DENY_SPAWN, SCMP_ACT_KILL_PROCESS, spawn },
    { SANDBOX_DENY_RESOURCE, SCMP_ACT_ERRNO(EPERM), resource },
};

/* Returns 0 or a negative errno, as libseccomp does. */
static int deny_calls(scmp_filter_ctx filter, const Group *group)
{
    int status = 0;

    for (const int *call = group->calls; *call && status == 0; call++) {
        status = seccomp_rule_add(filter, group->action, *call, 0);
    }
    return status;
}

static int deny_groups(scmp_filter_ctx filter, SandboxFlags flags)
{
    int status = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(groups) && status == 0; i++) {
        if (!groups[i].flag || (flags & groups[i].flag)) {
            status = deny_calls(filter, &groups[i]);
        }
    }
    return status;
}

/*
 * New threads only. clone3(2) has its flags where a filter cannot look; the C library takes the
 * older call when there is none.
 */
static int deny_new_processes(scmp_filter_ctx filter)
{
    int status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);

    return status ? status
                  : seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, CALL(clone), 1,
                                     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

/* Asking for limits is fine, setting them is not. */
static int deny_new_limits(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), CALL(prlimit64), 1,
                            SCMP_A2(SCMP_CMP_NE, 0));
}

static int fill(scmp_filter_ctx filter, SandboxFlags flags)
{
    int status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (status == 0) {
        status = deny_groups(filter, flags);
    }
    if (status == 0 && (flags & SANDBOX_DENY_SPAWN)) {
        status = deny_new_processes(filter);
    }
    if (status == 0 && (flags & SANDBOX_DENY_RESOURCE)) {
        status = deny_new_limits(filter);
    }
    return status ? status : seccomp_load(filter);
}

bool sandbox_enter(SandboxFlags flags, Error **errp)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int status = filter ? fill(filter, flags) : -ENOMEM;

    if (filter) {
        seccomp_release(filter);
    }
    if (status == 0 && (flags & SANDBOX_NO_NEW_PRIVILEGES) &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        status = -errno;
    }
    if (status) {
        error_setg_errno(errp, -status, "failed to install seccomp syscall filter in the kernel");
    }
    return status == 0;
}
