/*
 * Turning what is given of a secret into the secret.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BACKENDS_SECRET_INTERNAL_H
#define BACKENDS_SECRET_INTERNAL_H

#include "util/error.h"

#include <stdint.h>

/* Base64 with padding (RFC 4648 section 4), white space at the end allowed. @what: for the error.
 */
GByteArray *secret_decode_base64(const char *what, const GByteArray *text, Error **errp);
/* AES-256-CBC with PKCS#7 padding. Errors name what is wrong with the key, the iv or the bytes. */
GByteArray *secret_decrypt(const GByteArray *cipher, const uint8_t *key, size_t key_len,
                           const GByteArray *iv, Error **errp);
/* Overwrite and free; NULL is fine. */
void secret_wipe(GByteArray *bytes);

#endif
