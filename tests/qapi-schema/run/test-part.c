/*
 * The C files generated for the module sub/part.json.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sub/test-qapi-commands-part.c"
#include "sub/test-qapi-events-part.c"
#include "sub/test-qapi-types-part.c"
#include "sub/test-qapi-visit-part.c"
