/*
 * A load for request-and-reply servers on a UNIX socket, and the bare echo server that is their
 * floor.
 *
 *   qmp-load SOCKET COUNT REQUEST    COUNT round trips, one at a time
 *   qmp-load --pipeline SOCKET COUNT REQUEST    all requests in flight as the socket takes them
 *   qmp-load --echo SOCKET           serve: send every line back
 *
 * With QMP the greeting is read and capabilities are negotiated; a server that does not speak
 * first within 200 ms is taken for an echo server. Prints "TOTAL-NS P50-NS P99-NS MAX-NS".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "qmp-load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(addr.sun_path, path);
    return addr;
}

static void write_all(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno != EINTR) {
            die("write");
        }
        if (n > 0) {
            text += n;
            len -= n;
        }
    }
}

/* Read until @lines more newlines have come. */
static void read_lines(int fd, long lines)
{
    while (lines > 0) {
        ssize_t n = read(fd, buffer, sizeof(buffer));

        if (n <= 0) {
            die("read");
        }
        for (const char *p = buffer; (p = memchr(p, '\n', buffer + n - p)); p++) {
            lines--;
        }
    }
}

static int serve_echo(const char *path)
{
    struct sockaddr_un addr = address_of(path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    int fd;
    ssize_t n;

    if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        listen(listener, 1) < 0 || (fd = accept(listener, NULL, NULL)) < 0) {
        die(path);
    }
    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        write_all(fd, buffer, n);
    }
    return 0;
}

static int connect_and_negotiate(const char *path)
{
    struct sockaddr_un addr = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct pollfd pfd = { .fd = fd, .events = POLLIN };

    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        die(path);
    }
    if (poll(&pfd, 1, 200) > 0) {
        const char *negotiate = "{\"execute\": \"qmp_capabilities\"}\n";

        read_lines(fd, 1);
        write_all(fd, negotiate, strlen(negotiate));
        read_lines(fd, 1);
    }
    return fd;
}

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void one_at_a_time(int fd, long count, const char *line)
{
    int64_t *times = g_new(int64_t, count);
    int64_t start = now_ns(), total;

    for (long i = 0; i < count; i++) {
        int64_t begin = now_ns();

        write_all(fd, line, strlen(line));
        read_lines(fd, 1);
        times[i] = now_ns() - begin;
    }
    total = now_ns() - start;
    qsort(times, count, sizeof(times[0]), compare_ns);
    printf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", total, times[count / 2],
           times[count * 99 / 100], times[count - 1]);
    g_free(times);
}

typedef struct Writer {
    int fd;
    long count;
    const char *line;
} Writer;

static gpointer write_requests(gpointer opaque)
{
    Writer *w = opaque;
    g_autoptr(GString) batch = g_string_new(NULL);

    for (long i = 0; i < w->count; i++) {
        g_string_append(batch, w->line);
        if (batch->len > 16384 || i == w->count - 1) {
            write_all(w->fd, batch->str, batch->len);
            g_string_truncate(batch, 0);
        }
    }
    return NULL;
}

static void pipelined(int fd, long count, const char *line)
{
    Writer writer = { fd, count, line };
    int64_t start = now_ns();
    GThread *thread = g_thread_new("writer", write_requests, &writer);

    read_lines(fd, count);
    printf("%" PRId64 " 0 0 0\n", now_ns() - start);
    g_thread_join(thread);
}

int main(int argc, char **argv)
{
    bool pipeline = argc == 5 && g_str_equal(argv[1], "--pipeline");
    g_autofree char *line = NULL;
    long count;
    int fd;

    if (argc == 3 && g_str_equal(argv[1], "--echo")) {
        return serve_echo(argv[2]);
    }
    argv += pipeline;
    if (argc - pipeline != 4 || (count = atol(argv[2])) <= 0) {
        fprintf(stderr, "usage: qmp-load [--pipeline] SOCKET COUNT REQUEST | --echo SOCKET\n");
        return 2;
    }
    line = g_strconcat(argv[3], "\n", NULL);
    fd = connect_and_negotiate(argv[1]);
    if (pipeline) {
        pipelined(fd, count, line);
    } else {
        one_at_a_time(fd, count, line);
    }
    return 0;
}
