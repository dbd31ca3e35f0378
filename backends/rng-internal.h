/*
 * What sources of entropy share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BACKENDS_RNG_INTERNAL_H
#define BACKENDS_RNG_INTERNAL_H

#include "backends/rng.h"

/* At most this many bytes are handed over at a time. */
#define RNG_MAX_BYTES 256

struct RngBackend {
    UserObject parent_obj;
    GQueue requests; /* of RngRequest */
};

typedef struct RngBackendClass {
    UserObjectClass parent_class;
    /* There are requests, or there are none any more. */
    void (*wanted)(RngBackend *rng, bool wanted);
} RngBackendClass;

#define RNG_BACKEND_CLASS(klass) OBJECT_CLASS_CHECK(RngBackendClass, (klass), TYPE_RNG_BACKEND)

/* How many bytes the first request takes, at most RNG_MAX_BYTES; 0: there is none. */
size_t rng_backend_wanted(const RngBackend *rng);
/* Answer the first request with the first of @len bytes. */
void rng_backend_deliver(RngBackend *rng, const uint8_t *bytes, size_t len);

#endif
