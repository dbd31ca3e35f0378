/*
 * Arguments of chardevs: both syntaxes, and what is refused with which words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-args.h"
#include "tests/unit/chardev/test-frontend.h"

#include <unistd.h>

static void test_refusals(void)
{
    test_refused(test_args("backend", "null", NULL), "'id' is missing");
    test_refused(test_args("backend", "null", "id", "1a", NULL), "'1a'");
    test_refused(test_args("backend", "null", "id", "a/b", NULL), "'a/b'");
    test_refused(test_args("id", "a", NULL),
                 "'backend' is missing; accepted: file, memory, null, pipe");
    test_refused(test_args("backend", "frob", "id", "a", NULL),
                 "'frob' is not a valid char driver name; accepted: file, memory, null, pipe, pty, "
                 "ringbuf, socket, stdio");
    test_refused(test_args("backend", "stream", "id", "a", NULL), "'stream' is not a valid");
    test_refused(test_args("backend", "file", "id", "a", "frob", "1", NULL),
                 "Invalid parameter 'frob' for chardev backend 'file'; accepted: id, mux, "
                 "logfile, logappend, path, append");
    test_refused(test_args("backend", "null", "id", "a", "frob", "1", NULL), "accepted: id");
    test_refused(test_args("backend", "file", "id", "a", NULL), "needs the parameter 'path'");
    test_refused(test_args("backend", "file", "id", "a", "path", "/", NULL), "'/'");
    test_refused(test_args("backend", "file", "id", "a", "path", "x", "append", "2", NULL),
                 "'append' expects 'on' or 'off', not '2'");
    test_refused(test_args("backend", "pipe", "id", "a", "path", "/nowhere/p", NULL),
                 "'/nowhere/p'");
}

static void test_duplicate(void)
{
    g_assert_nonnull(test_chardev_new("backend", "null", "id", "a"));
    test_refused(test_args("backend", "null", "id", "a", NULL), "Duplicate ID 'a'");
    chardevs_cleanup();
    g_assert_null(chardev_find("a"));
}

static void test_socket_refusals(void)
{
#define SOCKET_ARGS(...) test_args("backend", "socket", "id", "a", __VA_ARGS__, NULL)
    test_refused(test_args("backend", "socket", "id", "a", NULL), "exactly one of 'path'");
    test_refused(SOCKET_ARGS("path", "/x", "fd", "1"), "exactly one of 'path'");
    test_refused(SOCKET_ARGS("path", ""), "'path' expects");
    test_refused(SOCKET_ARGS("host", "localhost"), "go together");
    test_refused(SOCKET_ARGS("path", "/x", "port", "1"), "go together");
    test_refused(SOCKET_ARGS("host", "127.0.0.1", "port", "99999"), "'99999'");
    test_refused(SOCKET_ARGS("host", "127.0.0.1", "port", "http", "server", "on"), "'http'");
    test_refused(SOCKET_ARGS("path", "/x", "wait", "on"), "'wait' option is incompatible");
    test_refused(SOCKET_ARGS("path", "/x", "server", "maybe"), "'maybe'");
    test_refused(SOCKET_ARGS("path", "/nowhere/x"), "Failed to connect to '/nowhere/x'");
    test_refused(SOCKET_ARGS("path", "/nowhere/x", "server", "on"),
                 "Failed to bind socket to '/nowhere/x'");
    test_refused(SOCKET_ARGS("fd", "x"), "'x'");
    test_refused(SOCKET_ARGS("fd", "-1"), "'-1'");
    test_refused(SOCKET_ARGS("fd", "999"), "File descriptor '999' is not a stream socket");
}

static void test_long_path(void)
{
    g_autofree char *path = g_strnfill(200, 'x');

    test_refused(SOCKET_ARGS("path", path), "at most 107 bytes");
    test_refused(SOCKET_ARGS("path", path, "server", "on"), "at most 107 bytes");
}

static void test_not_a_string(void)
{
    QDict *args = test_args("backend", "null", "id", "a", NULL);

    qdict_put_take(args, "frob", qlist_new());
    test_refused(args, "'frob' expects a string");
    args = test_args("backend", "null", NULL);
    qdict_put_take(args, "id", qstring_new_len("a\0b", 3));
    test_refused(args, "'id' expects a string");
}

/* ---- the one-word syntax ---- */

static void assert_arg(const QDict *args, const char *key, const char *value)
{
    g_assert_cmpstr(qdict_get_str(args, key), ==, value);
}

static void assert_legacy(const char *text, const char *backend, const char *key, const char *value)
{
    g_autoptr(QDict) args = chardev_args_from_legacy("a", text, &error_abort);

    assert_arg(args, "id", "a");
    assert_arg(args, "backend", backend);
    if (key) {
        assert_arg(args, key, value);
    }
}

static void test_legacy(void)
{
    assert_legacy("stdio", "stdio", NULL, NULL);
    assert_legacy("stdio,signal=off", "stdio", "signal", "off");
    assert_legacy("pty", "pty", NULL, NULL);
    assert_legacy("null", "null", NULL, NULL);
    assert_legacy("file:/a,b=c", "file", "path", "/a,b=c");
    assert_legacy("pipe:/a", "pipe", "path", "/a");
    assert_legacy("unix:/a", "socket", "path", "/a");
    assert_legacy("unix:/a=b,,c,server=on", "socket", "path", "/a=b,c");
    assert_legacy("unix:/a,server=on,wait=off", "socket", "wait", "off");
    assert_legacy("unix:/a,server,wait=off", "socket", "server", "on");
    assert_legacy("tcp:localhost:80", "socket", "host", "localhost");
    assert_legacy("tcp:localhost:80,server=on", "socket", "port", "80");
    assert_legacy("tcp::80", "socket", "host", "");
    assert_legacy("tcp:[::1]:80", "socket", "host", "::1");
}

static void test_older_spellings(void)
{
    g_autoptr(QDict) args = chardev_args_from_legacy("a", "unix:/a,server,nowait", &error_abort);
    g_autoptr(QDict) normal = chardev_args_normalize(args, &error_abort);

    assert_arg(normal, "server", "on");
    assert_arg(normal, "wait", "off");
    g_assert_false(qdict_haskey(normal, "nowait"));
}

static void assert_legacy_refused(const char *text, const char *message)
{
    g_autoptr(Error) err = NULL;

    g_assert_null(chardev_new_from_legacy("a", text, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), message));
}

static void test_legacy_refusals(void)
{
    assert_legacy_refused("frob", "'frob' is not a valid char driver; accepted: stdio, pty");
    assert_legacy_refused("", "'' is not a valid char driver");
    assert_legacy_refused("mon:nonsense", "'nonsense'");
    assert_legacy_refused("tcp:80", "tcp:HOST:PORT");
    assert_legacy_refused("tcp:host:", "tcp:HOST:PORT");
    assert_legacy_refused("unix:", "'path'");
    assert_legacy_refused("file:", "'path'");
    assert_legacy_refused("chardev:frob", "'frob'");
    assert_legacy_refused("unix:/a,frob=1", "Invalid parameter 'frob'");
}

static void test_legacy_found(void)
{
    g_autoptr(Error) err = NULL;
    Chardev *chr = test_chardev_new("backend", "null", "id", "there");

    g_assert_true(chardev_new_from_legacy("b", "chardev:there", &error_abort) == chr);
    g_assert_null(chardev_new_from_legacy("b", "none", &err));
    g_assert_null(err);
    g_assert_cmpstr(chardev_id(chr), ==, "there");
    chardevs_cleanup();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    g_test_add_func("/chardev/args/refusals", test_refusals);
    g_test_add_func("/chardev/args/duplicate", test_duplicate);
    g_test_add_func("/chardev/args/socket-refusals", test_socket_refusals);
    g_test_add_func("/chardev/args/long-path", test_long_path);
    g_test_add_func("/chardev/args/not-a-string", test_not_a_string);
    g_test_add_func("/chardev/args/legacy", test_legacy);
    g_test_add_func("/chardev/args/older-spellings", test_older_spellings);
    g_test_add_func("/chardev/args/legacy-refusals", test_legacy_refusals);
    g_test_add_func("/chardev/args/legacy-found", test_legacy_found);
    return g_test_run();
}
