/*
 * Files that commands write, where the directory changes its mind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/file-target.h"

#include <glib.h>
#include <glib/gstdio.h>

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *dir, *path;
static void (*meanwhile)(void);

static bool never(void)
{
    return false;
}

static bool produce(FileSink *sink, void *opaque, Error **errp)
{
    if (meanwhile) {
        meanwhile();
    }
    return file_sink_write(sink, "new", 3, errp);
}

static bool write_target(Error **errp)
{
    const FileContent content = { .produce = produce, .size = 3 };

    return file_target_write(path, &content, never, errp);
}

static void assert_content(const char *expected)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
}

static void forbid(void)
{
    g_assert_cmpint(g_chmod(dir, 0555), ==, 0);
}

static void make_directory(void)
{
    g_assert_cmpint(g_mkdir(path, 0777), ==, 0);
}

static void empty_directory(void)
{
    const char *name;
    GDir *entries = g_dir_open(dir, 0, NULL);

    g_assert_cmpint(g_chmod(dir, 0777), ==, 0);
    while ((name = g_dir_read_name(entries))) {
        g_autofree char *left = g_build_filename(dir, name, NULL);

        g_assert_cmpint(g_remove(left), ==, 0);
    }
    g_dir_close(entries);
}

/* The temporary file cannot be renamed: there is nothing else to do, and why is told. */
static void test_new_refused(void)
{
    Error *err = NULL;

    meanwhile = forbid;
    g_assert_false(write_target(&err));
    g_assert_nonnull(strstr(error_get_pretty(err), "Permission denied"));
    g_assert_nonnull(strstr(error_get_pretty(err), path));
    error_free(err);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    empty_directory();
}

static void test_new_in_the_way(void)
{
    Error *err = NULL;

    meanwhile = make_directory;
    g_assert_false(write_target(&err));
    g_assert_nonnull(strstr(error_get_pretty(err), "Is a directory"));
    error_free(err);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_DIR));
    empty_directory();
}

/* A file that was there is written through instead. */
static void test_old_refused(void)
{
    g_assert_true(g_file_set_contents(path, "before", -1, NULL));
    meanwhile = forbid;
    g_assert_true(write_target(&error_abort));
    assert_content("new");
    empty_directory();
}

static void test_new(void)
{
    meanwhile = NULL;
    g_assert_true(write_target(&error_abort));
    assert_content("new");
    empty_directory();
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    /* Nothing is forbidden to root. */
    if (geteuid() == 0 && seteuid(65534) < 0) {
        g_print("1..0 # SKIP cannot become an ordinary user\n");
        return 0;
    }
    dir = g_dir_make_tmp("vitrine-target-XXXXXX", NULL);
    g_assert_nonnull(dir);
    path = g_build_filename(dir, "target", NULL);
    g_test_add_func("/file-target/new", test_new);
    g_test_add_func("/file-target/new-refused", test_new_refused);
    g_test_add_func("/file-target/new-in-the-way", test_new_in_the_way);
    g_test_add_func("/file-target/old-refused", test_old_refused);
    status = g_test_run();
    /* A sanitizer that looks for leaks has to be let in again. */
    g_assert_cmpint(seteuid(getuid()), ==, 0);
    prctl(PR_SET_DUMPABLE, 1);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    return status;
}
