/*
 * Base64 and AES for secrets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "secret-internal.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <string.h>

void secret_wipe(GByteArray *bytes)
{
    if (bytes) {
        /* Nothing is stored where there is nothing. */
        if (bytes->len) {
            explicit_bzero(bytes->data, bytes->len);
        }
        g_byte_array_unref(bytes);
    }
}

static bool is_base64(const char *text, size_t len)
{
    size_t padding = 0;

    while (padding < 2 && padding < len && text[len - 1 - padding] == '=') {
        padding++;
    }
    for (size_t i = 0; i < len - padding; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/') {
            return false;
        }
    }
    return len % 4 == 0;
}

GByteArray *secret_decode_base64(const char *what, const GByteArray *text, Error **errp)
{
    /* Without bytes there is no data either. */
    g_autofree char *copy = g_strndup(text->len ? (const char *)text->data : "", text->len);
    gsize len = strlen(g_strchomp(copy));
    guchar *bytes = NULL;

    if (is_base64(copy, len)) {
        bytes = len ? g_base64_decode(copy, &len) : g_malloc0(1);
    } else {
        error_setg(errp, "%s is not valid base64 (RFC 4648, with padding)", what);
    }
    explicit_bzero(copy, strlen(copy));
    return bytes ? g_byte_array_new_take(bytes, len) : NULL;
}

static bool check_lengths(const GByteArray *cipher, size_t key_len, const GByteArray *iv,
                          Error **errp)
{
    if (key_len != AES256_KEY_SIZE) {
        error_setg(errp, "the secret 'keyid' leads to must have %d bytes, not %zu", AES256_KEY_SIZE,
                   key_len);
    } else if (iv->len != AES_BLOCK_SIZE) {
        error_setg(errp, "IV should be %d bytes long instead of %u", AES_BLOCK_SIZE, iv->len);
    } else if (!cipher->len || cipher->len % AES_BLOCK_SIZE) {
        error_setg(errp, "an encrypted secret is a multiple of %d bytes, not %u", AES_BLOCK_SIZE,
                   cipher->len);
    } else {
        return true;
    }
    return false;
}

/* PKCS#7 (RFC 5652 section 6.3): the last N bytes all are N, 1 to 16. 0: they are not. */
static unsigned padding_length(const GByteArray *plain)
{
    unsigned n = plain->data[plain->len - 1];

    for (unsigned i = 0; n <= AES_BLOCK_SIZE && i < n; i++) {
        if (plain->data[plain->len - 1 - i] != n) {
            return 0;
        }
    }
    return n <= AES_BLOCK_SIZE ? n : 0;
}

GByteArray *secret_decrypt(const GByteArray *cipher, const uint8_t *key, size_t key_len,
                           const GByteArray *iv, Error **errp)
{
    struct aes256_ctx aes;
    uint8_t chain[AES_BLOCK_SIZE];
    GByteArray *plain;
    unsigned padding;

    if (!check_lengths(cipher, key_len, iv, errp)) {
        return NULL;
    }
    memcpy(chain, iv->data, sizeof(chain));
    aes256_set_decrypt_key(&aes, key);
    plain = g_byte_array_sized_new(cipher->len);
    g_byte_array_set_size(plain, cipher->len);
    cbc_decrypt(&aes, (nettle_cipher_func *)aes256_decrypt, AES_BLOCK_SIZE, chain, cipher->len,
                plain->data, cipher->data);
    explicit_bzero(&aes, sizeof(aes));
    padding = padding_length(plain);
    if (!padding) {
        error_setg(errp, "the secret cannot be decrypted: its padding is wrong, so the key, the IV "
                         "or what is encrypted is");
        secret_wipe(plain);
        return NULL;
    }
    return g_byte_array_set_size(plain, plain->len - padding);
}
