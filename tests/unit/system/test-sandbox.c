/*
 * What each group of denied system calls denies, and what goes on working.
 *
 * Each case makes its calls in processes of their own, because the filter is for good.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sandbox.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the call made of its process. */
enum { DIED = 1000, FAILED_TO_ENTER };

typedef long Call(void);

/* The call's errno (0: none), or DIED by SIGSYS. */
static int outcome(SandboxFlags flags, Call *call)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (!sandbox_enter(flags, NULL)) {
            _exit(255);
        }
        errno = 0;
        _exit(call() < 0 ? errno : 0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    if (WIFSIGNALED(status)) {
        g_assert_cmpint(WTERMSIG(status), ==, SIGSYS);
        return DIED;
    }
    return WEXITSTATUS(status) == 255 ? FAILED_TO_ENTER : WEXITSTATUS(status);
}

static long call_mount(void)
{
    return syscall(SYS_mount, "none", "/nonexistent", "none", 0, NULL);
}

static long call_kexec(void)
{
    return syscall(SYS_kexec_load, 0, 0, NULL, 1ul << 40);
}

#ifdef SYS_ustat
static long call_ustat(void)
{
    return syscall(SYS_ustat, 0, NULL);
}
#endif

static long call_setuid(void)
{
    return syscall(SYS_setuid, getuid());
}

static long call_setsid(void)
{
    return syscall(SYS_setsid);
}

static long call_execve(void)
{
    return execl("/nonexistent", "x", NULL);
}

static long call_fork(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        _exit(0);
    }
    return pid;
}

static long call_setpriority(void)
{
    return setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0));
}

static long call_affinity(void)
{
    unsigned long mask = 1;

    return syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask);
}

static long call_set_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_CORE, &limit);
    return setrlimit(RLIMIT_CORE, &limit);
}

static long call_get_limit(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_CORE, &limit);
}

static void *in_thread(void *opaque)
{
    return opaque;
}

static long call_thread(void)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, in_thread, NULL);
    return errno ? -1 : pthread_join(thread, NULL);
}

static long call_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -1;
}

static void test_always(void)
{
    g_assert_cmpint(outcome(0, call_mount), ==, DIED);
    g_assert_cmpint(outcome(0, call_kexec), ==, DIED);
    g_assert_cmpint(outcome(0, call_setuid), ==, 0);
    g_assert_cmpint(outcome(0, call_fork), ==, 0);
    g_assert_cmpint(outcome(0, call_execve), ==, ENOENT);
    g_assert_cmpint(outcome(0, call_setpriority), ==, 0);
}

static void test_obsolete(void)
{
#ifdef SYS_ustat
    g_assert_cmpint(outcome(SANDBOX_DENY_OBSOLETE, call_ustat), ==, DIED);
    g_assert_cmpint(outcome(0, call_ustat), !=, DIED);
#endif
    g_assert_cmpint(outcome(SANDBOX_DENY_OBSOLETE, call_fork), ==, 0);
}

static void test_elevate(void)
{
    g_assert_cmpint(outcome(SANDBOX_DENY_ELEVATE, call_setuid), ==, DIED);
    g_assert_cmpint(outcome(SANDBOX_DENY_ELEVATE, call_setsid), ==, DIED);
    g_assert_cmpint(outcome(SANDBOX_DENY_ELEVATE, call_fork), ==, 0);
    g_assert_cmpint(outcome(SANDBOX_NO_NEW_PRIVILEGES, call_privileges), ==, 0);
    g_assert_cmpint(outcome(SANDBOX_NO_NEW_PRIVILEGES, call_setuid), ==, 0);
}

static void test_spawn(void)
{
    g_assert_cmpint(outcome(SANDBOX_DENY_SPAWN, call_fork), ==, DIED);
    g_assert_cmpint(outcome(SANDBOX_DENY_SPAWN, call_execve), ==, DIED);
    g_assert_cmpint(outcome(SANDBOX_DENY_SPAWN, call_thread), ==, 0);
    g_assert_cmpint(outcome(SANDBOX_DENY_SPAWN, call_setuid), ==, 0);
}

static void test_resource(void)
{
    g_assert_cmpint(outcome(SANDBOX_DENY_RESOURCE, call_setpriority), ==, EPERM);
    g_assert_cmpint(outcome(SANDBOX_DENY_RESOURCE, call_affinity), ==, EPERM);
    g_assert_cmpint(outcome(SANDBOX_DENY_RESOURCE, call_set_limit), ==, EPERM);
    g_assert_cmpint(outcome(SANDBOX_DENY_RESOURCE, call_get_limit), ==, 0);
    g_assert_cmpint(outcome(SANDBOX_DENY_RESOURCE, call_thread), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sandbox/always", test_always);
    g_test_add_func("/sandbox/obsolete", test_obsolete);
    g_test_add_func("/sandbox/elevate", test_elevate);
    g_test_add_func("/sandbox/spawn", test_spawn);
    g_test_add_func("/sandbox/resource", test_resource);
    return g_test_run();
}
