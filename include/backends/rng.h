/*
 * Entropy for the guest: what -object rng-random and rng-builtin make.
 *
 * A device has a link to one (object_class_property_add_link() with TYPE_RNG_BACKEND).
 *
 * Main loop, BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BACKENDS_RNG_H
#define BACKENDS_RNG_H

#include "qom/user-object.h"

#define TYPE_RNG_BACKEND "rng-backend" /* abstract */
#define TYPE_RNG_RANDOM  "rng-random"
#define TYPE_RNG_BUILTIN "rng-builtin"

typedef struct RngBackend RngBackend;

#define RNG_BACKEND(obj) OBJECT_CHECK(RngBackend, (obj), TYPE_RNG_BACKEND)

/* @bytes are the callee's to read until it returns; 1 .. as many as were asked for. */
typedef void RngReady(void *opaque, const uint8_t *bytes, size_t len);

/*
 * Ask for up to @size (not 0) bytes. @ready is called once, later, from the main loop; requests
 * are answered in order. It may ask again.
 */
void rng_backend_request(RngBackend *rng, size_t size, RngReady *ready, void *opaque);
/* Forget the requests that came with @opaque; @ready is not called for them any more. */
void rng_backend_cancel(RngBackend *rng, const void *opaque);

#endif
