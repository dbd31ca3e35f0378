/*
 * Chardevs without descriptors: a client does what fuzz-qmp says, step by step.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz-chardev.h"
#include "chardev/chardev-internal.h"

typedef struct FuzzClient {
    Chardev parent_obj;
    FuzzPace pace;
    GString *got;
    size_t room;  /* bytes that are taken until the next step; with the lock */
    bool starved; /* more had been written; with the lock */
} FuzzClient;

/* ---- the classes ---- */

static char *fuzz_filename(Chardev *chr)
{
    return g_strdup("fuzz");
}

static void fuzz_close(Chardev *chr)
{
}

static ssize_t client_write(Chardev *chr, const void *bytes, size_t len)
{
    FuzzClient *client = (FuzzClient *)chr;
    size_t taken = MIN(len, client->room);

    g_string_append_len(client->got, bytes, (gssize)taken);
    client->room -= taken;
    client->starved |= taken < len;
    return (ssize_t)taken;
}

static void server_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->filename = fuzz_filename;
    cc->close = fuzz_close;
}

static void client_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->filename = fuzz_filename;
    cc->close = fuzz_close;
    cc->write = client_write;
}

static const TypeInfo server_info = {
    .name = "chardev-fuzz-server",
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(Chardev),
    .class_init = server_class_init,
};

static const TypeInfo client_info = {
    .name = "chardev-fuzz-client",
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(FuzzClient),
    .class_init = client_class_init,
};

static void fuzz_chardev_register(void)
{
    type_register_static(&server_info);
    type_register_static(&client_info);
}
type_init(fuzz_chardev_register)

/* ---- calls in the client's loop ---- */

typedef struct ClientCall {
    FuzzClient *client;
    const void *bytes;
    size_t len;
    size_t taken;
    bool hang_up;
    bool in_loop; /* it was called in the right one */
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
} ClientCall;

static void step(ClientCall *call)
{
    FuzzClient *client = call->client;
    Chardev *chr = &client->parent_obj;
    size_t piece = client->pace.send ? MIN(call->len, client->pace.send) : call->len;
    bool starved;

    pthread_mutex_lock(&chr->lock);
    starved = client->starved;
    client->starved = false;
    client->room = client->pace.read ? client->pace.read : SIZE_MAX;
    pthread_mutex_unlock(&chr->lock);
    if (starved) {
        chardev_deliver_writable(chr);
    }
    call->taken = piece ? MIN(piece, chardev_room(chr)) : 0;
    if (call->taken) {
        /* Memory of its own, so that a read past its end is seen. */
        g_autofree void *copy = g_memdup2(call->bytes, call->taken);

        chardev_deliver(chr, copy, call->taken);
    }
}

static void client_call(void *opaque)
{
    ClientCall *call = opaque;
    Chardev *chr = &call->client->parent_obj;

    call->in_loop = chardev_get_loop(chr) == event_loop_current();
    if (call->in_loop && call->hang_up) {
        chardev_set_open(chr, false);
    } else if (call->in_loop) {
        step(call);
    }
    pthread_mutex_lock(&call->lock);
    call->is_done = true;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->lock);
}

/* The client may be on its way to another loop, so look where it is until it is there. */
static void call_in_loop(ClientCall *call)
{
    pthread_mutex_init(&call->lock, NULL);
    pthread_cond_init(&call->done, NULL);
    while (!call->in_loop) {
        EventLoop *loop = chardev_get_loop(&call->client->parent_obj);

        call->is_done = false;
        if (loop == main_loop()) {
            client_call(call);
            continue;
        }
        event_loop_run_once(loop, client_call, call);
        pthread_mutex_lock(&call->lock);
        while (!call->is_done) {
            pthread_cond_wait(&call->done, &call->lock);
        }
        pthread_mutex_unlock(&call->lock);
    }
    pthread_cond_destroy(&call->done);
    pthread_mutex_destroy(&call->lock);
}

/* ---- for fuzz-qmp ---- */

Chardev *fuzz_server_new(const char *id)
{
    Chardev *chr = CHARDEV(object_new("chardev-fuzz-server"));

    chr->id = g_strdup(id);
    object_property_add_child(object_get_container("/chardevs"), chr->id, OBJECT(chr));
    return chr;
}

Chardev *fuzz_client_new(Chardev *server, FuzzPace pace, GString *got)
{
    FuzzClient *client = (FuzzClient *)object_new("chardev-fuzz-client");
    Chardev *chr = &client->parent_obj;

    chr->id = g_strdup(server->id);
    client->pace = pace;
    client->got = got;
    client->room = pace.read ? pace.read : SIZE_MAX;
    server->fe->accept(server->fe_opaque, chr);
    chardev_set_open(chr, true);
    return chr;
}

size_t fuzz_client_step(Chardev *chr, const void *bytes, size_t len)
{
    ClientCall call = { .client = (FuzzClient *)chr, .bytes = bytes, .len = len };

    call_in_loop(&call);
    return call.taken;
}

void fuzz_client_hang_up(Chardev *chr)
{
    ClientCall call = { .client = (FuzzClient *)chr, .hang_up = true };

    call_in_loop(&call);
}
