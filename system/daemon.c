/*
 * Going to the background, the pid file and signals.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "daemon.h"

#include "monitor/monitor.h"
#include "system/runstate.h"
#include "util/event-loop.h"
#include "util/report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_pipe = -1;
static int pid_fd = -1;
static char *pid_path;

void stdio_open_all(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

/* In the starter: the byte means that all is well; end of file that the child is gone. */
static void G_GNUC_NORETURN wait_for_child(int fd)
{
    char status = 1;
    ssize_t n;

    do {
        n = read(fd, &status, 1);
    } while (n < 0 && errno == EINTR);
    _exit(n == 1 ? status : 1);
}

bool daemonize_begin(Error **errp)
{
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        error_setg_errno(errp, errno, "-daemonize: cannot go to the background");
        return false;
    }
    if (pid > 0) {
        close(fds[1]);
        wait_for_child(fds[0]);
    }
    close(fds[0]);
    ready_pipe = fds[1];
    /* Forked again, so that no terminal that is opened later can become the controlling one. */
    if (setsid() < 0 || (pid = fork()) < 0) {
        error_setg_errno(errp, errno, "-daemonize: cannot leave the session");
        return false;
    }
    if (pid > 0) {
        _exit(0);
    }
    umask(027);
    return true;
}

bool daemonize_ready(Error **errp)
{
    int fd;

    if (ready_pipe < 0) {
        return true;
    }
    fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0 || chdir("/") < 0) {
        error_setg_errno(errp, errno, "-daemonize: cannot let go of the terminal");
        return false;
    }
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    if (write(ready_pipe, "", 1) != 1) {
        error_setg_errno(errp, errno, "-daemonize: cannot report to the starter");
        return false;
    }
    close(ready_pipe);
    ready_pipe = -1;
    return true;
}

/* Somebody may have removed the file between open() and lock: then it is not the one at @path. */
static bool pidfile_is_current(int fd, const char *path)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static int pidfile_open_locked(const char *path, Error **errp)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    for (;;) {
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

        if (fd < 0) {
            error_setg_errno(errp, errno, "cannot create PID file: Could not create '%s'", path);
            return -1;
        }
        if (fcntl(fd, F_SETLK, &lock) < 0) {
            error_setg_errno(errp, errno, "cannot create PID file: Could not lock '%s'", path);
            close(fd);
            return -1;
        }
        if (pidfile_is_current(fd, path)) {
            return fd;
        }
        close(fd);
    }
}

bool pidfile_create(const char *path, Error **errp)
{
    g_autofree char *text = g_strdup_printf("%d\n", getpid());
    size_t len = strlen(text);
    int fd = pidfile_open_locked(path, errp);

    if (fd < 0) {
        return false;
    }
    if (ftruncate(fd, 0) < 0 || write(fd, text, len) != (ssize_t)len) {
        error_setg_errno(errp, errno, "cannot create PID file: Could not write '%s'", path);
        unlink(path);
        close(fd);
        return false;
    }
    pid_fd = fd;
    /* Removed after chdir("/"), so by its full name. */
    pid_path = g_canonicalize_filename(path, NULL);
    return true;
}

void pidfile_remove(void)
{
    if (pid_fd >= 0) {
        unlink(pid_path);
        close(pid_fd);
        g_free(pid_path);
        pid_fd = -1;
    }
}

/* Ctrl-C at the terminal, not kill(2). */
static bool is_key(const struct signalfd_siginfo *info)
{
    return info->ssi_signo == SIGINT && info->ssi_code == SI_KERNEL;
}

static void on_signal(void *opaque)
{
    struct signalfd_siginfo info;

    if (read(GPOINTER_TO_INT(opaque), &info, sizeof(info)) != sizeof(info) ||
        (is_key(&info) && monitors_interrupt())) {
        return;
    }
    info_report("terminating on signal %u from pid %u", info.ssi_signo, info.ssi_pid);
    system_request_shutdown(SHUTDOWN_CAUSE_HOST_SIGNAL);
}

void signals_init(void)
{
    sigset_t set;
    int fd;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    /* Before there are threads: they all inherit the mask. */
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        g_error("signalfd: %s", g_strerror(errno));
    }
    event_loop_set_fd(main_loop(), fd, on_signal, NULL, GINT_TO_POINTER(fd));
}
