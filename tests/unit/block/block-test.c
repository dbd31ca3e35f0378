/*
 * Block nodes in tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-test.h"

#include "qapi/keyval.h"
#include "qapi/qapi-visit-block-core.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SIZE (1 << 20)

char *dir;

char *make_file(const char *name, size_t size)
{
    char *path = g_build_filename(dir, name, NULL);
    g_autofree char *content = g_malloc(size);
    for (size_t i = 0; i < size; i++) {
        content[i] = (char)(i / BLOCK_SECTOR_SIZE);
    }
    g_assert_true(g_file_set_contents(path, content, (gssize)size, NULL));
    return path;
}

BlockdevOptions *parse(const char *text)
{
    g_autoptr(QDict) props = keyval_parse(text, NULL, &error_abort);
    g_autoptr(Visitor) v = qobject_input_visitor_new_keyval(QOBJECT(props));
    BlockdevOptions *options = NULL;
    visit_type_BlockdevOptions(v, NULL, &options, &error_abort);
    return options;
}

bool create(const char *text, Error **errp)
{
    BlockdevOptions *options = parse(text);
    bool ok = block_node_create(options, errp) != NULL;
    qapi_free_BlockdevOptions(options);
    return ok;
}

void make(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    create(text, &error_abort);
}

void expect_error(const char *part, const char *fmt, ...)
{
    g_autoptr(Error) err = NULL;
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    guint before = block_nodes()->len;
    g_assert_false(create(text, &err));
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
    g_assert_cmpuint(block_nodes()->len, ==, before);
}

void drop(const char *name)
{
    block_node_delete(block_node_find(name), &error_abort);
}

void on_done(BlockRequest *req, int error)
{
    Wait *wait = (Wait *)req;
    wait->done = true;
    wait->error = error;
}

int wait_for(Wait *wait)
{
    while (!wait->done) {
        event_loop_iterate(main_loop(), true);
    }
    return wait->error;
}

int request(BlockBackend *blk, BlockOp op, uint64_t offset, void *buf, uint64_t bytes)
{
    /* In pieces that fit nothing. */
    struct iovec iov[3] = {
        { buf, MIN(bytes, 7) },
        { (char *)buf + MIN(bytes, 7), 0 },
        { (char *)buf + MIN(bytes, 7), bytes - MIN(bytes, 7) },
    };
    Wait wait = { .req = { .op = op,
                           .offset = offset,
                           .bytes = bytes,
                           .iov = iov,
                           .iov_count = 3,
                           .may_unmap = true,
                           .done = on_done } };
    block_submit(blk, &wait.req);
    g_assert_false(wait.done);
    return wait_for(&wait);
}

void check_requests(BlockBackend *blk, const char *path)
{
    g_autofree char *buf = g_malloc(SIZE), *content = NULL;
    g_assert_cmpint(request(blk, BLOCK_READ, 1024, buf, 1024), ==, 0);
    g_assert_cmpint(buf[0], ==, 2);
    g_assert_cmpint(buf[1023], ==, 3);
    g_assert_cmpint(request(blk, BLOCK_READ, 0, buf, SIZE), ==, 0);
    g_assert_cmpint(buf[99 * 512], ==, 99);
    memset(buf, 'w', 512);
    g_assert_cmpint(request(blk, BLOCK_WRITE, 512, buf, 512), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_WRITE_ZEROES, 4096, NULL, 4096), ==, 0);
    g_assert_cmpint(request(blk, BLOCK_DISCARD, 8192, NULL, 4096), ==, 0);
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpint(content[512], ==, 'w');
    g_assert_cmpint(content[1023], ==, 'w');
    g_assert_cmpint(content[1024], ==, 2);
    g_assert_cmpint(content[4095], ==, 7);
    g_assert_cmpint(content[4096], ==, 0);
    g_assert_cmpint(content[8191], ==, 0);
    g_assert_cmpint(content[8192], ==, 0);
    g_assert_cmpint(content[12288], ==, 24);
    /* Not on the disk. */
    g_assert_cmpint(request(blk, BLOCK_READ, SIZE - 512, buf, 1024), ==, EIO);
    g_assert_cmpint(request(blk, BLOCK_WRITE, SIZE, buf, 512), ==, EIO);
    g_assert_cmpint(request(blk, BLOCK_READ, UINT64_MAX - 511, buf, 512), ==, EIO);
    g_assert_cmpint(request(blk, BLOCK_READ, SIZE, buf, 0), ==, 0);
}

void remove_dir(void)
{
    GDir *list = g_dir_open(dir, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(list))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_unlink(path);
    }
    g_dir_close(list);
    g_rmdir(dir);
    g_free(dir);
}

void make_dir(void)
{
    dir = g_dir_make_tmp("vitrine-block-XXXXXX", NULL);
}
