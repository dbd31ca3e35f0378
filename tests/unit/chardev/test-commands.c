/*
 * query-chardev and info chardev.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-char.h"
#include "tests/unit/chardev/test-frontend.h"

typedef struct TestHmp {
    Hmp hmp;
    GString *text;
} TestHmp;

static void keep_text(Hmp *hmp, const char *text, size_t len)
{
    g_string_append_len(((TestHmp *)hmp)->text, text, len);
}

static const ChardevInfo *info_of(const ChardevInfoList *list, const char *label)
{
    for (; list; list = list->next) {
        if (strcmp(list->value->label, label) == 0) {
            return list->value;
        }
    }
    return NULL;
}

static void coroutine_fn run_query(void *opaque)
{
    *(ChardevInfoList **)opaque = qmp_query_chardev(&error_abort);
}

static void test_query(void)
{
    ChardevInfoList *list = NULL;
    TestFrontend fe;

    coroutine_enter(coroutine_create(run_query, &list));
    g_assert_null(list);
    test_chardev_new("backend", "null", "id", "a");
    test_fe_attach(&fe, test_chardev_new("backend", "file", "id", "b", "path", "/dev/null"));
    coroutine_enter(coroutine_create(run_query, &list));
    g_assert_cmpstr(info_of(list, "a")->filename, ==, "null");
    g_assert_false(info_of(list, "a")->frontend_open);
    g_assert_cmpstr(info_of(list, "b")->filename, ==, "file");
    g_assert_true(info_of(list, "b")->frontend_open);
    g_assert_null(info_of(list, "c"));
    qapi_free_ChardevInfoList(list);
    test_fe_end(&fe);
}

static void coroutine_fn run_info(void *opaque)
{
    g_autoptr(QDict) args = qdict_new();

    hmp_info_chardev(opaque, args);
}

static void test_info(void)
{
    TestHmp hmp = { .hmp.write = keep_text, .text = g_string_new(NULL) };

    test_chardev_new("backend", "null", "id", "a");
    test_chardev_new("backend", "file", "id", "b", "path", "/dev/null");
    coroutine_enter(coroutine_create(run_info, &hmp.hmp));
    g_assert_cmpstr(hmp.text->str, ==, "a: filename=null\nb: filename=file\n");
    g_string_free(hmp.text, TRUE);
    chardevs_cleanup();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    g_test_add_func("/chardev/query", test_query);
    g_test_add_func("/chardev/info", test_info);
    return g_test_run();
}
