/*
 * NBD servers for tests: nbdkit, and ones that misbehave.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NBD_SERVER_H
#define NBD_SERVER_H

#include <glib.h>
#include <stdbool.h>

/* Whether nbdkit is there; if not the test is skipped. */
bool have_nbdkit(void);
/* Start nbdkit at a UNIX socket in dir with the words of @args; returns at once. */
GPid nbdkit_start(const char *args);
void nbdkit_kill(GPid pid);
/* Where it listens. */
const char *nbdkit_socket(void);

/* What a server of our own sends. */
typedef enum FakeServer {
    FAKE_SILENT,        /* nothing, ever */
    FAKE_NOISE,         /* noise instead of a greeting */
    FAKE_ENDLESS,       /* an answer within the handshake that does not end */
    FAKE_SILENT_LATER,  /* the old greeting, with a size of 1 MiB; no answer to a request */
    FAKE_NOISE_LATER,   /* noise as an answer */
    FAKE_HANG_UP_LATER, /* the end of the connection */
} FakeServer;

/* Listens at a UNIX socket and serves one connection at a time until the process ends; its path. */
char *fake_server_start(FakeServer kind);

#endif
