/*
 * Block nodes: what the files of block/ share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCK_INTERNAL_H
#define BLOCK_INTERNAL_H

#include "block/block.h"

#include <pthread.h>

typedef struct BlockStatistics {
    uint64_t bytes[BLOCK_OPS];
    uint64_t operations[BLOCK_OPS];
    uint64_t failed[BLOCK_OPS];
    uint64_t time_ns[BLOCK_OPS];
    uint64_t highest;
} BlockStatistics;

/* A host file that a worker has opened and locked. */
typedef struct BlockFile {
    int fd;
    char *filename;
    bool writable;
    bool locking;
    bool uring;
    uint64_t size;
    /* Past the page cache: what offsets, lengths and memory must be multiples of; else 0. */
    uint32_t align;
    uint32_t memory_align;
    pthread_rwlock_t parts; /* held alone while part of such a block is written, else shared */
} BlockFile;

typedef struct BlockNbd BlockNbd;
typedef struct BlockResize BlockResize;

/* Bytes: what the host can say of a file's size, whole sectors. */
#define BLOCK_MAX_SIZE ((uint64_t)INT64_MAX - (BLOCK_SECTOR_SIZE - 1))

/* A disk's queues of what waits for its limits (throttle.h). */
typedef struct BlockThrottle BlockThrottle;

/* What was opened for the node at the bottom: one of these, or nothing. */
typedef struct BlockOpened {
    BlockFile *file;
    BlockNbd *nbd;
} BlockOpened;

struct BlockNode {
    char *name;
    BlockdevDriver driver;
    bool read_only;
    bool unmap; /* discard requests do something */
    bool no_flush;
    BlockdevDetectZeroesOptions detect_zeroes;
    uint64_t size;            /* bytes; a multiple of BLOCK_SECTOR_SIZE */
    uint64_t write_threshold; /* bytes; 0: none */
    /* Of a file. */
    BlockFile *file;
    unsigned in_flight;  /* requests that engines have */
    BlockResize *resize; /* NULL: its size stays */
    /* Of an export. */
    BlockNbd *nbd;
    /* Of a part. */
    BlockNode *below;
    uint64_t offset;
    bool fixed_size; /* else it reaches to the end */
    bool owns_below; /* made within our options */
    /* Who uses it. */
    unsigned refs;    /* nodes and disks and requests, and the name itself */
    unsigned parents; /* nodes and disks */
    unsigned writers; /* those that write */
    BlockStatistics stats;
};

struct BlockBackend {
    char *id;     /* of a -drive; NULL: none */
    char *device; /* path of who is attached */
    bool attached;
    bool writes;
    bool writes_through; /* its device's writes are on the disk when they are complete */
    BlockDefaults defaults;
    BlockOnError on_error[BLOCK_ERRORS];
    BlockDeviceIoStatus io_status;
    BlockRetryFn *retry;
    void *retry_opaque;
    BlockResizedFn *resized; /* NULL: there is no device, or its disk is not resized */
    void *resized_opaque;
    uint32_t unit; /* bytes: a new size must be a multiple */
    BlockNode *node;
    BlockUring *uring; /* its device's; NULL: that of the main loop */
    BlockThrottle *throttle; /* NULL: no limits */
    unsigned refs; /* attached or a drive, and each request */
    BlockStatistics stats;
};

/* ---- files; all of these may block, but for the lock ---- */

/* Open it (@direct: with O_DIRECT) and lock it for reading; in a worker, or at start-up. */
BlockFile *block_file_open(const BlockdevOptions *options, bool direct, Error **errp);
/* NULL is fine. Closing may block, so this happens in a worker. */
void block_file_close(BlockFile *file);
/* Keep other processes from using it at all / from writing. */
bool block_file_lock(BlockFile *file, bool exclusive, Error **errp);
uint64_t block_file_actual_size(const BlockFile *file);

/* Go past the page cache from now on, and find out how. */
bool block_direct_set_up(BlockFile *file, Error **errp);
/* Whether the file takes the request as it is; does not block. */
bool block_direct_fits(const BlockRequest *req);
/* Carry out one that does not fit, or writes zeroes: 0 or a negative errno. */
ssize_t block_direct_run(BlockRequest *req);

/* ---- exports of NBD servers ---- */

/*
 * Connect; NULL with an error. In a worker, whose abandoning ends the wait, or at start-up. @fd: of
 * a server of type fd the descriptor, which is taken; else -1.
 */
BlockNbd *block_nbd_open(const BlockdevOptions *options, int fd, Error **errp);
/* Any thread, without waiting: the connection's thread does it. NULL is fine. */
void block_nbd_close(BlockNbd *nbd);
/* Any thread: fail all requests, and give the connection up if the server has any of them. */
void block_nbd_break(BlockNbd *nbd);
uint64_t block_nbd_size(const BlockNbd *nbd);
bool block_nbd_is_read_only(const BlockNbd *nbd);
const char *block_nbd_filename(const BlockNbd *nbd); /* a URI */

/* ---- nodes ---- */

BlockNode *block_node_find(const char *name);
const GPtrArray *block_nodes(void); /* in the order in which they were made */
/*
 * Make the node, and those within its options. @opened: what block_options_bottom() was opened as;
 * taken (and then NULL) by the node that is made for it, which may be gone again on failure.
 */
BlockNode *block_node_build(const BlockdevOptions *options, BlockOpened *opened, Error **errp);
/* The options of the node that has to be opened for it; NULL: none. */
const BlockdevOptions *block_options_bottom(const BlockdevOptions *options);
/* Whether that shall bypass the page cache, by its own options or those that it stands within. */
bool block_options_direct(const BlockdevOptions *options);
bool block_node_delete(BlockNode *node, Error **errp);
void block_node_ref(BlockNode *node);
void block_node_unref(BlockNode *node);
/* Begin / end using it, as a node above or a disk. */
bool block_node_use(BlockNode *node, bool write, Error **errp);
void block_node_unuse(BlockNode *node, bool write);
const BlockNode *block_node_bottom(const BlockNode *node);

const GPtrArray *block_backends(void);
void block_backend_unref(BlockBackend *blk);
BlockBackend *block_drive_find(const char *id); /* that of a -drive; NULL: none such */
/* Whether some error of it would stop the machine. */
bool block_backend_may_stop(const BlockBackend *blk);

/* ---- requests ---- */

/* On their way down: refused, done, or given to an engine. */
void block_request_dispatch(BlockRequest *req);
/* req->file is being resized: it is dispatched again afterwards. Else it counts as under way. */
bool block_resize_hold(BlockRequest *req);
/* One that counted no longer is. */
void block_resize_request_done(BlockNode *file);
/* A request is about to change something: send the events that clients wait for. */
void block_threshold_check(const BlockRequest *req);

/* ---- engines ---- */

/*
 * Carry out @req on req->file, which it is in the bounds of; afterwards block_request_done() on the
 * main loop.
 */
void block_pool_submit(BlockRequest *req);
void block_uring_submit(BlockRequest *req);
void block_nbd_submit(BlockRequest *req);
bool block_uring_available(void);
void block_request_done(BlockRequest *req);
/* A request that was submitted, now or after it has waited: on to its engine. */
void block_request_start(BlockRequest *req);
/* One that has waited: it completes with ECANCELED, later. */
void block_request_cancel(BlockRequest *req);
/* What is left of the request's buffers after req->progress bytes. */
unsigned block_request_rest(BlockRequest *req, struct iovec **iov);
/* Between @buf and the @bytes that come after req->progress. */
void block_request_copy(BlockRequest *req, void *buf, uint64_t bytes, bool to_request);
/* A transfer has moved so many bytes (0: end of file) or failed (negative errno). True: go on. */
bool block_request_advance(BlockRequest *req, ssize_t result);

#endif
