/*
 * Base64 and AES for secrets: the vectors of NIST SP 800-38A, and what is wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "secret-internal.h"

#include <string.h>

static GByteArray *bytes_of(const char *text)
{
    return g_byte_array_append(g_byte_array_new(), (const uint8_t *)text, (guint)strlen(text));
}

static GByteArray *bytes_of_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    for (; *hex; hex += 2) {
        uint8_t byte = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

/* NULL: must be refused. */
static void assert_decoded(const char *text, const char *expected)
{
    Error *err = NULL;
    GByteArray *given = bytes_of(text), *got = secret_decode_base64("it", given, &err);

    if (expected) {
        g_assert_nonnull(got);
        g_assert_cmpmem(got->data, got->len, expected, strlen(expected));
    } else {
        g_assert_null(got);
        g_assert_nonnull(err);
    }
    error_free(err);
    secret_wipe(got);
    secret_wipe(given);
}

static void test_base64(void)
{
    /* RFC 4648 section 10. */
    assert_decoded("", "");
    assert_decoded("Zg==", "f");
    assert_decoded("Zm8=", "fo");
    assert_decoded("Zm9v", "foo");
    assert_decoded("Zm9vYmFy", "foobar");
    assert_decoded("Zm9vYmFy\n", "foobar");
    assert_decoded("Zm9", NULL);
    assert_decoded("Zm9vYmF=y", NULL);
    assert_decoded("Z===", NULL);
    assert_decoded("====", NULL);
    assert_decoded("=", NULL);
    assert_decoded("Zm 9", NULL);
    assert_decoded("Zm9-", NULL);
}

/* F.2.5 CBC-AES256, whose plain text is followed by a block of padding encrypted the same way. */
#define KEY   "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define IV    "000102030405060708090a0b0c0d0e0f"
#define BLOCK "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
#define TAIL  "485a5c81519cf378fa36d42b8547edc0"

static GByteArray *decrypt(const char *cipher_hex, const char *key_hex, const char *iv_hex,
                           Error **errp)
{
    GByteArray *cipher = bytes_of_hex(cipher_hex), *key = bytes_of_hex(key_hex);
    GByteArray *iv = bytes_of_hex(iv_hex), *plain;

    plain = secret_decrypt(cipher, key->data, key->len, iv, errp);
    secret_wipe(cipher);
    secret_wipe(key);
    secret_wipe(iv);
    return plain;
}

static void test_decrypt(void)
{
    GByteArray *plain = decrypt(BLOCK TAIL, KEY, IV, &error_abort);
    GByteArray *expected = bytes_of_hex("6bc1bee22e409f96e93d7e117393172a");

    g_assert_cmpmem(plain->data, plain->len, expected->data, expected->len);
    secret_wipe(plain);
    secret_wipe(expected);
}

static void assert_refused(const char *cipher, const char *key, const char *iv, const char *word)
{
    Error *err = NULL;

    g_assert_null(decrypt(cipher, key, iv, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    error_free(err);
}

static void test_refused(void)
{
    assert_refused(BLOCK, KEY, IV, "padding");
    assert_refused(BLOCK TAIL "00", KEY, IV, "multiple of 16");
    assert_refused("", KEY, IV, "multiple of 16");
    assert_refused(BLOCK TAIL, KEY "00", IV, "32 bytes, not 33");
    assert_refused(BLOCK TAIL, "", IV, "32 bytes, not 0");
    assert_refused(BLOCK TAIL, KEY, IV "00", "16 bytes long instead of 17");
    assert_refused(BLOCK TAIL, KEY, "", "16 bytes long instead of 0");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/secret/base64", test_base64);
    g_test_add_func("/secret/decrypt", test_decrypt);
    g_test_add_func("/secret/refused", test_refused);
    return g_test_run();
}
