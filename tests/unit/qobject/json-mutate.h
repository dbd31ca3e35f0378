/*
 * Random JSON-like inputs from a fixed seed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_JSON_MUTATE_H
#define TESTS_JSON_MUTATE_H

#include <glib.h>

/* A few pieces put together and then damaged; the length is in @input. */
void json_mutate(GRand *rand, GString *input);

#endif
