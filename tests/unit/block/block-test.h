/*
 * Block nodes in tests: making them, files for them, and requests that are waited for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCK_TEST_H
#define BLOCK_TEST_H

#include "block/block-internal.h"

/* A directory that goes with everything in it at the end. */
extern char *dir;
void make_dir(void);
void remove_dir(void);

/* A file of @size bytes in it, each sector full of its number; its path. */
char *make_file(const char *name, size_t size);

/* Nodes by the text that -blockdev takes. */
BlockdevOptions *parse(const char *text);
bool create(const char *text, Error **errp);
void make(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* It must fail with a message that has @part, and leave nothing. */
void expect_error(const char *part, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void drop(const char *name);

typedef struct Wait {
    BlockRequest req;
    bool done;
    int error;
} Wait;

/* The request's done(), and waiting for it: its error. */
void on_done(BlockRequest *req, int error);
int wait_for(Wait *wait);
/* Submit one whose memory is in odd pieces, and wait. */
int request(BlockBackend *blk, BlockOp op, uint64_t offset, void *buf, uint64_t bytes);
/* Requests of each kind on a file of 1 MiB at @path that make_file() made, good and bad ones. */
void check_requests(BlockBackend *blk, const char *path);

#endif
