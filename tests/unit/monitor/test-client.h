/*
 * The client's side of a monitor under test, in the same thread: the main loop turns while the
 * client waits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include "fake-chardev.h"

typedef struct TestClient {
    int fd;
    GString *input; /* received and not yet taken */
    bool eof;
} TestClient;

void test_client_init(TestClient *client, int fd);
/* Hang up. */
void test_client_close(TestClient *client);
/* Send all; the loop turns when the socket is full. */
void test_client_send(TestClient *client, const char *text);
void test_client_send_len(TestClient *client, const char *text, size_t len);
/* Send as much as goes without the loop turning; returns how much that was. */
size_t test_client_send_some(TestClient *client, const char *text, size_t len);
/* The next line, with its CR LF cut off, which must be there. g_free(). */
char *test_client_line(TestClient *client);
/* Everything up to and including @end. g_free(). */
char *test_client_until(TestClient *client, const char *end);
/* The next line must be @line. */
void test_client_expect(TestClient *client, const char *line);
/* Nothing arrives while the loop turns for a while. */
void test_client_expect_silence(TestClient *client);

/* Turn the main loop until @done(@opaque); fails after ten seconds. */
void test_turn_until(bool (*done)(void *opaque), void *opaque);
void test_turn_for_ms(unsigned ms);

#endif
