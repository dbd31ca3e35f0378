/*
 * A front end that keeps what it is told, and helpers around it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_FRONTEND_H
#define TEST_FRONTEND_H

#include "chardev/chardev.h"
#include "tests/unit/util/loop-test.h"

#include <string.h>

typedef struct TestFrontend {
    Chardev *chr;
    GString *in;
    GString *events; /* 'o' and 'c' */
    size_t room;
    int writables;
} TestFrontend;

static inline size_t test_fe_can_read(void *opaque)
{
    return ((TestFrontend *)opaque)->room;
}

static inline void test_fe_read(void *opaque, const uint8_t *bytes, size_t len)
{
    TestFrontend *fe = opaque;

    g_assert_cmpuint(len, <=, fe->room);
    g_string_append_len(fe->in, (const char *)bytes, len);
}

static inline void test_fe_event(void *opaque, ChardevEvent event)
{
    TestFrontend *fe = opaque;

    g_string_append_c(fe->events, event == CHARDEV_OPENED ? 'o' : 'c');
}

static inline void test_fe_writable(void *opaque)
{
    ((TestFrontend *)opaque)->writables++;
}

static const ChardevFrontend test_fe_ops = {
    .can_read = test_fe_can_read,
    .read = test_fe_read,
    .event = test_fe_event,
    .writable = test_fe_writable,
};

static inline void test_fe_attach(TestFrontend *fe, Chardev *chr)
{
    *fe = (TestFrontend){
        .chr = chr,
        .in = g_string_new(NULL),
        .events = g_string_new(NULL),
        .room = 4096,
    };
    g_assert_true(chardev_attach(chr, &test_fe_ops, fe, NULL, &error_abort));
}

/* Detach, and close every chardev. */
static inline void test_fe_end(TestFrontend *fe)
{
    chardev_detach(fe->chr);
    chardevs_cleanup();
    g_string_free(fe->in, TRUE);
    g_string_free(fe->events, TRUE);
}

/* Arguments as pairs, ended by NULL. */
static inline QDict *test_args(const char *key, ...)
{
    QDict *args = qdict_new();
    va_list list;

    va_start(list, key);
    for (; key; key = va_arg(list, const char *)) {
        qdict_put_str(args, key, va_arg(list, const char *));
    }
    va_end(list);
    return args;
}

#define test_chardev_new(...)                                                                      \
    ({                                                                                             \
        g_autoptr(QDict) args_ = test_args(__VA_ARGS__, NULL);                                     \
        chardev_new(args_, &error_abort);                                                          \
    })

/* That @args are refused with a message that has @text in it, and leave nothing behind. */
static inline void test_refused(QDict *args, const char *text)
{
    g_autoptr(QDict) own = args;
    g_autoptr(Error) err = NULL;
    const char *id = qdict_get_str(args, "id");
    bool had = id && chardev_find(id);

    g_assert_null(chardev_new(own, &err));
    g_assert_nonnull(err);
    if (!strstr(error_get_pretty(err), text)) {
        g_error("\"%s\" is not in \"%s\"", text, error_get_pretty(err));
    }
    g_assert_cmpint(id && chardev_find(id), ==, had);
}

static inline void assert_filename(Chardev *chr, const char *expected)
{
    g_autofree char *name = chardev_filename(chr);

    g_assert_cmpstr(name, ==, expected);
}

#endif
