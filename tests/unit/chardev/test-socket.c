/*
 * Socket chardevs over real sockets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/chardev/socket-test.h"
#include "tests/unit/chardev/test-frontend.h"
#include "util/bql.h"
#include "util/io-thread.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char *dir;

static char *sock_path(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static int unix_socket(const char *path, bool server)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(un.sun_path, path);
    if (server) {
        g_assert_cmpint(bind(fd, (struct sockaddr *)&un, sizeof(un)), ==, 0);
        g_assert_cmpint(listen(fd, 10), ==, 0);
    } else {
        g_assert_cmpint(connect(fd, (struct sockaddr *)&un, sizeof(un)), ==, 0);
    }
    return fd;
}

static void assert_received(int fd, const char *text)
{
    g_autofree char *bytes = g_malloc(strlen(text));

    g_assert_cmpint(recv(fd, bytes, strlen(text), MSG_WAITALL), ==, strlen(text));
    g_assert_cmpmem(bytes, strlen(text), text, strlen(text));
}

static Chardev *new_server(const char *path)
{
    return test_chardev_new("backend", "socket", "id", "s", "path", path, "server", "on", "wait",
                            "off");
}

static void test_server(void)
{
    g_autofree char *path = sock_path("server");
    g_autofree char *connected_name = g_strdup_printf("unix:%s,server=on", path);
    g_autofree char *free_name = g_strconcat("disconnected:", connected_name, NULL);
    Chardev *chr = new_server(path);
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    g_assert_true(chardev_has_frontend(chr));
    g_assert_true(chardev_wants_echo(chr));
    assert_filename(chr, free_name);
    turn_few();
    g_assert_cmpstr(fe.events->str, ==, "");
    /* Nobody there: taken and dropped. */
    g_assert_cmpint(chardev_write(chr, "lost", 4), ==, 4);
    for (int i = 1; i <= 3; i++) {
        fd = unix_socket(path, false);
        send_text(fd, "hello");
        turn_until(fe.in->len == 5u * i);
        assert_filename(chr, connected_name);
        g_assert_true(chardev_is_open(chr));
        g_assert_cmpint(chardev_write(chr, "world", 5), ==, 5);
        assert_received(fd, "world");
        close(fd);
        turn_until(fe.events->len == 2u * i);
        g_assert_false(chardev_is_open(chr));
        assert_filename(chr, free_name);
    }
    g_assert_cmpstr(fe.events->str, ==, "ocococ");
    test_fe_end(&fe);
    g_assert_cmpint(access(path, F_OK), !=, 0);
}

/* ---- descriptors ---- */

static int taken[32];
static unsigned n_taken, want_taken;

static void take_fds(void *opaque, const uint8_t *bytes, size_t len)
{
    TestFrontend *fe = opaque;

    test_fe_read(fe, bytes, len);
    while (n_taken < want_taken && (taken[n_taken] = chardev_take_fd(fe->chr)) >= 0) {
        g_assert_true(fcntl(taken[n_taken++], F_GETFD) & FD_CLOEXEC);
    }
}

/* The front end takes what it wants of what came with the bytes; the rest is closed. */
static void test_descriptors(void)
{
    static const ChardevFrontend ops = {
        .can_read = test_fe_can_read,
        .read = take_fds,
        .event = test_fe_event,
    };
    g_autofree char *path = sock_path("fds");
    Chardev *chr = new_server(path);
    TestFrontend fe = {
        .chr = chr, .in = g_string_new(NULL), .events = g_string_new(NULL), .room = 4096
    };
    int fd, ends[2];

    g_assert_true(chardev_attach(chr, &ops, &fe, NULL, &error_abort));
    fd = unix_socket(path, false);
    for (unsigned sent = 1; sent <= 31; sent += 10) {
        g_assert_cmpint(pipe2(ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
        n_taken = 0;
        want_taken = sent / 2;
        g_string_truncate(fe.in, 0);
        send_fds(fd, "abc", ends[1], sent);
        close(ends[1]);
        turn_until(fe.in->len == 3);
        g_assert_cmpuint(n_taken, ==, MIN(want_taken, 16));
        g_assert_cmpint(is_held(ends[0]), ==, n_taken > 0);
        while (n_taken) {
            close(taken[--n_taken]);
        }
        g_assert_false(is_held(ends[0]));
        close(ends[0]);
    }
    /* They come only with the bytes, and never to another. */
    g_assert_cmpint(chardev_take_fd(chr), ==, -1);
    close(fd);
    test_fe_end(&fe);
}

/* A second client waits until the first has gone; its bytes are not lost. */
static void test_one_at_a_time(void)
{
    g_autofree char *path = sock_path("one");
    Chardev *chr = new_server(path);
    TestFrontend fe;
    int first, second;

    test_fe_attach(&fe, chr);
    first = unix_socket(path, false);
    second = unix_socket(path, false);
    send_text(first, "1");
    send_text(second, "2");
    turn_until(fe.in->len == 1);
    turn_few();
    g_assert_cmpstr(fe.in->str, ==, "1");
    close(first);
    turn_until(fe.in->len == 2);
    g_assert_cmpstr(fe.in->str, ==, "12");
    g_assert_cmpstr(fe.events->str, ==, "oco");
    close(second);
    test_fe_end(&fe);
}

static void test_disconnect(void)
{
    g_autofree char *path = sock_path("disconnect");
    Chardev *chr = new_server(path);
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    chardev_disconnect(chr);
    fd = unix_socket(path, false);
    turn_until(fe.events->len == 1);
    chardev_write(chr, "bye", 3);
    chardev_disconnect(chr);
    /* Said from the loop, not from within the call. */
    g_assert_cmpstr(fe.events->str, ==, "o");
    g_assert_cmpint(chardev_write(chr, "more", 4), ==, -1);
    turn_until(fe.events->len == 2);
    assert_received(fd, "bye");
    assert_end(fd);
    close(fd);
    test_fe_end(&fe);
}

static void test_flow_control(void)
{
    g_autofree char *path = sock_path("flow");
    Chardev *chr = new_server(path);
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    fe.room = 3;
    fd = unix_socket(path, false);
    send_text(fd, "abcdefgh");
    turn_until(fe.in->len >= 3);
    fe.room = 0;
    turn_few();
    g_assert_cmpuint(fe.in->len, <=, 6);
    fe.room = 100;
    turn_few();
    g_assert_cmpuint(fe.in->len, <=, 6);
    chardev_accept_input(chr);
    turn_until(fe.in->len == 8);
    /* Not reading, it still sees the client leave. */
    fe.room = 0;
    send_text(fd, "never read");
    turn_few();
    close(fd);
    turn_until(fe.events->len == 2);
    g_assert_cmpstr(fe.in->str, ==, "abcdefgh");
    test_fe_end(&fe);
}

/* A client that does not read gets a part; the rest is for later. */
static void test_back_pressure(void)
{
    enum { SIZE = 8 << 20 };
    g_autofree char *path = sock_path("pressure");
    g_autofree char *bytes = g_malloc(SIZE);
    g_autofree char *got = g_malloc(SIZE);
    Chardev *chr = new_server(path);
    size_t sent = 0, received = 0;
    TestFrontend fe;
    ssize_t n;
    int fd;

    for (int i = 0; i < SIZE; i++) {
        bytes[i] = (char)(i * 7 + (i >> 12));
    }
    test_fe_attach(&fe, chr);
    fd = unix_socket(path, false);
    turn_until(fe.events->len == 1);
    n = chardev_write(chr, bytes, SIZE);
    g_assert_cmpint(n, >, 0);
    g_assert_cmpint(n, <, SIZE);
    sent = n;
    turn_few();
    g_assert_cmpint(fe.writables, ==, 0);
    while (received < SIZE) {
        int writables = fe.writables;

        n = recv(fd, got + received, SIZE - received, MSG_DONTWAIT);
        if (n > 0) {
            received += n;
            continue;
        }
        g_assert_cmpint(n, ==, -1);
        turn_until(fe.writables > writables);
        n = chardev_write(chr, bytes + sent, SIZE - sent);
        g_assert_cmpint(n, >=, 0);
        sent += n;
    }
    g_assert_cmpmem(bytes, SIZE, got, SIZE);
    close(fd);
    test_fe_end(&fe);
}

/* Reset by the client: the writer hears of it, CLOSED follows, nobody is killed by SIGPIPE. */
static void test_write_to_the_dead(void)
{
    g_autofree char *path = sock_path("dead");
    Chardev *chr = new_server(path);
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    fd = unix_socket(path, false);
    turn_until(fe.events->len == 1);
    close(fd);
    g_assert_cmpint(chardev_write(chr, "x", 1), ==, -1);
    turn_until(fe.events->len == 2);
    g_assert_cmpint(chardev_write(chr, "x", 1), ==, 1);
    test_fe_end(&fe);
}

static int tcp_connect(const char *filename)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    const char *port = strrchr(filename, ':') + 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&in, sizeof(in)), ==, 0);
    return fd;
}

static void test_tcp(void)
{
    Chardev *chr = test_chardev_new("backend", "socket", "id", "t", "host", "127.0.0.1", "port",
                                    "0", "server", "on", "wait", "off");
    g_autofree char *free_name = chardev_filename(chr);
    g_autofree char *name = NULL;
    TestFrontend fe;
    int fd;

    g_assert_true(g_str_has_prefix(free_name, "disconnected:tcp:127.0.0.1:"));
    g_assert_true(g_str_has_suffix(free_name, ",server=on"));
    test_fe_attach(&fe, chr);
    fd = tcp_connect(free_name);
    send_text(fd, "hi");
    turn_until(fe.in->len == 2);
    name = chardev_filename(chr);
    g_assert_true(g_str_has_prefix(name, free_name + strlen("disconnected:")));
    g_assert_nonnull(strstr(name, ",server=on <-> 127.0.0.1:"));
    close(fd);
    turn_until(fe.events->len == 2);
    assert_filename(chr, free_name);
    test_fe_end(&fe);
}

static void test_client(void)
{
    g_autofree char *path = sock_path("client");
    g_autofree char *name = g_strconcat("unix:", path, NULL);
    int listener = unix_socket(path, true);
    Chardev *chr = test_chardev_new("backend", "socket", "id", "c", "path", path);
    int fd = accept(listener, NULL, NULL);
    TestFrontend fe;

    assert_filename(chr, name);
    test_fe_attach(&fe, chr);
    g_assert_cmpstr(fe.events->str, ==, "");
    turn_until(fe.events->len == 1);
    send_text(fd, "hi");
    turn_until(fe.in->len == 2);
    chardev_write(chr, "ho", 2);
    assert_received(fd, "ho");
    close(fd);
    turn_until(fe.events->len == 2);
    test_fe_end(&fe);
    /* Not ours: it stays. */
    g_assert_cmpint(access(path, F_OK), ==, 0);
    unlink(path);
    close(listener);
}

static void *accept_two(void *opaque)
{
    int listener = GPOINTER_TO_INT(opaque);

    g_usleep(120000);
    close(accept(listener, NULL, NULL));
    return GINT_TO_POINTER(accept(listener, NULL, NULL));
}

/* At start-up it waits until there is room for it, longer than it takes to look once. */
static void test_client_waits(void)
{
    g_autofree char *path = sock_path("backlog");
    int listener = unix_socket(path, true);
    TestFrontend fe;
    Chardev *chr;
    GThread *thread;
    int first, fd;

    g_assert_cmpint(listen(listener, 0), ==, 0);
    first = unix_socket(path, false);
    thread = thread_start("server", accept_two, GINT_TO_POINTER(listener));
    chr = test_chardev_new("backend", "socket", "id", "c", "path", path);
    fd = GPOINTER_TO_INT(g_thread_join(thread));
    test_fe_attach(&fe, chr);
    send_text(fd, "hi");
    turn_until(fe.in->len == 2);
    close(fd);
    close(first);
    turn_until(fe.events->len == 2);
    test_fe_end(&fe);
    unlink(path);
    close(listener);
}

static void test_inherited_listener(void)
{
    g_autofree char *path = sock_path("inherited");
    g_autofree char *number = g_strdup_printf("%d", unix_socket(path, true));
    Chardev *chr = test_chardev_new("backend", "socket", "id", "f", "fd", number, "server", "on",
                                    "wait", "off");
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    fd = unix_socket(path, false);
    send_text(fd, "hi");
    turn_until(fe.in->len == 2);
    close(fd);
    test_fe_end(&fe);
    g_assert_cmpint(access(path, F_OK), ==, 0);
    unlink(path);
}

static void test_inherited_connection(void)
{
    g_autofree char *number = NULL;
    Chardev *chr;
    TestFrontend fe;
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), ==, 0);
    number = g_strdup_printf("%d", sv[0]);
    test_refused(test_args("backend", "socket", "id", "f", "fd", number, "server", "on", NULL),
                 "does not listen");
    chr = test_chardev_new("backend", "socket", "id", "f", "fd", number);
    assert_filename(chr, "unix:");
    test_fe_attach(&fe, chr);
    send_text(sv[1], "hi");
    turn_until(fe.in->len == 2);
    close(sv[1]);
    turn_until(fe.events->len == 2);
    test_fe_end(&fe);
}

/* Whoever has passed a descriptor still has it, and makes it a blocking one. */
static void set_blocking(int fd)
{
    g_assert_cmpint(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), ==, 0);
}

/* One that is read without peeking. */
static void tcp_pair(int sv[2])
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(in);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&in, sizeof(in)), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    g_assert_cmpint(getsockname(listener, (struct sockaddr *)&in, &len), ==, 0);
    sv[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(sv[1], (struct sockaddr *)&in, sizeof(in)), ==, 0);
    sv[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    close(listener);
}

static void test_made_blocking(void)
{
    g_autofree char *number = NULL;
    int sv[2], kept;
    TestFrontend fe;
    Chardev *chr;

    tcp_pair(sv);
    kept = dup(sv[0]);
    number = g_strdup_printf("%d", sv[0]);
    chr = test_chardev_new("backend", "socket", "id", "f", "fd", number);
    test_fe_attach(&fe, chr);
    set_blocking(kept);
    /* It looks for more at once where that was worthwhile, so not only the first. */
    for (unsigned i = 1; i <= 200; i++) {
        send_text(sv[1], "hi");
        turn_until(fe.in->len == 2 * i);
    }
    turn_few();
    close(kept);
    close(sv[1]);
    turn_until(fe.events->len == 2);
    test_fe_end(&fe);
}

typedef struct Thief {
    int fd;
    unsigned *stolen;
} Thief;

static void steal_client(void *opaque)
{
    const Thief *thief = opaque;

    if (poll(&(struct pollfd){ .fd = thief->fd, .events = POLLIN }, 1, 0) == 1) {
        close(accept(thief->fd, NULL, NULL));
        ++*thief->stolen;
    }
}

/* A client that another has accepted first: of two on both sides of us, one sees it before. */
static void test_listener_made_blocking(void)
{
    g_autofree char *path = sock_path("blocking");
    int listener = unix_socket(path, true);
    g_autofree char *number = g_strdup_printf("%d", listener);
    unsigned stolen = 0;
    Thief thieves[2] = { { dup(listener), &stolen }, { dup(listener), &stolen } };
    TestFrontend fe;
    Chardev *chr;
    int fd;

    chr = test_chardev_new("backend", "socket", "id", "f", "fd", number, "server", "on", "wait",
                           "off");
    event_loop_set_fd(main_loop(), thieves[0].fd, steal_client, NULL, &thieves[0]);
    test_fe_attach(&fe, chr);
    event_loop_set_fd(main_loop(), thieves[1].fd, steal_client, NULL, &thieves[1]);
    set_blocking(thieves[0].fd);
    fd = unix_socket(path, false);
    turn_until(stolen == 1);
    turn_few();
    g_assert_cmpstr(fe.events->str, ==, "");
    for (int i = 0; i < 2; i++) {
        event_loop_set_fd(main_loop(), thieves[i].fd, NULL, NULL, NULL);
        close(thieves[i].fd);
    }
    close(fd);
    test_fe_end(&fe);
    unlink(path);
}

static void test_inherited_wrong(void)
{
    g_autofree char *path = sock_path("wrong");
    int listener = unix_socket(path, true);
    g_autofree char *number = g_strdup_printf("%d", listener);

    test_refused(test_args("backend", "socket", "id", "f", "fd", number, NULL), "is not connected");
    close(listener);
    unlink(path);
}

static void *connect_late(void *opaque)
{
    int fd;

    g_usleep(20000);
    fd = unix_socket(opaque, false);
    send_text(fd, "early");
    return GINT_TO_POINTER(fd);
}

static void test_wait(void)
{
    g_autofree char *path = sock_path("wait");
    int hold = unix_socket(path, true);
    g_autofree char *number = g_strdup_printf("%d", hold);
    GThread *thread = thread_start("client", connect_late, path);
    Chardev *chr = test_chardev_new("backend", "socket", "id", "w", "fd", number, "server", "on");
    TestFrontend fe;

    g_assert_true(chardev_is_open(chr));
    test_fe_attach(&fe, chr);
    turn_until(fe.in->len == 5);
    close(GPOINTER_TO_INT(g_thread_join(thread)));
    turn_until(fe.events->len == 2);
    test_fe_end(&fe);
    unlink(path);
}

static void test_files_in_the_way(void)
{
    g_autofree char *path = sock_path("way");
    g_autofree char *moved = sock_path("moved");
    struct stat st;
    Chardev *chr;

    /* A file that is no socket stays. */
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    test_refused(test_args("backend", "socket", "id", "s", "path", path, "server", "on", "wait",
                           "off", NULL),
                 "not a socket");
    g_assert_cmpint(access(path, F_OK), ==, 0);
    unlink(path);
    /* One that nobody listens on any more goes. */
    close(unix_socket(path, true));
    chr = new_server(path);
    g_assert_nonnull(chr);
    /* One that somebody listens on stays. */
    test_refused(test_args("backend", "socket", "id", "other", "path", path, "server", "on", "wait",
                           "off", NULL),
                 "another process does");
    /* Somebody has put another one in its place: that is not ours to remove. */
    g_assert_cmpint(g_rename(path, moved), ==, 0);
    close(unix_socket(path, true));
    chardevs_cleanup();
    g_assert_cmpint(lstat(path, &st), ==, 0);
    unlink(path);
    unlink(moved);
}

/* No descriptor is free: the loop does not spin, and the client is let in when there is one. */
static void test_out_of_descriptors(void)
{
    g_autofree char *path = sock_path("full");
    Chardev *chr = new_server(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct rlimit old, none;
    TestFrontend fe;
    int turns = 0;
    int64_t end;

    test_fe_attach(&fe, chr);
    turn_few();
    getrlimit(RLIMIT_NOFILE, &old);
    none = (struct rlimit){ .rlim_cur = dup(fd), .rlim_max = old.rlim_max };
    close((int)none.rlim_cur);
    setrlimit(RLIMIT_NOFILE, &none);
    strcpy(un.sun_path, path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&un, sizeof(un)), ==, 0);
    end = clock_now(CLOCK_HOST) + 250 * NS_PER_MS;
    while (clock_now(CLOCK_HOST) < end) {
        event_loop_iterate(main_loop(), true);
        turns++;
    }
    g_assert_cmpint(turns, <, 50);
    g_assert_cmpstr(fe.events->str, ==, "");
    setrlimit(RLIMIT_NOFILE, &old);
    turn_until(fe.events->len == 1);
    close(fd);
    test_fe_end(&fe);
}

/* ---- many clients at once ---- */

typedef struct ManyClients {
    TestFrontend server;
    TestFrontend client[3];
    unsigned n;
} ManyClients;

static void take_client(void *opaque, Chardev *client)
{
    ManyClients *many = container_of(opaque, ManyClients, server);

    test_fe_attach(&many->client[many->n++], client);
}

static const ChardevFrontend many_ops = {
    .can_read = test_fe_can_read,
    .read = test_fe_read,
    .event = test_fe_event,
    .writable = test_fe_writable,
    .accept = take_client,
};

static void drop_client(TestFrontend *fe)
{
    chardev_release(fe->chr);
    g_string_free(fe->in, TRUE);
    g_string_free(fe->events, TRUE);
}

static void test_many_at_once(void)
{
    g_autofree char *path = sock_path("many");
    ManyClients many = { .server = { .chr = new_server(path),
                                     .in = g_string_new(NULL),
                                     .events = g_string_new(NULL) } };
    Chardev *chr = many.server.chr;
    int fd[3];

    /* The first comes before there is a front end. */
    fd[0] = unix_socket(path, false);
    turn_until(chardev_is_open(chr));
    g_assert_true(chardev_attach(chr, &many_ops, &many.server, NULL, &error_abort));
    g_assert_cmpuint(many.n, ==, 1);
    fd[1] = unix_socket(path, false);
    fd[2] = unix_socket(path, false);
    turn_until(many.n == 3);
    g_assert_false(chardev_is_open(chr));
    for (int i = 2; i >= 0; i--) {
        g_assert_cmpstr(many.client[i].events->str, ==, "o");
        g_assert_cmpint(chardev_write(many.client[i].chr, "hello", 5), ==, 5);
        send_text(fd[i], i ? "more" : "first");
    }
    turn_until(many.client[0].in->len == 5 && many.client[2].in->len == 4);
    g_assert_cmpstr(many.client[0].in->str, ==, "first");
    close(fd[1]);
    turn_until(strcmp(many.client[1].events->str, "oc") == 0);
    g_assert_cmpstr(many.client[0].events->str, ==, "o");
    for (int i = 0; i < 3; i++) {
        drop_client(&many.client[i]);
    }
    turn_few();
    close(fd[0]);
    close(fd[2]);
    test_fe_end(&many.server);
}

/* ---- another loop ---- */

typedef struct Mover {
    TestFrontend *fe;
    EventLoop *to;
    bool moved; /* atomic */
} Mover;

static void move(void *opaque)
{
    Mover *m = opaque;

    chardev_set_loop(m->fe->chr, m->to);
    __atomic_store_n(&m->moved, true, __ATOMIC_RELEASE);
    event_loop_run_once(main_loop(), loop_test_wake, NULL);
}

static EventLoop *reader_loop; /* atomic */

static void note_loop(void *opaque, const uint8_t *bytes, size_t len)
{
    __atomic_store_n(&reader_loop, event_loop_current(), __ATOMIC_RELEASE);
    event_loop_run_once(main_loop(), loop_test_wake, NULL);
}

static size_t any_room(void *opaque)
{
    return 1;
}

static void test_moves_to_another_loop(void)
{
    static const ChardevFrontend ops = { .can_read = any_room, .read = note_loop };
    g_autofree char *path = sock_path("move");
    IoThread *io = io_thread_create("io");
    Chardev *chr = new_server(path);
    TestFrontend fe = { .chr = chr };
    Mover back = { .fe = &fe, .to = main_loop() };
    int fd = unix_socket(path, false);

    g_assert_true(chardev_attach(chr, &ops, &fe, NULL, &error_abort));
    send_text(fd, "a");
    turn_until(__atomic_load_n(&reader_loop, __ATOMIC_ACQUIRE) == main_loop());
    chardev_set_loop(chr, io_thread_loop(io));
    g_assert_true(chardev_get_loop(chr) == io_thread_loop(io));
    send_text(fd, "b");
    turn_until(__atomic_load_n(&reader_loop, __ATOMIC_ACQUIRE) == io_thread_loop(io));
    event_loop_run_once(io_thread_loop(io), move, &back);
    turn_until(__atomic_load_n(&back.moved, __ATOMIC_ACQUIRE));
    send_text(fd, "c");
    turn_until(__atomic_load_n(&reader_loop, __ATOMIC_ACQUIRE) == main_loop());
    io_thread_destroy(io);
    close(fd);
    turn_until(!chardev_is_open(chr));
    chardevs_cleanup();
}

enum { WRITERS = 3, LINES = 2000 };

static void *write_lines(void *opaque)
{
    for (int i = 0; i < LINES; i++) {
        while (chardev_write(opaque, "0123456789\n", 11) == 0) {
            g_usleep(10);
        }
    }
    return NULL;
}

static void *read_all(void *opaque)
{
    size_t total = 0;
    char bytes[4096];
    ssize_t n;

    while ((n = recv(GPOINTER_TO_INT(opaque), bytes, sizeof(bytes), 0)) > 0) {
        total += n;
    }
    return GSIZE_TO_POINTER(total);
}

/* Writers in several threads, while the client comes and goes. */
static void test_threads(void)
{
    g_autofree char *path = sock_path("threads");
    Chardev *chr = new_server(path);
    GThread *writers[WRITERS];
    TestFrontend fe;

    test_fe_attach(&fe, chr);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = thread_start("writer", write_lines, chr);
    }
    for (unsigned i = 1; i <= 5; i++) {
        int fd = unix_socket(path, false);
        GThread *reader = thread_start("reader", read_all, GINT_TO_POINTER(fd));

        turn_until(fe.events->len >= 2 * i - 1);
        chardev_disconnect(chr);
        turn_until(fe.events->len >= 2 * i);
        g_thread_join(reader);
        close(fd);
    }
    for (int i = 0; i < WRITERS; i++) {
        g_thread_join(writers[i]);
    }
    g_assert_cmpstr(fe.events->str, ==, "ocococococ");
    test_fe_end(&fe);
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    dir = g_dir_make_tmp("vitrine-chardev-XXXXXX", NULL);
    g_test_add_func("/chardev/socket/descriptors", test_descriptors);
    g_test_add_func("/chardev/socket/server", test_server);
    g_test_add_func("/chardev/socket/one-at-a-time", test_one_at_a_time);
    g_test_add_func("/chardev/socket/disconnect", test_disconnect);
    g_test_add_func("/chardev/socket/flow-control", test_flow_control);
    g_test_add_func("/chardev/socket/back-pressure", test_back_pressure);
    g_test_add_func("/chardev/socket/write-to-the-dead", test_write_to_the_dead);
    g_test_add_func("/chardev/socket/tcp", test_tcp);
    g_test_add_func("/chardev/socket/client", test_client);
    g_test_add_func("/chardev/socket/client-waits", test_client_waits);
    g_test_add_func("/chardev/socket/inherited-listener", test_inherited_listener);
    g_test_add_func("/chardev/socket/inherited-connection", test_inherited_connection);
    g_test_add_func("/chardev/socket/inherited-wrong", test_inherited_wrong);
    g_test_add_func("/chardev/socket/made-blocking", test_made_blocking);
    g_test_add_func("/chardev/socket/listener-made-blocking", test_listener_made_blocking);
    g_test_add_func("/chardev/socket/wait", test_wait);
    g_test_add_func("/chardev/socket/files-in-the-way", test_files_in_the_way);
    g_test_add_func("/chardev/socket/out-of-descriptors", test_out_of_descriptors);
    g_test_add_func("/chardev/socket/many-at-once", test_many_at_once);
    g_test_add_func("/chardev/socket/moves", test_moves_to_another_loop);
    g_test_add_func("/chardev/socket/threads", test_threads);
    result = g_test_run();
    g_rmdir(dir);
    g_free(dir);
    return result;
}
