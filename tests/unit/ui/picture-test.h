/*
 * What the tests of pictures share: a frame with something on it, and reading files back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_PICTURE_TEST_H
#define TEST_PICTURE_TEST_H

#include "ui/frame.h"

/* Every colour channel and its byte order matter in it; @seed makes another picture. */
Frame *picture_test_frame(int width, int height, uint32_t seed);
/* Decoded by libpng / by hand, without a look at our writer; fail when they are malformed. */
Frame *picture_test_decode_png(const uint8_t *bytes, size_t length);
Frame *picture_test_decode_ppm(const uint8_t *bytes, size_t length);
/* By its first bytes. */
Frame *picture_test_load(const char *filename);
void picture_test_assert_equal(const Frame *a, const Frame *b);

#endif
