/*
 * Entropy from a device of the host, such as /dev/urandom or /dev/hwrng, or from a FIFO.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rng-internal.h"

#include "util/event-loop.h"
#include "util/report.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_SOURCE "/dev/urandom"

typedef struct RngRandom {
    RngBackend parent_obj;
    char *filename;
    int fd;
    bool watched;
    bool ended; /* nothing comes from there any more */
} RngRandom;

#define RNG_RANDOM(obj) OBJECT_CHECK(RngRandom, (obj), TYPE_RNG_RANDOM)

static void rng_random_wanted(RngBackend *rng, bool wanted);

static void on_readable(void *opaque)
{
    RngRandom *s = opaque;
    RngBackend *rng = opaque;
    uint8_t bytes[RNG_MAX_BYTES];
    ssize_t len = read(s->fd, bytes, rng_backend_wanted(rng));

    if (len > 0) {
        rng_backend_deliver(rng, bytes, (size_t)len);
    } else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
        warn_report("rng-random: '%s' gives no entropy any more: %s", s->filename,
                    len ? g_strerror(errno) : "end of file");
        s->ended = true;
        rng_random_wanted(rng, false);
    }
}

static void rng_random_wanted(RngBackend *rng, bool wanted)
{
    RngRandom *s = RNG_RANDOM(rng);

    wanted = wanted && !s->ended;
    if (wanted != s->watched) {
        s->watched = wanted;
        event_loop_set_fd(main_loop(), s->fd, wanted ? on_readable : NULL, NULL, rng);
    }
}

static bool check_kind(const char *filename, const struct stat *st, Error **errp)
{
    if (!S_ISCHR(st->st_mode) && !S_ISFIFO(st->st_mode)) {
        error_setg(errp, "Parameter 'filename' expects a character device or a FIFO, not '%s'",
                   filename);
        return false;
    }
    return true;
}

static bool rng_random_open(UserObject *obj, Error **errp)
{
    RngRandom *s = RNG_RANDOM(obj);
    struct stat st;
    int mode;

    if (stat(s->filename, &st) < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", s->filename);
        return false;
    }
    if (!check_kind(s->filename, &st, errp)) {
        return false;
    }
    /* A FIFO that we could write to has no end, whoever comes and goes at the other side. */
    mode = S_ISFIFO(st.st_mode) ? O_RDWR : O_RDONLY;
    s->fd = open(s->filename, mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0 || fstat(s->fd, &st) < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", s->filename);
        return false;
    }
    /* What lies there may have been exchanged meanwhile. */
    return check_kind(s->filename, &st, errp);
}

static void rng_random_init(Object *obj)
{
    RNG_RANDOM(obj)->fd = -1;
    RNG_RANDOM(obj)->filename = g_strdup(DEFAULT_SOURCE);
}

static void rng_random_finalize(Object *obj)
{
    RngRandom *s = RNG_RANDOM(obj);

    if (s->watched) {
        event_loop_set_fd(main_loop(), s->fd, NULL, NULL, NULL);
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    g_free(s->filename);
}

static void rng_random_class_init(ObjectClass *klass, const void *data)
{
    USER_OBJECT_CLASS(klass)->open = rng_random_open;
    RNG_BACKEND_CLASS(klass)->wanted = rng_random_wanted;
    object_property_set_default(object_class_property_add_field(
                                    klass, "filename", PROP_STRING, offsetof(RngRandom, filename),
                                    "A character device or FIFO that entropy is read from"),
                                QOBJECT(qstring_new(DEFAULT_SOURCE)));
}

static const TypeInfo rng_random_info = {
    .name = TYPE_RNG_RANDOM,
    .parent = TYPE_RNG_BACKEND,
    .instance_size = sizeof(RngRandom),
    .class_init = rng_random_class_init,
    .instance_init = rng_random_init,
    .instance_finalize = rng_random_finalize,
};

static void rng_random_register(void)
{
    type_register_static(&rng_random_info);
}
type_init(rng_random_register)
