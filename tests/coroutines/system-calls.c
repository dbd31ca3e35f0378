/*
 * Seeded violations: what reads, writes, names files or looks something up, called by its name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"
#include "util/report.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <syslog.h>
#include <termios.h>
#include <unistd.h>

static char bytes[16];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static ssize_t take(int fd)
{
    struct iovec iov = { bytes, sizeof(bytes) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    ssize_t n = 0;

    /* reported: read() reads or writes descriptors that may block [take > read] */
    n += read(fd, bytes, sizeof(bytes));
    /* reported: readv() reads or writes descriptors that may block [take > readv] */
    n += readv(fd, &iov, 1);
    /* reported: recv() reads or writes descriptors that may block [take > recv] */
    n += recv(fd, bytes, sizeof(bytes), 0);
    /* reported: recvfrom() reads or writes descriptors that may block [take > recvfrom] */
    n += recvfrom(fd, bytes, sizeof(bytes), 0, NULL, NULL);
    /* reported: recvmsg() reads or writes descriptors that may block [take > recvmsg] */
    n += recvmsg(fd, &msg, 0);
    /* reported: accept4() connects [take > accept4] */
    return n + accept4(fd, NULL, NULL, 0);
}

static ssize_t give(int fd)
{
    struct iovec iov = { bytes, sizeof(bytes) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    ssize_t n = 0;

    /* reported: write() reads or writes descriptors that may block [give > write] */
    n += write(fd, bytes, sizeof(bytes));
    /* reported: writev() reads or writes descriptors that may block [give > writev] */
    n += writev(fd, &iov, 1);
    /* reported: send() reads or writes descriptors that may block [give > send] */
    n += send(fd, bytes, sizeof(bytes), 0);
    /* reported: sendto() reads or writes descriptors that may block [give > sendto] */
    n += sendto(fd, bytes, sizeof(bytes), 0, NULL, 0);
    /* reported: sendmsg() reads or writes descriptors that may block [give > sendmsg] */
    n += sendmsg(fd, &msg, 0);
    /* reported: eventfd_write() reads or writes descriptors that may block [> eventfd_write] */
    eventfd_write(fd, 1);
    /* reported: tcdrain() waits until a terminal has sent all [give > tcdrain] */
    return n + tcdrain(fd);
}

static void print(const char *fmt, va_list args)
{
    /* reported: vprintf() reads or writes files [> vprintf] */
    vprintf(fmt, args);
    /* reported: dprintf() reads or writes files [> dprintf] */
    dprintf(1, "text");
    /* reported: g_print() reads or writes files [> g_print] */
    g_print("text");
    /* reported: g_printerr() reads or writes files [> g_printerr] */
    g_printerr("text");
    /* reported: syslog() logs at once [> syslog] */
    syslog(LOG_INFO, "text");
    /* reported: error_report() writes an error at once [> error_report] */
    error_report("text");
    warn_report("text");
    /* reported: g_log() logs at once [> g_log] */
    g_warning("text");
    if (!fmt) {
        g_error("text");
    }
}

static int name_files(struct statvfs *st)
{
    int n = 0;

    /* reported: remove() opens, names or lists files [name_files > remove] */
    n += remove("file");
    /* reported: statvfs() opens, names or lists files [name_files > statvfs] */
    n += statvfs("file", st);
    /* reported: chown() opens, names or lists files [name_files > chown] */
    n += chown("file", 0, 0);
    /* reported: mkfifo() opens, names or lists files [name_files > mkfifo] */
    n += mkfifo("file", 0);
    /* reported: mknod() opens, names or lists files [name_files > mknod] */
    n += mknod("file", 0, 0);
    /* reported: dlopen() opens, names or lists files [name_files > dlopen] */
    return n + !dlopen("file", RTLD_NOW);
}

static void look_up(struct passwd *pw, struct group *gr)
{
    struct passwd *found_pw;
    struct group *found_gr;

    /* reported: getpwnam_r() asks name servers [look_up > getpwnam_r] */
    getpwnam_r("name", pw, bytes, sizeof(bytes), &found_pw);
    /* reported: getgrnam_r() asks name servers [look_up > getgrnam_r] */
    getgrnam_r("name", gr, bytes, sizeof(bytes), &found_gr);
}

static void others(GAsyncQueue *queue, pthread_t thread)
{
    /* reported: g_async_queue_pop_unlocked() waits for a thread [> g_async_queue_pop_unlocked] */
    g_async_queue_pop_unlocked(queue);
    /* reported: pthread_clockjoin_np() waits for a thread [others > pthread_clockjoin_np] */
    pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, NULL);
    /* reported: pthread_rwlock_wrlock() waits for a thread [others > pthread_rwlock_wrlock] */
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    /* reported: g_spawn_async() waits for a process [others > g_spawn_async] */
    g_spawn_async(NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL);
}

void coroutine_fn qmp_all(int fd, va_list args);
void coroutine_fn qmp_all(int fd, va_list args)
{
    take(fd);
    give(fd);
    print("text", args);
    name_files(NULL);
    look_up(NULL, NULL);
    others(NULL, pthread_self());
}
