/*
 * I/O limits: the arithmetic, and the queues of what has to wait.
 *
 * A limit is a bucket that leaks at the rate allowed. A request goes when the bucket is not full,
 * whatever its size, and then fills it, or more: what is too much has to leak before the next one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCK_THROTTLE_H
#define BLOCK_THROTTLE_H

#include "qapi/qapi-types-block-core.h"
#include "util/error.h"

#include <stdint.h>

/* ---- the arithmetic: no clock and no lock of its own ---- */

typedef enum ThrottleKind {
    THROTTLE_BPS,
    THROTTLE_BPS_READ,
    THROTTLE_BPS_WRITE,
    THROTTLE_IOPS,
    THROTTLE_IOPS_READ,
    THROTTLE_IOPS_WRITE,
    THROTTLE_KINDS,
} ThrottleKind;

#define THROTTLE_RATE_MAX INT64_C(1000000000000000)

typedef struct ThrottleLimit {
    int64_t rate;          /* bytes or requests in a second; 0: not limited */
    int64_t burst;         /* the same in a burst; 0: none */
    int64_t burst_seconds; /* how long one lasts that begins with nothing done; 1 if not used */
} ThrottleLimit;

typedef struct ThrottleLimits {
    ThrottleLimit of[THROTTLE_KINDS];
    int64_t iops_size; /* bytes that count as one request; 0: any number does */
} ThrottleLimits;

typedef struct ThrottleBucket {
    int64_t empty_ns;       /* when all will have leaked out at the rate */
    int64_t burst_empty_ns; /* the same at the rate of a burst */
} ThrottleBucket;

typedef struct ThrottleBuckets {
    ThrottleLimits limits;
    ThrottleBucket of[THROTTLE_KINDS];
} ThrottleBuckets;

/* Whether they can be obeyed, each and together. */
bool throttle_limits_check(const ThrottleLimits *limits, Error **errp);
/* Whether there is any. */
bool throttle_limits_any(const ThrottleLimits *limits);
/* Limits that passed the check; all buckets are empty. */
void throttle_buckets_set(ThrottleBuckets *buckets, const ThrottleLimits *limits);
/* How many nanoseconds after @now_ns, which is not negative, the next read or write may go; 0: at once. */
int64_t throttle_buckets_wait(const ThrottleBuckets *buckets, bool write, int64_t now_ns);
/* One goes at @now_ns. */
void throttle_buckets_take(ThrottleBuckets *buckets, bool write, uint64_t bytes, int64_t now_ns);

/* ---- disks; BQL held ---- */

typedef struct BlockBackend BlockBackend;
typedef struct BlockRequest BlockRequest;

/*
 * Limit a disk, or stop that when @limits has none: what waits is started. @group: NULL for the one
 * that it is in, or else one of the name @own.
 */
void block_throttle_set(BlockBackend *blk, const ThrottleLimits *limits, const char *group,
                        const char *own);
/* Those of a disk, and the name of its group; NULL: not limited. */
const ThrottleLimits *block_throttle_limits(const BlockBackend *blk, const char **group);
/* What query-block shows. */
void block_throttle_show(const BlockBackend *blk, BlockIoLimits *info);
/* Of a disk with limits: take a request that was submitted, to start it later. False: it may go. */
bool block_throttle_holds(BlockRequest *req);
/* Let nothing go until block_throttle_resume(), which does not yet do so itself. */
void block_throttle_pause(void);
void block_throttle_resume(void);
/* The disk goes: what waits is cancelled. */
void block_throttle_remove(BlockBackend *blk);

#endif
