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
    int event;           /* wakes the thread */
    pthread_mutex_t lock;
    /* Under the lock. */
    GQueue waiting;      /* BlockRequests that the thread has not taken yet */
    bool ending;
    bool breaking;       /* give the connection up, and what needs it */
    int socket;          /* a copy of the connection's; -1: none */
    /* The thread's. */
    int fd;              /* given, and not used yet; -1: none */
    struct nbd_handle *handle; /* NULL: not connected */
    GQueue commands;     /* NbdCommands that the handle has */
    int64_t wait_until;  /* CLOCK_HOST: requests do not fail before this */
    /* What the user is told, about one loss a second at the most. */
    int64_t told_ns;
    bool tell;   /* of this loss */
    bool failed; /* attempts to connect again do, and the user was told */
};

/*
 * One attempt to connect, up to @deadline (CLOCK_HOST), or until the connection shall end or break.
 * Waits; a worker's or the connection's own thread. NULL with an error.
 */
struct nbd_handle *nbd_attempt(BlockNbd *nbd, int64_t deadline, Error **errp);
/* What the server that the handle is connected to says; false: nothing we can use. */
bool nbd_learn(const BlockNbd *nbd, NbdExport *export, Error **errp);
/* Whether waiting has become useless. Any thread. */
bool nbd_is_given_up(BlockNbd *nbd);
/* The socket that others may shut down; -1: there is none any more. */
void nbd_set_socket(BlockNbd *nbd, int fd);
/* Turn the handle once: wait up to @timeout_ms for the socket or, if not -1, @event. */
void nbd_turn(struct nbd_handle *handle, int event, int timeout_ms);

/* Whether the handle's connection is over. */
bool nbd_is_lost(struct nbd_handle *handle);

/* Give the handle what waits, as far as it goes. */
void nbd_issue(BlockNbd *nbd);
/* Go on with, or give back, what it has carried out. False: there was nothing. */
bool nbd_collect(BlockNbd *nbd);
/* The connection is lost: its requests wait again, or fail. */
void nbd_return_commands(BlockNbd *nbd, bool retry);
/* Fail what waits. Any thread. */
void nbd_fail_waiting(BlockNbd *nbd);

#endif
