/*
 * Chardevs on files, pipes, ptys and the standard streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/chardev/test-frontend.h"
#include "util/worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char *dir;

static char *file_path(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static void write_text(int fd, const char *text)
{
    g_assert_cmpint(write(fd, text, strlen(text)), ==, strlen(text));
}

static void assert_read(int fd, const char *text)
{
    size_t len = strlen(text);
    g_autofree char *bytes = g_malloc(len);

    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, bytes + done, len - done);

        g_assert_true(n > 0 || errno == EAGAIN);
        done += MAX(n, 0);
    }
    g_assert_cmpmem(bytes, len, text, len);
}

static void test_null(void)
{
    Chardev *chr = test_chardev_new("backend", "null", "id", "n");
    TestFrontend fe;
    g_autoptr(Error) err = NULL;

    assert_filename(chr, "null");
    g_assert_false(chardev_wants_echo(chr));
    test_fe_attach(&fe, chr);
    g_assert_false(chardev_attach(chr, &test_fe_ops, &fe, NULL, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'n'"));
    g_assert_cmpint(chardev_write(chr, "x", 1), ==, 1);
    chardev_disconnect(chr);
    turn_few();
    test_fe_end(&fe);
}

/* ---- files ---- */

static void assert_contents(const char *path, const char *text)
{
    g_autofree char *contents = NULL;

    g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, text);
}

static void write_file(const char *path, const char *append, const char *text)
{
    Chardev *chr = test_chardev_new("backend", "file", "id", "f", "path", path, "append", append);
    TestFrontend fe;

    assert_filename(chr, "file");
    test_fe_attach(&fe, chr);
    turn_until(fe.events->len == 1);
    g_assert_cmpint(chardev_write(chr, text, strlen(text)), ==, strlen(text));
    test_fe_end(&fe);
    worker_pool_shutdown(LOOP_TEST_PATIENCE);
}

static void test_file(void)
{
    g_autofree char *path = file_path("file");

    write_file(path, "off", "one");
    assert_contents(path, "one");
    write_file(path, "on", "two");
    assert_contents(path, "onetwo");
    write_file(path, "off", "3");
    assert_contents(path, "3");
    unlink(path);
}

/* All of it in order, and memory bounded, however slow the file is: a FIFO nobody reads yet. */
static void test_slow_file(void)
{
    enum { SIZE = 4 << 20 };
    g_autofree char *path = file_path("slow");
    g_autofree uint8_t *bytes = g_malloc(SIZE);
    g_autofree uint8_t *got = g_malloc(SIZE);
    size_t sent = 0, received = 0;
    TestFrontend fe;
    Chardev *chr;
    int fd;

    for (int i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i ^ (i >> 9));
    }
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    test_refused(test_args("backend", "file", "id", "f", "path", path, NULL), path);
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    chr = test_chardev_new("backend", "file", "id", "f", "path", path);
    test_fe_attach(&fe, chr);
    sent = chardev_write(chr, bytes, SIZE);
    g_assert_cmpuint(sent, <=, 2 << 20);
    while (received < SIZE) {
        ssize_t n = read(fd, got + received, SIZE - received);

        if (n > 0) {
            received += n;
        }
        event_loop_iterate(main_loop(), false);
        sent += chardev_write(chr, bytes + sent, SIZE - sent);
    }
    g_assert_cmpint(fe.writables, >, 0);
    g_assert_cmpmem(bytes, SIZE, got, SIZE);
    test_fe_end(&fe);
    close(fd);
    unlink(path);
}

static void test_full_disk(void)
{
    Chardev *chr = test_chardev_new("backend", "file", "id", "f", "path", "/dev/full");
    TestFrontend fe;

    test_fe_attach(&fe, chr);
    g_assert_cmpint(chardev_write(chr, "x", 1), ==, 1);
    g_assert_cmpint(chardev_write(chr, "y", 1), ==, 1);
    test_fe_end(&fe);
    worker_pool_shutdown(LOOP_TEST_PATIENCE);
}

/* ---- pipes ---- */

static void test_pipe_pair(void)
{
    g_autofree char *path = file_path("pipe");
    g_autofree char *in = g_strconcat(path, ".in", NULL);
    g_autofree char *out = g_strconcat(path, ".out", NULL);
    TestFrontend fe;
    Chardev *chr;
    int to, from;

    g_assert_cmpint(mkfifo(in, 0600), ==, 0);
    g_assert_cmpint(mkfifo(out, 0600), ==, 0);
    chr = test_chardev_new("backend", "pipe", "id", "p", "path", path);
    assert_filename(chr, "pipe");
    test_fe_attach(&fe, chr);
    for (int i = 1; i <= 2; i++) {
        to = open(in, O_WRONLY | O_CLOEXEC);
        from = open(out, O_RDONLY | O_CLOEXEC);
        write_text(to, "ab");
        turn_until(fe.in->len == 2u * i);
        g_assert_cmpint(chardev_write(chr, "cd", 2), ==, 2);
        assert_read(from, "cd");
        /* Whoever leaves leaves the pipe as it is. */
        close(to);
        close(from);
        turn_few();
    }
    g_assert_cmpstr(fe.events->str, ==, "o");
    test_fe_end(&fe);
    unlink(in);
    unlink(out);
}

static void test_pipe_single(void)
{
    g_autofree char *path = file_path("single");
    TestFrontend fe;
    Chardev *chr;
    int fd;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    chr = test_chardev_new("backend", "pipe", "id", "p", "path", path);
    test_fe_attach(&fe, chr);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    write_text(fd, "ab");
    turn_until(fe.in->len == 2);
    close(fd);
    test_fe_end(&fe);
    unlink(path);
}

/* ---- ptys ---- */

/* What pty.c prints for people goes to stderr, away from the test protocol. */
static Chardev *new_pty(void)
{
    int saved = dup(STDOUT_FILENO);
    Chardev *chr;

    fflush(stdout);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    chr = test_chardev_new("backend", "pty", "id", "y");
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return chr;
}

static int open_slave(Chardev *chr)
{
    g_autofree char *name = chardev_filename(chr);
    int fd;

    g_assert_true(g_str_has_prefix(name, "pty:/dev/pts/"));
    fd = open(name + strlen("pty:"), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    g_assert_cmpint(fd, >=, 0);
    return fd;
}

static void test_pty(void)
{
    Chardev *chr = new_pty();
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    g_assert_cmpint(chardev_write(chr, "lost", 4), ==, 4);
    turn_few();
    g_assert_cmpstr(fe.events->str, ==, "");
    for (int i = 1; i <= 2; i++) {
        fd = open_slave(chr);
        turn_until(fe.events->len == 2u * i - 1);
        /* Raw: no echo, no lines, every byte as it is. */
        write_text(fd, "a\003\r\n");
        turn_until(fe.in->len == 4u * i);
        g_assert_cmpint(chardev_write(chr, "b\n", 2), ==, 2);
        assert_read(fd, "b\n");
        close(fd);
        turn_until(fe.events->len == 2u * i);
    }
    g_assert_cmpstr(fe.in->str, ==, "a\003\r\na\003\r\n");
    g_assert_cmpstr(fe.events->str, ==, "ococ");
    test_fe_end(&fe);
}

/* Come and gone between two looks: what was written is read all the same. */
static void test_pty_short_visit(void)
{
    Chardev *chr = new_pty();
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    fd = open_slave(chr);
    write_text(fd, "hi");
    close(fd);
    turn_until(fe.events->len == 2);
    g_assert_cmpstr(fe.in->str, ==, "hi");
    test_fe_end(&fe);
}

/* What is written as soon as somebody is there reaches them. */
static void test_pty_written_at_once(void)
{
    Chardev *chr = new_pty();
    TestFrontend fe;
    int fd;

    test_fe_attach(&fe, chr);
    for (int i = 1; i <= 2; i++) {
        fd = open_slave(chr);
        g_assert_cmpint(chardev_write(chr, "first", 5), ==, 5);
        assert_read(fd, "first");
        turn_until(fe.events->len == 2u * i - 1);
        write_text(fd, "x");
        turn_until(fe.in->len == (gsize)i);
        close(fd);
        turn_until(fe.events->len == 2u * i);
        g_assert_cmpint(chardev_write(chr, "lost", 4), ==, 4);
    }
    g_assert_cmpstr(fe.events->str, ==, "ococ");
    test_fe_end(&fe);
}

static void test_pty_idle(void)
{
    Chardev *chr = new_pty();
    int64_t end = clock_now(CLOCK_HOST) + 500 * NS_PER_MS;
    TestFrontend fe;
    int turns = 0;

    test_fe_attach(&fe, chr);
    while (clock_now(CLOCK_HOST) < end) {
        event_loop_iterate(main_loop(), true);
        turns++;
    }
    g_assert_cmpint(turns, <, 20);
    test_fe_end(&fe);
}

static void test_pty_full(void)
{
    Chardev *chr = new_pty();
    char bytes[4096];
    TestFrontend fe;
    ssize_t n;
    int fd;

    memset(bytes, 'x', sizeof(bytes));
    test_fe_attach(&fe, chr);
    fd = open_slave(chr);
    turn_until(fe.events->len == 1);
    do {
        n = chardev_write(chr, bytes, sizeof(bytes));
        g_assert_cmpint(n, >=, 0);
    } while (n == sizeof(bytes));
    turn_few();
    g_assert_cmpint(fe.writables, ==, 0);
    while (!fe.writables) {
        n = read(fd, bytes, sizeof(bytes));
        event_loop_iterate(main_loop(), n < 0);
    }
    close(fd);
    test_fe_end(&fe);
}

/* ---- the standard streams, in a process of their own ---- */

/* Echo what comes, with "open" and "close" around it, until "q". */
static void sub_stdio(void)
{
    Chardev *chr = chardev_new_from_legacy("io", g_getenv("TEST_STDIO"), &error_abort);
    g_autoptr(Error) err = NULL;
    TestFrontend fe;
    size_t echoed = 0;

    g_assert_null(chardev_new_from_legacy("second", "stdio", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'io'"));
    assert_filename(chr, "stdio");
    test_fe_attach(&fe, chr);
    turn_until(fe.events->len == 1);
    while (!strchr(fe.in->str, 'q')) {
        event_loop_iterate(main_loop(), true);
        echoed += chardev_write(chr, fe.in->str + echoed, fe.in->len - echoed);
    }
    chardev_write(chr, "<end>", 5);
    test_fe_end(&fe);
    worker_pool_shutdown(LOOP_TEST_PATIENCE);
    exit(0);
}

static GPid spawn_stdio(const char *arg, int in, int out)
{
    char *argv[] = { (char *)"/proc/self/exe", (char *)"--stdio", NULL };
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "TEST_STDIO", arg, TRUE);
    GPid pid;

    g_assert_true(g_spawn_async_with_fds(NULL, argv, env, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                         &pid, in, out, STDERR_FILENO, NULL));
    return pid;
}

static void assert_ends_well(GPid pid)
{
    int status;

    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
}

static void test_stdio_pipes(void)
{
    int to[2], from[2];
    GPid pid;

    g_assert_cmpint(pipe2(to, O_CLOEXEC), ==, 0);
    g_assert_cmpint(pipe2(from, O_CLOEXEC), ==, 0);
    pid = spawn_stdio("stdio", to[0], from[1]);
    write_text(to[1], "abc");
    assert_read(from[0], "abc");
    /* Others who have the pipe open do not find it changed. */
    g_assert_false(fcntl(to[0], F_GETFL) & O_NONBLOCK);
    g_assert_false(fcntl(from[1], F_GETFL) & O_NONBLOCK);
    write_text(to[1], "q");
    assert_read(from[0], "q<end>");
    assert_ends_well(pid);
    for (int i = 0; i < 2; i++) {
        close(to[i]);
        close(from[i]);
    }
}

static void test_stdio_files(void)
{
    g_autofree char *in = file_path("in");
    g_autofree char *out = file_path("out");
    int in_fd, out_fd;

    g_assert_true(g_file_set_contents(in, "fileq", -1, NULL));
    in_fd = open(in, O_RDONLY | O_CLOEXEC);
    out_fd = open(out, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    write_text(out_fd, "before ");
    assert_ends_well(spawn_stdio("stdio", in_fd, out_fd));
    assert_contents(out, "before fileq<end>");
    close(in_fd);
    close(out_fd);
    unlink(in);
    unlink(out);
}

static void assert_same_modes(int fd, const struct termios *expected)
{
    struct termios now;

    g_assert_cmpint(tcgetattr(fd, &now), ==, 0);
    g_assert_cmpuint(now.c_iflag, ==, expected->c_iflag);
    g_assert_cmpuint(now.c_oflag, ==, expected->c_oflag);
    g_assert_cmpuint(now.c_lflag, ==, expected->c_lflag);
    g_assert_cmpmem(now.c_cc, sizeof(now.c_cc), expected->c_cc, sizeof(expected->c_cc));
}

static void test_stdio_terminal(gconstpointer arg)
{
    bool signals = strcmp(arg, "stdio") == 0;
    struct termios before, during;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int slave;
    GPid pid;

    g_assert_cmpint(grantpt(master) | unlockpt(master), ==, 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    g_assert_cmpint(tcgetattr(slave, &before), ==, 0);
    g_assert_true(before.c_lflag & ECHO);
    pid = spawn_stdio(arg, slave, slave);
    /* Lines end as on a terminal, and there is no echo but ours. */
    do {
        g_usleep(1000);
        tcgetattr(slave, &during);
    } while (during.c_lflag & ECHO);
    g_assert_cmpint(!!(during.c_lflag & ISIG), ==, signals);
    g_assert_false(during.c_lflag & ICANON);
    g_assert_true(during.c_oflag & OPOST);
    g_assert_cmpint(during.c_cc[VSUSP], ==, _POSIX_VDISABLE);
    g_assert_false(fcntl(slave, F_GETFL) & O_NONBLOCK);
    write_text(master, "a\n\032q");
    assert_read(master, "a\r\n\032q<end>");
    assert_ends_well(pid);
    assert_same_modes(slave, &before);
    close(slave);
    close(master);
}

int main(int argc, char **argv)
{
    int result;

    if (argc == 2 && strcmp(argv[1], "--stdio") == 0) {
        module_init_types();
        main_loop_init();
        sub_stdio();
    }
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    dir = g_dir_make_tmp("vitrine-chardev-XXXXXX", NULL);
    g_test_add_func("/chardev/null", test_null);
    g_test_add_func("/chardev/file", test_file);
    g_test_add_func("/chardev/file/slow", test_slow_file);
    g_test_add_func("/chardev/file/full-disk", test_full_disk);
    g_test_add_func("/chardev/pipe/pair", test_pipe_pair);
    g_test_add_func("/chardev/pipe/single", test_pipe_single);
    g_test_add_func("/chardev/pty", test_pty);
    g_test_add_func("/chardev/pty/short-visit", test_pty_short_visit);
    g_test_add_func("/chardev/pty/written-at-once", test_pty_written_at_once);
    g_test_add_func("/chardev/pty/idle", test_pty_idle);
    g_test_add_func("/chardev/pty/full", test_pty_full);
    g_test_add_func("/chardev/stdio/pipes", test_stdio_pipes);
    g_test_add_func("/chardev/stdio/files", test_stdio_files);
    g_test_add_data_func("/chardev/stdio/terminal", "stdio", test_stdio_terminal);
    g_test_add_data_func("/chardev/stdio/terminal-no-signals", "stdio,signal=off",
                         test_stdio_terminal);
    result = g_test_run();
    g_rmdir(dir);
    g_free(dir);
    return result;
}
