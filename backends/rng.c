/*
 * Entropy: the queue of requests before a source.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rng-internal.h"

typedef struct RngRequest {
    size_t size;
    RngReady *ready;
    void *opaque;
} RngRequest;

static void tell_source(RngBackend *rng)
{
    RngBackendClass *klass = OBJECT_GET_CLASS(RngBackendClass, rng, TYPE_RNG_BACKEND);

    klass->wanted(rng, !g_queue_is_empty(&rng->requests));
}

void rng_backend_request(RngBackend *rng, size_t size, RngReady *ready, void *opaque)
{
    RngRequest *request = g_new(RngRequest, 1);

    g_assert(size);
    *request = (RngRequest){ .size = size, .ready = ready, .opaque = opaque };
    g_queue_push_tail(&rng->requests, request);
    tell_source(rng);
}

void rng_backend_cancel(RngBackend *rng, const void *opaque)
{
    for (GList *it = rng->requests.head, *next; it; it = next) {
        RngRequest *request = it->data;

        next = it->next;
        if (request->opaque == opaque) {
            g_queue_delete_link(&rng->requests, it);
            g_free(request);
        }
    }
    tell_source(rng);
}

size_t rng_backend_wanted(const RngBackend *rng)
{
    const RngRequest *first = rng->requests.head ? rng->requests.head->data : NULL;

    return first ? MIN(first->size, RNG_MAX_BYTES) : 0;
}

void rng_backend_deliver(RngBackend *rng, const uint8_t *bytes, size_t len)
{
    g_autofree RngRequest *request = g_queue_pop_head(&rng->requests);

    /* The callback may do away with the last link to the source. */
    object_ref(OBJECT(rng));
    request->ready(request->opaque, bytes, MIN(len, request->size));
    tell_source(rng);
    object_unref(OBJECT(rng));
}

static void rng_backend_finalize(Object *obj)
{
    g_queue_clear_full(&RNG_BACKEND(obj)->requests, g_free);
}

static const TypeInfo rng_backend_info = {
    .name = TYPE_RNG_BACKEND,
    .parent = TYPE_USER_OBJECT,
    .abstract = true,
    .instance_size = sizeof(RngBackend),
    .class_size = sizeof(RngBackendClass),
    .instance_finalize = rng_backend_finalize,
};

static void rng_backend_register(void)
{
    type_register_static(&rng_backend_info);
}
type_init(rng_backend_register)
