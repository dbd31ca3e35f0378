/*
 * Block nodes, and the disks that stand on them.
 *
 * A node is a file, or a part of another node; it has a name. A BlockBackend is what a device of
 * the guest reads and writes, on one node. Requests run in the kernel or in workers, never on the
 * main loop.
 *
 * BQL held; completions come on the main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCK_BLOCK_H
#define BLOCK_BLOCK_H

#include "qapi/qapi-types-block-core.h"
#include "util/coroutine.h"
#include "util/error.h"
#include "util/event-loop.h"

#include <sys/uio.h>

#define BLOCK_SECTOR_SIZE 512

typedef struct BlockNode BlockNode;
typedef struct BlockBackend BlockBackend;
typedef struct BlockRequest BlockRequest;

typedef enum BlockOp {
    BLOCK_READ,
    BLOCK_WRITE,
    BLOCK_FLUSH,
    BLOCK_DISCARD,
    BLOCK_WRITE_ZEROES,
    BLOCK_OPS,
} BlockOp;

/*
 * Embedded in what the caller keeps for it. @op may have become BLOCK_WRITE_ZEROES in the end.
 * @error is 0 or a positive errno. With a read that failed some of the buffers may have been
 * filled.
 */
typedef void BlockDone(BlockRequest *req, int error);

struct BlockRequest {
    BlockOp op;
    uint64_t offset; /* bytes */
    uint64_t bytes;
    struct iovec *iov; /* the caller's until done(), holding @bytes; not changed */
    unsigned iov_count;
    bool may_unmap; /* of BLOCK_WRITE_ZEROES: space may be given back */
    BlockDone *done;
    /* private */
    BlockBackend *blk;
    BlockNode *file;
    uint64_t file_offset;
    uint64_t progress;
    struct iovec *rest; /* what is left after a short transfer; NULL: all of @iov */
    int64_t start_ns;
    int error;
};

/* ---- nodes ---- */

/* At start-up: what blockdev-add does. A node without a name gets one: "#blockN". */
BlockNode *no_coroutine_fn block_node_create(const BlockdevOptions *options, Error **errp);

/*
 * How blockdev-add takes a descriptor that its client has named (getfd); -1 with an error. Set
 * once, before there are clients.
 */
typedef int BlockTakeFd(const char *name, Error **errp);
void block_set_take_fd(BlockTakeFd *fn);
/* At exit, when nobody submits any more: hang up on servers. */
void no_coroutine_fn block_nbd_finish(void);

/* ---- disks ---- */

/* What a device wants done about errors. */
typedef enum BlockOnError {
    BLOCK_ON_ERROR_REPORT, /* to the guest */
    BLOCK_ON_ERROR_IGNORE, /* tell it that all went well */
    BLOCK_ON_ERROR_ENOSPC, /* stop the machine when the host's disk is full, else report */
    BLOCK_ON_ERROR_STOP,
} BlockOnError;

enum { BLOCK_ERROR_OF_READ, BLOCK_ERROR_OF_WRITE, BLOCK_ERRORS };

/* What @word means; NULL and "auto": @otherwise. False: @property cannot have it as a value. */
bool block_parse_on_error(const char *property, const char *word, BlockOnError otherwise,
                          BlockOnError *on_error, Error **errp);

/* What a device does that has not been told otherwise. */
typedef struct BlockDefaults {
    bool writes_through; /* writes are complete only when they are on the disk */
    BlockOnError on_error[BLOCK_ERRORS];
} BlockDefaults;

/* What is usual: write back; report errors of reading, and of writing but for a full disk. */
BlockDefaults block_defaults(void);
/* For -drive: a disk called @id on a node of its own, waiting for a device. */
bool no_coroutine_fn block_drive_create(const char *id, const BlockdevOptions *options,
                                        const BlockDefaults *defaults, Error **errp);
const BlockDefaults *block_backend_defaults(const BlockBackend *blk);
/*
 * For a device: the disk or node called @drive. @read_only: it shall not be written; otherwise it
 * must not be read-only. Fails when somebody else uses it and one of both writes.
 */
BlockBackend *block_backend_attach(const char *drive, bool read_only, Error **errp);
/* Whether a device could write to the disk or node called @drive; false also when there is none. */
bool block_is_writable(const char *drive);
/* The path of the device in the object tree, for queries. */
void block_backend_set_device(BlockBackend *blk, const char *path);
/*
 * Threads for disks: what is done by the kernel's io_uring is filled in, and its result taken, in
 * the thread that turns @loop, and no longer in those that hold the BQL. *@max_batch, which is
 * atomic and lives as long as the loop: how many requests are given to the kernel by one system
 * call; 0: as many as fit. NULL: this host has no io_uring.
 */
typedef struct BlockUring BlockUring;
BlockUring *block_uring_new(EventLoop *loop, const int64_t *max_batch);
/* When all requests are done. The thread does it, at its end at the latest. */
void block_uring_free(BlockUring *ring);
/* Whether that is how this one is read and written; else workers do it, or a connection's thread. */
bool block_backend_uses_uring(const BlockBackend *blk);
/* From now on, until the device is detached. */
void block_backend_set_uring(BlockBackend *blk, BlockUring *ring);
/* Requests that are under way complete later; who gave them still hears of it. */
void block_backend_detach(BlockBackend *blk);
/*
 * Main loop: block_backend_size() has changed (block_resize). Requests behind the new end fail from
 * now on.
 */
typedef void BlockResizedFn(void *opaque);
/* Until the device is detached. It only has sizes that are multiples of @unit, in bytes. */
void block_backend_set_resized(BlockBackend *blk, uint32_t unit, BlockResizedFn *fn, void *opaque);
/* A multiple of BLOCK_SECTOR_SIZE. */
uint64_t block_backend_size(const BlockBackend *blk);
/* done() is called later, always. */
void block_submit(BlockBackend *blk, BlockRequest *req);
/*
 * What waits for the disk's limits completes with ECANCELED, later. For devices that are reset; those
 * that are detached need not ask for it.
 */
void block_cancel_waiting(BlockBackend *blk);

/* ---- errors ---- */

/* Carry out again what block_backend_handle_error() has said BLOCK_ERROR_ACTION_STOP of. */
typedef void BlockRetryFn(void *opaque);
/* Until the device is detached. */
void block_backend_set_on_error(BlockBackend *blk, const BlockOnError on_error[BLOCK_ERRORS],
                                BlockRetryFn *retry, void *opaque);
/*
 * A request has failed: send BLOCK_IO_ERROR and say what to do. With BLOCK_ERROR_ACTION_STOP the
 * device keeps it, and asks for the machine to be stopped.
 */
BlockErrorAction block_backend_handle_error(BlockBackend *blk, const BlockRequest *req, int error);
/* Whether any disk waits for the machine to be started again. */
bool block_is_stopped(void);
/* The machine is started: it is as if no error had been, and what was kept is carried out again. */
void block_retry(void);
/* For queries. */
void block_backend_set_writes_through(BlockBackend *blk, bool writes_through);

/*
 * Wait until no request is under way; of servers that do not answer within seconds they fail. What
 * waits for limits goes on waiting, at least until the main loop's next turn. False: cancelled.
 */
bool coroutine_fn block_drain(void);

#endif
