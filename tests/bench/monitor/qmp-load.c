/*
 * A load for QMP servers, and for the bare echo servers of echo-server.c, on UNIX sockets.
 *
 *   qmp-load [OPTIONS] SOCKET COUNT REQUEST
 *
 * COUNT round trips, one at a time; with --pipeline all in flight as the socket takes them; with
 * --sessions=N as many connections at once, each with one request in flight. In SOCKET %d stands
 * for the number of the session. A server that does not speak first within 200 ms is taken for an
 * echo server; with others capabilities are negotiated. Prints "TOTAL-NS P50-NS P99-NS MAX-NS".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static gboolean pipeline, oob;
static int cpu = -1, n_sessions = 1;
static char *prelude;

static const GOptionEntry options[] = {
    { "pipeline", 0, 0, G_OPTION_ARG_NONE, &pipeline, "wait for no reply", NULL },
    { "oob", 0, 0, G_OPTION_ARG_NONE, &oob, "enable out-of-band execution", NULL },
    { "cpu", 0, 0, G_OPTION_ARG_INT, &cpu, "run on this processor", "N" },
    { "sessions", 0, 0, G_OPTION_ARG_INT, &n_sessions, "connections at once", "N" },
    { "prelude", 0, 0, G_OPTION_ARG_STRING, &prelude, "sent first, never waited for", "TEXT" },
    { NULL },
};

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

/* ---- connections ---- */

typedef struct Session {
    int fd;
    unsigned column; /* in the line that is being read */
    bool event;      /* that line is one, {"timestamp": ... */
    int64_t begin;   /* of the request in flight */
} Session;

/* Read once; the number of lines that ended and were no events. */
static long read_some(Session *s)
{
    ssize_t n = read(s->fd, buffer, sizeof(buffer));
    long lines = 0;

    if (n <= 0) {
        die("read");
    }
    for (ssize_t i = 0; i < n; i++) {
        if (s->column++ == 2) {
            s->event = buffer[i] == 't';
        }
        if (buffer[i] == '\n') {
            lines += !s->event;
            s->column = 0;
            s->event = false;
        }
    }
    return lines;
}

static void read_lines(Session *s, long lines)
{
    while (lines > 0) {
        lines -= read_some(s);
    }
}

static void negotiate(Session *s)
{
    const char *text = oob ? "{\"execute\": \"qmp_capabilities\", "
                             "\"arguments\": {\"enable\": [\"oob\"]}}\n"
                           : "{\"execute\": \"qmp_capabilities\"}\n";

    read_lines(s, 1);
    write_all(s->fd, text, strlen(text));
    read_lines(s, 1);
}

static void session_open(Session *s, const char *pattern, int number)
{
    g_auto(GStrv) parts = g_strsplit(pattern, "%d", 2);
    g_autofree char *text = g_strdup_printf("%d", number);
    g_autofree char *path = g_strjoinv(text, parts);
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct pollfd pfd = { .events = POLLIN };

    if (g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path)) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    *s = (Session){ .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        die(path);
    }
    pfd.fd = s->fd;
    if (poll(&pfd, 1, 200) > 0) {
        negotiate(s);
    }
    if (prelude) {
        write_all(s->fd, prelude, strlen(prelude));
        g_usleep(100000);
    }
}

/* ---- one at a time, and many sessions with one each ---- */

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void print_times(int64_t total, int64_t *times, long count)
{
    qsort(times, count, sizeof(times[0]), compare_ns);
    printf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", total, times[count / 2],
           times[count * 99 / 100], times[count - 1]);
}

static void one_at_a_time(Session *s, long count, const char *line)
{
    g_autofree int64_t *times = g_new(int64_t, count);
    int64_t start = now_ns();

    for (long i = 0; i < count; i++) {
        int64_t begin = now_ns();

        write_all(s->fd, line, strlen(line));
        read_lines(s, 1);
        times[i] = now_ns() - begin;
    }
    print_times(now_ns() - start, times, count);
}

static void send_request(Session *s, const char *line)
{
    s->begin = now_ns();
    write_all(s->fd, line, strlen(line));
}

static void together(Session *sessions, int n, long count, const char *line)
{
    g_autofree int64_t *times = g_new(int64_t, count);
    struct epoll_event events[64];
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    long sent = 0, done = 0;
    int64_t start;

    for (int i = 0; i < n; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &sessions[i] };

        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, sessions[i].fd, &event);
    }
    start = now_ns();
    for (int i = 0; i < n && sent < count; i++, sent++) {
        send_request(&sessions[i], line);
    }
    while (done < count) {
        int ready = epoll_wait(epoll_fd, events, G_N_ELEMENTS(events), -1);

        for (int i = 0; i < ready; i++) {
            Session *s = events[i].data.ptr;

            if (read_some(s)) {
                times[done++] = now_ns() - s->begin;
                if (sent < count) {
                    send_request(s, line);
                    sent++;
                }
            }
        }
    }
    print_times(now_ns() - start, times, count);
    close(epoll_fd);
}

/* ---- all at once ---- */

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

static void pipelined(Session *s, long count, const char *line)
{
    Writer writer = { s->fd, count, line };
    int64_t start = now_ns();
    GThread *thread = g_thread_new("writer", write_requests, &writer);

    read_lines(s, count);
    printf("%" PRId64 " 0 0 0\n", now_ns() - start);
    g_thread_join(thread);
}

static void pin(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (cpu >= 0 && sched_setaffinity(0, sizeof(set), &set) < 0) {
        die("--cpu");
    }
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("SOCKET COUNT REQUEST");
    g_autofree Session *sessions = NULL;
    g_autofree char *line = NULL;
    long count;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, NULL) || argc != 4 || n_sessions < 1 ||
        (count = atol(argv[2])) <= 0) {
        fputs(g_option_context_get_help(context, TRUE, NULL), stderr);
        return 2;
    }
    pin();
    line = g_strconcat(argv[3], "\n", NULL);
    sessions = g_new0(Session, n_sessions);
    for (int i = 0; i < n_sessions; i++) {
        session_open(&sessions[i], argv[1], i);
    }
    if (pipeline) {
        pipelined(sessions, count, line);
    } else if (n_sessions > 1) {
        together(sessions, n_sessions, count, line);
    } else {
        one_at_a_time(sessions, count, line);
    }
    return 0;
}
