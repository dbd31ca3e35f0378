/*
 * Run the streaming parser over bytes, cut up in some way, and tell what came out as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_JSON_OUTCOME_H
#define TESTS_JSON_OUTCOME_H

#include "qobject/json-parser.h"

/*
 * One line for each outcome: "value JSON" or "error MESSAGE", the latter without its common
 * beginning. The bytes are fed @first at once, then in pieces of @piece (0: all the rest at once).
 * With @pause the parser is paused after each outcome and fed again from where it stopped.
 */
char *json_outcome(const JsonLimits *limits, const char *bytes, size_t len, size_t first,
                   size_t piece, bool pause);

#endif
