/*
 * Passwords and keys, given in words or in a file, plain or encrypted with another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "backends/secret.h"
#include "secret-internal.h"

#include "qapi/qapi-types-objects.h"
#include "util/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_SIZE (1u << 20)

struct Secret {
    UserObject parent_obj;
    char *data;
    char *file;
    QCryptoSecretFormat format;
    Object *key; /* a Secret */
    char *iv;
    GByteArray *bytes; /* with a NUL behind; NULL until it is open */
};

const uint8_t *secret_bytes(const Secret *secret, size_t *len)
{
    *len = secret->bytes->len - 1;
    return secret->bytes->data;
}

/* ---- what is given ---- */

static bool read_all(int fd, GByteArray *bytes, const char *path, Error **errp)
{
    uint8_t chunk[4096];
    ssize_t n;

    do {
        n = read(fd, chunk, sizeof(chunk));
        if (n > 0) {
            g_byte_array_append(bytes, chunk, (guint)n);
        }
    } while ((n > 0 && bytes->len <= MAX_FILE_SIZE) || (n < 0 && errno == EINTR));
    explicit_bzero(chunk, sizeof(chunk));
    if (n < 0) {
        error_setg_errno(errp, errno, "Unable to read '%s'", path);
        return false;
    }
    if (bytes->len > MAX_FILE_SIZE) {
        error_setg(errp, "'%s' is too large for a secret; accepted are up to %u bytes", path,
                   MAX_FILE_SIZE);
        return false;
    }
    return true;
}

static GByteArray *read_file(const char *path, Error **errp)
{
    /* Not waiting for somebody to write to a FIFO that nobody has opened; but for what is on its
     * way. */
    int fd = fdset_open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
    GByteArray *bytes = g_byte_array_new();

    if (fd < 0) {
        error_setg_errno(errp, errno, "Unable to read '%s'", path);
    } else {
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    }
    if (fd < 0 || !read_all(fd, bytes, path, errp)) {
        g_clear_pointer(&bytes, secret_wipe);
    }
    if (fd >= 0) {
        close(fd);
    }
    return bytes;
}

static GByteArray *from_text(const char *text)
{
    return g_byte_array_append(g_byte_array_new(), (const uint8_t *)text, (guint)strlen(text));
}

static GByteArray *load(const Secret *s, Error **errp)
{
    if (!s->data == !s->file) {
        error_setg(errp, s->data ? "'file' and 'data' are mutually exclusive"
                                 : "Must provide 'file' or 'data'");
        return NULL;
    }
    return s->file ? read_file(s->file, errp) : from_text(s->data);
}

/* ---- what it means ---- */

static GByteArray *decode(const Secret *s, GByteArray *given, Error **errp)
{
    GByteArray *bytes;

    if (s->format == SECRET_FORMAT_RAW) {
        return given;
    }
    bytes = secret_decode_base64(s->file ? s->file : "Parameter 'data'", given, errp);
    secret_wipe(given);
    return bytes;
}

static GByteArray *decrypt(const Secret *s, GByteArray *cipher, Error **errp)
{
    GByteArray *text = from_text(s->iv), *iv, *bytes = NULL;
    const uint8_t *key;
    size_t key_len;

    iv = secret_decode_base64("Parameter 'iv'", text, errp);
    if (iv) {
        key = secret_bytes(SECRET(s->key), &key_len);
        bytes = secret_decrypt(cipher, key, key_len, iv, errp);
    }
    secret_wipe(text);
    secret_wipe(iv);
    secret_wipe(cipher);
    return bytes;
}

static bool check_settings(const Secret *s, Error **errp)
{
    if (s->key && !s->iv) {
        error_setg(errp, "IV is required to decrypt secret: Parameter 'iv' is missing");
        return false;
    }
    if (s->iv && !s->key) {
        error_setg(errp, "Parameter 'iv' goes with 'keyid' only");
        return false;
    }
    return true;
}

static bool secret_open(UserObject *obj, Error **errp)
{
    Secret *s = SECRET(obj);
    GByteArray *bytes = check_settings(s, errp) ? load(s, errp) : NULL;

    if (bytes) {
        bytes = decode(s, bytes, errp);
    }
    if (bytes && s->key) {
        bytes = decrypt(s, bytes, errp);
    }
    if (bytes) {
        s->bytes = g_byte_array_append(bytes, (const uint8_t *)"", 1);
    }
    return bytes != NULL;
}

/* ---- the type ---- */

static void secret_finalize(Object *obj)
{
    Secret *s = SECRET(obj);

    if (s->data) {
        explicit_bzero(s->data, strlen(s->data));
    }
    g_free(s->data);
    g_free(s->file);
    g_free(s->iv);
    secret_wipe(s->bytes);
}

static void secret_class_init(ObjectClass *klass, const void *data)
{
    ObjectProperty *prop;

    USER_OBJECT_CLASS(klass)->open = secret_open;
    prop = object_class_property_add_field(klass, "data", PROP_STRING, offsetof(Secret, data),
                                           "The secret itself");
    prop->get = NULL; /* nobody is told */
    object_class_property_add_field(klass, "file", PROP_STRING, offsetof(Secret, file),
                                    "A file that holds the secret");
    prop = object_class_property_add_enum(klass, "format", "QCryptoSecretFormat",
                                          &QCryptoSecretFormat_lookup, offsetof(Secret, format),
                                          "How it is written there");
    object_property_set_default(prop, QOBJECT(qstring_new("raw")));
    object_class_property_add_link(klass, "keyid", TYPE_SECRET, offsetof(Secret, key),
                                   "The secret that this one is encrypted with");
    object_class_property_add_field(klass, "iv", PROP_STRING, offsetof(Secret, iv),
                                    "The initialization vector, in base64");
}

static const TypeInfo secret_info = {
    .name = TYPE_SECRET,
    .parent = TYPE_USER_OBJECT,
    .instance_size = sizeof(Secret),
    .class_init = secret_class_init,
    .instance_finalize = secret_finalize,
};

static void secret_register(void)
{
    type_register_static(&secret_info);
}
type_init(secret_register)
