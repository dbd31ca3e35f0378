/*
 * Entropy from the host's kernel: getrandom(2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rng-internal.h"

#include "util/event-loop.h"

#include <sys/random.h>

typedef struct RngBuiltin {
    RngBackend parent_obj;
    BottomHalf *answer; /* NULL until there is a request */
} RngBuiltin;

#define RNG_BUILTIN(obj) OBJECT_CHECK(RngBuiltin, (obj), TYPE_RNG_BUILTIN)

static void answer_one(void *opaque)
{
    RngBackend *rng = opaque;
    uint8_t bytes[RNG_MAX_BYTES];
    size_t wanted = rng_backend_wanted(rng);
    /* Up to 256 bytes come at once and whole once the host has started (getrandom(2)). */
    ssize_t len = wanted ? getrandom(bytes, wanted, 0) : 0;

    if (len > 0) {
        rng_backend_deliver(rng, bytes, (size_t)len);
    }
}

static void rng_builtin_wanted(RngBackend *rng, bool wanted)
{
    RngBuiltin *s = RNG_BUILTIN(rng);

    if (!s->answer) {
        s->answer = bottom_half_new(main_loop(), answer_one, rng);
    }
    if (wanted) {
        bottom_half_schedule(s->answer);
    } else {
        bottom_half_cancel(s->answer);
    }
}

static void rng_builtin_finalize(Object *obj)
{
    bottom_half_destroy(RNG_BUILTIN(obj)->answer);
}

static void rng_builtin_class_init(ObjectClass *klass, const void *data)
{
    RNG_BACKEND_CLASS(klass)->wanted = rng_builtin_wanted;
}

static const TypeInfo rng_builtin_info = {
    .name = TYPE_RNG_BUILTIN,
    .parent = TYPE_RNG_BACKEND,
    .instance_size = sizeof(RngBuiltin),
    .class_init = rng_builtin_class_init,
    .instance_finalize = rng_builtin_finalize,
};

static void rng_builtin_register(void)
{
    type_register_static(&rng_builtin_info);
}
type_init(rng_builtin_register)
