/*
 * The handlers of the commands in test-schema.json, and what they note about their calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_TEST_HANDLERS_H
#define TESTS_TEST_HANDLERS_H

#include "util/coroutine.h"

typedef struct TestHandlers {
    unsigned plain_calls; /* of test-oob too */
    unsigned silent_calls;
    Coroutine *waiter; /* the one in test-wait; the test enters it again */
} TestHandlers;

extern TestHandlers test_handlers;

#endif
