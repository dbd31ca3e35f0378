/*
 * What the tests of QMP sessions share: commands, monitors, clients.
 *
 * Commands beside those of the monitor itself: echo (returns its arguments; coroutine), plain (1;
 * no coroutine), peek (whether in the main thread; allow-oob), sleep (ms; "slept"; coroutine),
 * big (size; a long string; coroutine), quiet (no success reply).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QMP_FIXTURE_H
#define QMP_FIXTURE_H

#include "monitor/monitor.h"
#include "test-client.h"

#define NEGOTIATE     "{\"execute\": \"qmp_capabilities\"}"
#define NEGOTIATE_OOB "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [\"oob\"]}}"

/* What became of `sleep`, and how many are at it. */
typedef struct QmpTestCounts {
    unsigned slept;
    unsigned cancelled;
    unsigned sleeping;
} QmpTestCounts;

extern QmpTestCounts qmp_test_counts;

/* Two monitors, one client each. */
typedef struct QmpFixture {
    Chardev *chr[2];
    TestClient client[2];
} QmpFixture;

void qmp_fixture_init(int *argc, char ***argv);
int qmp_fixture_run(void);

void qmp_set_up(QmpFixture *f, const void *data);
void qmp_set_up_for_people(QmpFixture *f, const void *data); /* pretty */
void qmp_set_up_negotiated(QmpFixture *f, const void *data);
void qmp_tear_down(QmpFixture *f, const void *data);

void qmp_connect_client(QmpFixture *f, unsigned i);
/* Take the greeting; negotiate too. */
void qmp_greet(TestClient *client);
void qmp_negotiate(TestClient *client);
void qmp_wait_until_sleeping(unsigned count);
/* The next line must be an event that ends so. */
void qmp_expect_event(TestClient *client, const char *tail);
/* Clean up all monitors, and be ready for new ones. */
void qmp_restart_monitors(void);

#define QMP_TEST(name, set_up, fn)                                                                 \
    g_test_add("/qmp/" name, QmpFixture, NULL, set_up, fn, qmp_tear_down)

#endif
