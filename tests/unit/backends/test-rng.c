/*
 * Sources of entropy, and links to objects that users make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "backends/rng.h"

#include "backends/iothread.h"
#include "util/event-loop.h"
#include "util/report.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- somebody who wants entropy ---- */

typedef struct Drinker {
    Object parent_obj;
    Object *source;
} Drinker;

#define DRINKER(obj) OBJECT_CHECK(Drinker, (obj), "drinker")

static void drinker_class_init(ObjectClass *klass, const void *data)
{
    object_class_property_add_link(klass, "rng", TYPE_RNG_BACKEND, offsetof(Drinker, source), NULL);
}

static const TypeInfo drinker_info = {
    .name = "drinker",
    .parent = "object",
    .instance_size = sizeof(Drinker),
    .class_init = drinker_class_init,
};

static void make(const char *text)
{
    g_autoptr(QDict) options = user_object_parse(text, &error_abort);

    user_object_create(options, &error_abort);
}

static RngBackend *source(const char *id)
{
    g_autofree char *path = g_strconcat("/objects/", id, NULL);

    return RNG_BACKEND(object_resolve_path(path, NULL));
}

static void forget(const char *id)
{
    object_unparent(OBJECT(source(id)));
}

/* ---- what was given ---- */

typedef struct Glass {
    GByteArray *bytes;
    unsigned fills;
    RngBackend *again; /* ask once more from there */
} Glass;

static void fill(void *opaque, const uint8_t *bytes, size_t len)
{
    Glass *glass = opaque;

    g_byte_array_append(glass->bytes, bytes, (guint)len);
    glass->fills++;
    if (glass->again) {
        rng_backend_request(g_steal_pointer(&glass->again), 3, fill, glass);
    }
}

static Glass glass_new(void)
{
    return (Glass){ .bytes = g_byte_array_new() };
}

static void wait_for(const Glass *glass, unsigned fills)
{
    while (glass->fills < fills) {
        event_loop_iterate(main_loop(), true);
    }
}

/* ---- the tests ---- */

static void check_order(const char *text)
{
    Glass first = glass_new(), second = glass_new();

    make(text);
    first.again = source("r");
    rng_backend_request(source("r"), 5, fill, &first);
    rng_backend_request(source("r"), 100000, fill, &second);
    g_assert_cmpuint(first.fills, ==, 0);
    wait_for(&first, 2);
    g_assert_cmpuint(first.bytes->len, ==, 8);
    g_assert_cmpuint(second.fills, ==, 1);
    g_assert_cmpuint(second.bytes->len, ==, 256);
    forget("r");
    g_byte_array_unref(first.bytes);
    g_byte_array_unref(second.bytes);
}

static void test_builtin(void)
{
    check_order("rng-builtin,id=r");
}

static void test_urandom(void)
{
    check_order("rng-random,id=r");
    check_order("rng-random,id=r,filename=/dev/zero");
}

static void test_cancel(gconstpointer text)
{
    Glass glass = glass_new(), other = glass_new();

    make(text);
    rng_backend_request(source("r"), 5, fill, &glass);
    rng_backend_request(source("r"), 5, fill, &other);
    rng_backend_request(source("r"), 5, fill, &glass);
    rng_backend_cancel(source("r"), &glass);
    wait_for(&other, 1);
    event_loop_iterate(main_loop(), false);
    g_assert_cmpuint(glass.fills, ==, 0);
    /* What was asked for goes with the source. */
    rng_backend_request(source("r"), 5, fill, &glass);
    forget("r");
    event_loop_iterate(main_loop(), false);
    g_assert_cmpuint(glass.fills, ==, 0);
    g_byte_array_unref(glass.bytes);
    g_byte_array_unref(other.bytes);
}

static void test_fifo(void)
{
    g_autofree char *dir = g_dir_make_tmp("vitrine-rng-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "fifo", NULL);
    g_autofree char *text = g_strconcat("rng-random,id=r,filename=", path, NULL);
    Glass glass = glass_new();
    int fd;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    make(text);
    rng_backend_request(source("r"), 4, fill, &glass);
    event_loop_iterate(main_loop(), false);
    g_assert_cmpuint(glass.fills, ==, 0);
    for (unsigned i = 1; i <= 2; i++) {
        /* One writer after the other: the end of the first is not that of the source. */
        fd = open(path, O_WRONLY);
        g_assert_cmpint(write(fd, "abcdef", 6), ==, 6);
        close(fd);
        wait_for(&glass, i);
        rng_backend_request(source("r"), 2, fill, &glass);
        wait_for(&glass, i + 1);
        rng_backend_request(source("r"), 4, fill, &glass);
        glass.fills--;
    }
    g_assert_cmpmem(glass.bytes->data, glass.bytes->len, "abcdefabcdef", 12);
    forget("r");
    g_byte_array_unref(glass.bytes);
    g_unlink(path);
    g_rmdir(dir);
}

static void test_end(void)
{
    Glass glass = glass_new();

    make("rng-random,id=r,filename=/dev/null");
    rng_backend_request(source("r"), 4, fill, &glass);
    for (unsigned i = 0; i < 5; i++) {
        event_loop_iterate(main_loop(), false);
    }
    /* It is not watched any more, or the loop would not stand still. */
    rng_backend_request(source("r"), 4, fill, &glass);
    event_loop_iterate(main_loop(), false);
    g_assert_cmpuint(glass.fills, ==, 0);
    forget("r");
    g_byte_array_unref(glass.bytes);
}

static void test_links(void)
{
    Object *obj = object_new("drinker");
    Error *err = NULL;
    g_autoptr(QObject) path = NULL;

    make("rng-builtin,id=r");
    make("rng-builtin,id=other");
    make("iothread,id=t");
    object_property_parse(obj, "rng", "r", &error_abort);
    g_assert_true(DRINKER(obj)->source == OBJECT(source("r")));
    g_assert_cmpuint(USER_OBJECT(source("r"))->users, ==, 1);
    path = object_property_get_qobject(obj, "rng", &error_abort);
    g_assert_cmpstr(qstring_get(qobject_to_qstring(path)), ==, "/objects/r");
    g_assert_false(object_property_parse(obj, "rng", "nothing", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    g_clear_pointer(&err, error_free);
    g_assert_false(object_property_parse(obj, "rng", "t", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), TYPE_RNG_BACKEND));
    g_clear_pointer(&err, error_free);
    g_assert_cmpuint(USER_OBJECT(source("r"))->users, ==, 1);
    object_property_parse(obj, "rng", "/objects/other", &error_abort);
    g_assert_cmpuint(USER_OBJECT(source("r"))->users, ==, 0);
    object_property_parse(obj, "rng", "", &error_abort);
    g_assert_null(DRINKER(obj)->source);
    g_assert_cmpuint(USER_OBJECT(source("other"))->users, ==, 0);
    object_property_parse(obj, "rng", "other", &error_abort);
    object_unref(obj);
    g_assert_cmpuint(USER_OBJECT(source("other"))->users, ==, 0);
    forget("r");
    forget("other");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ran = PTHREAD_COND_INITIALIZER;
static pid_t ran_in; /* under the lock */

static void tell_thread(void *opaque)
{
    pthread_mutex_lock(&lock);
    ran_in = gettid();
    pthread_cond_signal(&ran);
    pthread_mutex_unlock(&lock);
}

static void test_iothread(void)
{
    make("iothread,id=worker");
    IoThreadObject *iothread = IOTHREAD(object_resolve_path("/objects/worker", NULL));

    event_loop_run_once(iothread_loop(iothread), tell_thread, NULL);
    pthread_mutex_lock(&lock);
    while (!ran_in) {
        pthread_cond_wait(&ran, &lock);
    }
    g_assert_cmpint(ran_in, ==, iothread_thread_id(iothread));
    g_assert_cmpint(ran_in, !=, gettid());
    pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    module_init_types();
    type_register_static(&drinker_info);
    g_test_add_func("/rng/builtin", test_builtin);
    g_test_add_func("/rng/urandom", test_urandom);
    g_test_add_data_func("/rng/cancel/builtin", "rng-builtin,id=r", test_cancel);
    g_test_add_data_func("/rng/cancel/random", "rng-random,id=r,filename=/dev/zero", test_cancel);
    g_test_add_func("/rng/fifo", test_fifo);
    g_test_add_func("/rng/end", test_end);
    g_test_add_func("/rng/links", test_links);
    g_test_add_func("/rng/iothread", test_iothread);
    return g_test_run();
}
