/*
 * The half of test-generated that is about commands and events.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_MARSHAL_H
#define TEST_MARSHAL_H

void add_marshal_tests(void);

#endif
