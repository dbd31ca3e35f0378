/*
 * Targets of every kind: whole or not at all, and nothing that was there is removed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/picture-file.h"

#include "picture-test.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir; /* of one test; removed behind it */
static Frame *frame;

static int cancel_after; /* questions; -1: never */

static bool cancelled(void)
{
    return cancel_after >= 0 && cancel_after-- == 0;
}

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static bool write_png(const char *filename, Error **errp)
{
    return picture_file_write(frame, IMAGE_FORMAT_PNG, filename, cancelled, errp);
}

static void assert_picture(const char *filename)
{
    g_autoptr(Frame) back = picture_test_load(filename);

    picture_test_assert_equal(frame, back);
}

/* What lies in the directory, so that no temporary file is overlooked. */
static void assert_entries(unsigned expected)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    unsigned n = 0;

    while ((name = g_dir_read_name(d))) {
        n++;
    }
    g_dir_close(d);
    g_assert_cmpuint(n, ==, expected);
}

static void assert_fails(const char *filename, const char *why)
{
    Error *err = NULL;

    g_assert_false(write_png(filename, &err));
    g_assert_nonnull(err);
    if (!strstr(error_get_pretty(err), filename) || !strstr(error_get_pretty(err), why)) {
        g_error("'%s' lacks '%s' or '%s'", error_get_pretty(err), filename, why);
    }
    error_free(err);
}

static void assert_text(const char *filename, const char *expected)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(filename, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
}

static mode_t mode_of(const char *filename)
{
    struct stat st;

    g_assert_cmpint(lstat(filename, &st), ==, 0);
    return st.st_mode;
}

static void put_text(const char *filename, const char *text)
{
    g_assert_true(g_file_set_contents(filename, text, -1, NULL));
}

static void test_new_file(void)
{
    g_autofree char *target = in_dir("new.png"), *ppm = in_dir("new.ppm");
    mode_t old = umask(027);

    g_assert_true(write_png(target, &error_abort));
    umask(old);
    assert_picture(target);
    g_assert_cmpuint(mode_of(target), ==, S_IFREG | 0640);
    g_assert_true(picture_file_write(frame, IMAGE_FORMAT_PPM, ppm, cancelled, &error_abort));
    assert_picture(ppm);
    assert_entries(2);
}

static void test_relative_name(void)
{
    g_autofree char *old = g_get_current_dir();

    g_assert_cmpint(chdir(dir), ==, 0);
    g_assert_true(write_png("plain", &error_abort));
    assert_picture("plain");
    g_assert_cmpint(chdir(old), ==, 0);
    assert_entries(1);
}

static void test_existing_file(void)
{
    g_autofree char *target = in_dir("old.png");
    struct stat before, after;

    put_text(target, "an older and longer picture, so they say");
    g_chmod(target, 0604);
    g_assert_cmpint(stat(target, &before), ==, 0);
    g_assert_true(write_png(target, &error_abort));
    assert_picture(target);
    g_assert_cmpint(stat(target, &after), ==, 0);
    g_assert_cmpuint(after.st_mode, ==, before.st_mode);
    g_assert_cmpuint(after.st_uid, ==, before.st_uid);
    g_assert_cmpuint(after.st_ino, !=, before.st_ino); /* replaced, not overwritten */
    assert_entries(1);
}

static void test_symlinks(void)
{
    g_autofree char *target = in_dir("real"), *link = in_dir("link"), *lost = in_dir("lost");
    g_autofree char *created = in_dir("created");

    put_text(target, "old");
    g_assert_cmpint(symlink("real", link), ==, 0);
    g_assert_true(write_png(link, &error_abort));
    g_assert_true(S_ISLNK(mode_of(link)));
    assert_picture(target);
    g_assert_cmpint(symlink("created", lost), ==, 0);
    g_assert_true(write_png(lost, &error_abort));
    g_assert_true(S_ISLNK(mode_of(lost)));
    assert_picture(created);
    assert_entries(4);
}

/* A shorter picture over a longer file: no old bytes behind it. */
static void test_through_truncates(void)
{
    g_autofree char *target = in_dir("real"), *link = in_dir("link"), *junk = NULL;

    junk = g_strnfill(1000000, 'x');
    put_text(target, junk);
    g_assert_cmpint(symlink("real", link), ==, 0);
    g_assert_true(write_png(link, &error_abort));
    assert_picture(target);
}

static void *read_fifo(void *opaque)
{
    GByteArray *bytes = g_byte_array_new();
    int fd = open(opaque, O_RDONLY);
    uint8_t buf[1000];
    ssize_t n;

    g_assert_cmpint(fd, >=, 0);
    while ((n = read(fd, buf, sizeof(buf))) > 0) {
        g_byte_array_append(bytes, buf, n);
    }
    close(fd);
    return bytes;
}

static void test_fifo(void)
{
    g_autofree char *fifo = in_dir("fifo");
    g_autoptr(GByteArray) bytes = NULL;
    g_autoptr(Frame) back = NULL;
    GThread *reader;

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    reader = g_thread_new("reader", read_fifo, fifo);
    g_assert_true(write_png(fifo, &error_abort));
    bytes = g_thread_join(reader);
    back = picture_test_decode_png(bytes->data, bytes->len);
    picture_test_assert_equal(frame, back);
    g_assert_true(S_ISFIFO(mode_of(fifo)));
}

static void test_fifo_without_reader(void)
{
    g_autofree char *fifo = in_dir("fifo");
    int fd;

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    cancel_after = 30;
    assert_fails(fifo, "cancelled");
    g_assert_true(S_ISFIFO(mode_of(fifo)));
    /* One that opens it and reads nothing. */
    fd = open(fifo, O_RDONLY | O_NONBLOCK);
    cancel_after = 30;
    assert_fails(fifo, "cancelled");
    close(fd);
    assert_entries(1);
}

static void *open_and_leave(void *opaque)
{
    int fd = open(opaque, O_RDONLY);
    uint8_t byte;

    g_assert_cmpint(read(fd, &byte, 1), ==, 1);
    close(fd);
    return NULL;
}

static void test_fifo_reader_leaves(void)
{
    g_autofree char *fifo = in_dir("fifo");
    GThread *reader;

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    reader = g_thread_new("reader", open_and_leave, fifo);
    assert_fails(fifo, g_strerror(EPIPE));
    g_thread_join(reader);
    g_assert_true(S_ISFIFO(mode_of(fifo)));
}

static void test_devices(void)
{
    g_assert_true(write_png("/dev/null", &error_abort));
    g_assert_true(S_ISCHR(mode_of("/dev/null")));
    assert_fails("/dev/full", g_strerror(ENOSPC));
    g_assert_true(S_ISCHR(mode_of("/dev/full")));
}

static void test_no_such_place(void)
{
    g_autofree char *missing = in_dir("no/such/place.png"), *file = in_dir("file");
    g_autofree char *below = in_dir("file/below"), *lost = in_dir("lost");
    g_autofree char *long_name = g_strnfill(5000, 'n');

    assert_fails(missing, g_strerror(ENOENT));
    assert_fails(dir, g_strerror(EISDIR));
    assert_fails("", g_strerror(ENOENT));
    assert_fails(long_name, g_strerror(ENAMETOOLONG));
    put_text(file, "old");
    assert_fails(below, g_strerror(ENOTDIR));
    g_assert_cmpint(symlink("no/such/place", lost), ==, 0);
    assert_fails(lost, g_strerror(ENOENT));
    assert_text(file, "old");
    assert_entries(2);
}

/* A file-size limit stands in for a full disk: an error, and the old file as it was. */
static void test_no_room(void)
{
    g_autofree char *file = in_dir("file"), *fresh = in_dir("fresh"), *link = in_dir("link");
    g_autofree char *lost = in_dir("lost");
    struct rlimit old, small;

    put_text(file, "old");
    g_assert_cmpint(symlink("file", link), ==, 0);
    g_assert_cmpint(symlink("nowhere", lost), ==, 0);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_fails(file, g_strerror(EFBIG));
    assert_fails(fresh, g_strerror(EFBIG));
    assert_fails(link, g_strerror(EFBIG));
    assert_fails(lost, g_strerror(EFBIG));
    setrlimit(RLIMIT_FSIZE, &old);
    assert_text(file, "old");
    assert_entries(3);
}

static void test_cancelled(void)
{
    g_autofree char *file = in_dir("file"), *link = in_dir("link");

    put_text(file, "old");
    g_assert_cmpint(symlink("file", link), ==, 0);
    for (int i = 0; i < 3; i++) {
        cancel_after = i;
        assert_fails(file, "cancelled");
        cancel_after = i;
        assert_fails(link, "cancelled");
    }
    cancel_after = -1;
    assert_text(file, "old");
    assert_entries(2);
}

/* Without the rights to make files in the directory; root has them always. */
static void test_foreign_directory(void)
{
    g_autofree char *file = in_dir("file"), *fresh = in_dir("fresh"), *locked = in_dir("locked");

    put_text(file, "old");
    put_text(locked, "old");
    g_chmod(locked, 0444);
    g_chmod(file, 0666);
    g_chmod(dir, 0555);
    if (geteuid() == 0) {
        g_assert_cmpint(seteuid(65534), ==, 0);
    }
    assert_fails(fresh, g_strerror(EACCES));
    assert_fails(locked, g_strerror(EACCES));
    g_assert_true(write_png(file, &error_abort));
    if (getuid() == 0) {
        g_assert_cmpint(seteuid(0), ==, 0);
    }
    g_chmod(dir, 0755);
    assert_picture(file);
    assert_text(locked, "old");
    assert_entries(2);
}

/* ---- each test in a directory of its own ---- */

static void set_up_dir(void)
{
    dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    g_assert_nonnull(dir);
    g_chmod(dir, 0755);
    cancel_after = -1;
}

static void remove_dir(void)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(d))) {
        g_autofree char *path = in_dir(name);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_dir_close(d);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    g_free(dir);
}

static void run_in_dir(gconstpointer test)
{
    set_up_dir();
    ((void (*)(void))test)();
    remove_dir();
}

static void add(const char *path, void (*test)(void))
{
    g_test_add_data_func(path, test, run_in_dir);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN); /* as main() does */
    signal(SIGXFSZ, SIG_IGN);
    frame = picture_test_frame(801, 603, 0); /* as PNG larger than a pipe holds */
    add("/picture-file/new", test_new_file);
    add("/picture-file/relative-name", test_relative_name);
    add("/picture-file/existing", test_existing_file);
    add("/picture-file/symlinks", test_symlinks);
    add("/picture-file/through-truncates", test_through_truncates);
    add("/picture-file/fifo", test_fifo);
    add("/picture-file/fifo-without-reader", test_fifo_without_reader);
    add("/picture-file/fifo-reader-leaves", test_fifo_reader_leaves);
    add("/picture-file/devices", test_devices);
    add("/picture-file/no-such-place", test_no_such_place);
    add("/picture-file/no-room", test_no_room);
    add("/picture-file/cancelled", test_cancelled);
    add("/picture-file/foreign-directory", test_foreign_directory);
    status = g_test_run();
    frame_unref(frame);
    return status;
}
