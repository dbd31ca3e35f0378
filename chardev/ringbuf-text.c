/*
 * What is in a ring buffer, as text: much of it is converted in a worker.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/ringbuf.h"
#include "qapi/qmp-cancel.h"
#include "util/worker-pool.h"

#include <string.h>

/* Of less than this the conversion takes no longer than asking a worker for it. */
#define WORKER_MIN ((size_t)16 << 10)

/* ---- reading ---- */

typedef struct SpellJob {
    GByteArray *bytes;
    RingbufSpell *spell;
    char *text;
} SpellJob;

static void spell_run(void *data)
{
    SpellJob *job = data;

    job->text = job->spell(job->bytes);
}

static void spell_free(void *data)
{
    SpellJob *job = data;

    g_byte_array_unref(job->bytes);
    g_free(job->text);
    g_free(job);
}

static const WorkerJob spell_job = { .run = spell_run, .abandon = spell_free };

/* NULL: cancelled. */
static char *coroutine_fn spell_in_worker(GByteArray *bytes, RingbufSpell *spell)
{
    SpellJob *job = g_new0(SpellJob, 1);
    char *text;

    job->bytes = g_byte_array_ref(bytes);
    job->spell = spell;
    if (!co_worker_run(&spell_job, job)) {
        return NULL;
    }
    text = g_steal_pointer(&job->text);
    spell_free(job);
    return text;
}

static char *coroutine_fn take_text(Chardev *chr, size_t max, RingbufSpell *spell, Error **errp)
{
    uint64_t end;
    g_autoptr(GByteArray) bytes = ringbuf_take(chr, max, &end);
    char *text;

    if (bytes->len < WORKER_MIN) {
        return spell(bytes);
    }
    text = spell_in_worker(bytes, spell);
    if (!text) {
        ringbuf_put_back(chr, end, bytes->len);
        qmp_set_cancelled(errp, "Reading from '%.256s'", chardev_id(chr));
    }
    return text;
}

char *coroutine_fn ringbuf_read_text(const char *id, int64_t size, RingbufSpell *spell,
                                     Error **errp)
{
    Chardev *chr = ringbuf_find(id, errp);
    char *text;

    if (!chr) {
        return NULL;
    }
    if (size <= 0) {
        error_setg(errp, "size must be greater than zero");
        return NULL;
    }
    object_ref(OBJECT(chr));
    text = take_text(chr, MIN((size_t)size, RINGBUF_READ_MAX), spell, errp);
    object_unref(OBJECT(chr));
    return text;
}

/* ---- writing ---- */

typedef struct DecodeJob {
    char *text;
    guchar *bytes;
    size_t len;
    Error *err;
} DecodeJob;

/* Padding included; nothing else may stand in between. */
static guchar *decode_base64(const char *text, size_t *len, Error **errp)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t plain = strspn(text, digits);
    size_t padding = strspn(text + plain, "=");

    if (text[plain + padding] || padding > 2) {
        error_setg(errp, "Base64 data contains invalid characters");
        return NULL;
    }
    if ((plain + padding) % 4) {
        error_setg(errp, "Base64 data expects a multiple of four characters, padded with '='");
        return NULL;
    }
    return g_base64_decode(text, len);
}

static void decode_run(void *data)
{
    DecodeJob *job = data;

    job->bytes = decode_base64(job->text, &job->len, &job->err);
}

static void decode_free(void *data)
{
    DecodeJob *job = data;

    g_free(job->text);
    g_free(job->bytes);
    error_free(job->err);
    g_free(job);
}

static const WorkerJob decode_job = { .run = decode_run, .abandon = decode_free };

/* Takes @data. NULL with an error. */
static DecodeJob *coroutine_fn decode(const char *id, char *data, Error **errp)
{
    DecodeJob *job = g_new0(DecodeJob, 1);

    job->text = data;
    if (strlen(data) < WORKER_MIN) {
        decode_run(job);
    } else if (!co_worker_run(&decode_job, job)) {
        qmp_set_cancelled(errp, "Writing to '%.256s'", id);
        return NULL;
    }
    if (!job->bytes) {
        error_propagate(errp, g_steal_pointer(&job->err));
        decode_free(job);
        return NULL;
    }
    return job;
}

void coroutine_fn ringbuf_write_base64(const char *id, char *data, Error **errp)
{
    DecodeJob *job = decode(id, data, errp);
    Chardev *chr;

    if (!job) {
        return;
    }
    chr = ringbuf_find(id, errp);
    if (chr) {
        chardev_write(chr, job->bytes, job->len);
    }
    decode_free(job);
}
