/*
 * Messages and the log: a reader who does not read stops nobody, and learns what was dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/event-loop.h"
#include "util/report.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Much more than a pipe and the queue hold together. */
#define MANY 40000

static char *read_all_lines(int fd, const char *last)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[65536];

    while (!strstr(text->str, last)) {
        ssize_t n = read(fd, buffer, sizeof(buffer));

        g_assert_cmpint(n, >, 0);
        g_string_append_len(text, buffer, n);
    }
    return g_string_free(g_steal_pointer(&text), false);
}

/* In a process of its own, whose stderr is a pipe that is read only at the end. */
static void stalled_reader(void)
{
    int fds[2], real_stderr = dup(STDERR_FILENO);

    g_assert_cmpint(pipe(fds), ==, 0);
    g_assert_cmpint(dup2(fds[1], STDERR_FILENO), >=, 0);
    main_loop_init();
    for (int i = 0; i < MANY; i++) {
        warn_report("message %d, made longer by these words than it has to be", i);
    }
    g_autofree char *text = read_all_lines(fds[0], "were dropped");
    dup2(real_stderr, STDERR_FILENO);
    g_assert_nonnull(strstr(text, "vitrine: warning: message 0,"));
    g_assert_nonnull(strstr(text, "vitrine: warning: message 1,"));
    g_assert_null(strstr(text, "message 39999,"));
}

static void test_stalled_reader(void)
{
    if (g_test_subprocess()) {
        stalled_reader();
        return;
    }
    g_test_trap_subprocess(NULL, 60 * G_USEC_PER_SEC, 0);
    g_test_trap_assert_passed();
}

static void test_all_written_at_exit(void)
{
    if (g_test_subprocess()) {
        main_loop_init();
        for (int i = 0; i < 100; i++) {
            info_report("line %d", i);
        }
        error_report("the end");
        return;
    }
    g_test_trap_subprocess(NULL, 60 * G_USEC_PER_SEC, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("vitrine: info: line 0\nvitrine: info: line 1\n*"
                              "vitrine: info: line 99\nvitrine: the end\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message/stalled-reader", test_stalled_reader);
    g_test_add_func("/message/all-written-at-exit", test_all_written_at_exit);
    return g_test_run();
}
