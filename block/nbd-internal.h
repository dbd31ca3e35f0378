/*
 * NBD: what the files of the client share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BLOCK_NBD_INTERNAL_H
#define BLOCK_NBD_INTERNAL_H

#include "block-internal.h"

#include <libnbd.h>
#include <pthread.h>

/* What one attempt to connect may take, and the pause after one that failed. */
#define NBD_ATTEMPT_NS (10 * NS_PER_SEC)
#define NBD_PAUSE_MS   200
/* Others may have changed their minds; that is looked at as often as this. */
#define NBD_SLICE_MS 100

/* What a server says of an export. */
typedef struct NbdExport {
    uint64_t size; /* bytes; whole sectors */
    bool read_only;
    bool flush, trim, zero; /* what it can do */
    uint32_t max_bytes;     /* of one transfer, as much as we ask for */
} NbdExport;

struct BlockNbd {
    /* Not changed once it is open. */
    BlockdevOptionsNbd *options;
    char *filename;
    NbdExport export;
    int event; /* wakes the thread */
    pthread_mutex_t lock;
    /* Under the lock. */
    GQueue waiting; /* BlockRequests that the thread has not taken yet */
    bool opened;    /* or it could not be, with open_error */
    Error *open_error;
    pthread_cond_t opened_now;
    bool ending;
    bool breaking; /* give the connection up, and what needs it */
    int socket;    /* a copy of the connection's; -1: none */
    /* The thread's. */
    int fd;                    /* given, and not used yet; -1: none */
    struct nbd_handle *handle; /* NULL: not connected */
    GQueue commands;           /* NbdCommands that the handle has */
    int64_t wait_until;        /* CLOCK_HOST: requests do not fail before this */
    /* What the user is told, about one loss a second at the most. */
    int64_t told_ns;
    bool tell;   /* of this loss */
    bool failed; /* attempts to connect again do, and the user was told */
};

void nbdconn_free(BlockNbd *nbd);

/*
 * The thread owns @nbd from then on; it connects, and sets nbd->opened, and frees it when
 * nbd->ending is set.
 */
bool nbdconn_start_thread(BlockNbd *nbd, Error **errp);
/* How long connecting may take at first. */
int64_t nbdconn_open_ns(const BlockNbd *nbd);
/* At exit: those that are ending, for a second. */
void no_coroutine_fn nbdconn_wait_for_threads(void);

/*
 * One attempt to connect, up to @deadline (CLOCK_HOST), or until the connection shall end or break.
 * Waits. NULL with an error.
 */
struct nbd_handle *nbdconn_attempt(BlockNbd *nbd, int64_t deadline, Error **errp);
/* What the server that the handle is connected to says; false: nothing we can use. */
bool nbdconn_learn(const BlockNbd *nbd, NbdExport *export, Error **errp);
/* Whether waiting has become useless. Any thread. */
bool nbdconn_is_given_up(BlockNbd *nbd);
/* The socket that others may shut down; -1: there is none any more. */
void nbdconn_set_socket(BlockNbd *nbd, int fd);
/* Turn the handle once: wait up to @timeout_ms for the socket or, if not -1, @event. */
void nbdconn_turn(struct nbd_handle *handle, int event, int timeout_ms);

/* Whether the handle's connection is over. */
bool nbdconn_is_lost(struct nbd_handle *handle);

/* Give the handle what waits, as far as it goes. */
void nbdconn_issue(BlockNbd *nbd);
/* Go on with, or give back, what it has carried out. False: there was nothing. */
bool nbdconn_collect(BlockNbd *nbd);
/* The connection is lost: its requests wait again, or fail. */
void nbdconn_return_commands(BlockNbd *nbd, bool retry);
/* Fail what waits. Any thread. */
void nbdconn_fail_waiting(BlockNbd *nbd);

#endif
