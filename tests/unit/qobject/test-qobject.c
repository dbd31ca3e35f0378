/*
 * Tests of JSON values: numbers, containers, references, comparison.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qobject/json-parser.h"
#include "qobject/json-writer.h"
#include "qobject/utf8.h"

#include <string.h>

static QObject *parse(const char *text)
{
    return json_parse(text, strlen(text), &error_abort);
}

static void test_casts(void)
{
    g_autoptr(QObject) list = parse("[null, true, 1, \"s\", [], {}]");
    QList *items = qobject_to_qlist(list);

    g_assert_nonnull(qobject_to_qnull(qlist_at(items, 0)));
    g_assert(qbool_get(qobject_to_qbool(qlist_at(items, 1))));
    g_assert_nonnull(qobject_to_qnum(qlist_at(items, 2)));
    g_assert_cmpstr(qstring_get(qobject_to_qstring(qlist_at(items, 3))), ==, "s");
    g_assert_nonnull(qobject_to_qlist(qlist_at(items, 4)));
    g_assert_nonnull(qobject_to_qdict(qlist_at(items, 5)));
    g_assert_null(qlist_at(items, 6));
    for (int i = 0; i < 6; i++) {
        QObject *item = qlist_at(items, i);
        int casts = !!qobject_to_qnull(item) + !!qobject_to_qbool(item) + !!qobject_to_qnum(item) +
                    !!qobject_to_qstring(item) + !!qobject_to_qlist(item) +
                    !!qobject_to_qdict(item);

        g_assert_cmpint(casts, ==, 1);
    }
    g_assert_null(qobject_to_qdict(NULL));
    g_assert_cmpstr(qtype_json_name(qobject_type(list)), ==, "array");
}

static void test_numbers(void)
{
    g_autoptr(QNum) minus = qnum_new_int(-1);
    g_autoptr(QNum) small = qnum_new_uint(5);
    g_autoptr(QNum) large = qnum_new_uint(UINT64_MAX);
    g_autoptr(QNum) real = qnum_new_double(2.0);
    int64_t i;
    uint64_t u;

    g_assert_cmpint(qnum_kind(small), ==, QNUM_I64);
    g_assert_cmpint(qnum_kind(large), ==, QNUM_U64);
    g_assert(qnum_get_try_int(minus, &i) && i == -1);
    g_assert(!qnum_get_try_uint(minus, &u));
    g_assert(qnum_get_try_uint(small, &u) && u == 5);
    g_assert(!qnum_get_try_int(large, &i));
    g_assert(qnum_get_try_uint(large, &u) && u == UINT64_MAX);
    g_assert(!qnum_get_try_int(real, &i) && !qnum_get_try_uint(real, &u));
    g_assert_cmpfloat(qnum_get_double(minus), ==, -1.0);
    g_assert_cmpfloat(qnum_get_double(large), ==, 18446744073709551616.0);
}

static void test_equal(void)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        { "1", "1.0", true },
        { "1", "1.5", false },
        { "-1", "18446744073709551615", false },
        { "18446744073709551615", "18446744073709551616", false },
        { "9007199254740993", "9007199254740992.0", false },
        { "0", "-0.0", true },
        { "null", "null", true },
        { "null", "false", false },
        { "true", "true", true },
        { "\"a\"", "\"a\"", true },
        { "\"a\"", "\"a\\u0000\"", false },
        { "[1, [2, {\"a\": 3}]]", "[1, [2, {\"a\": 3.0}]]", true },
        { "[1, [2, {\"a\": 3}]]", "[1, [2, {\"a\": 4}]]", false },
        { "[1, 2]", "[1]", false },
        { "{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", true },
        { "{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"c\": 2}", false },
        { "{\"a\": 1}", "{\"a\": 1, \"c\": 2}", false },
        { "{}", "[]", false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(QObject) a = parse(cases[i].a);
        g_autoptr(QObject) b = parse(cases[i].b);

        g_assert_cmpint(qobject_equal(a, b), ==, cases[i].equal);
        g_assert_cmpint(qobject_equal(b, a), ==, cases[i].equal);
        g_assert(qobject_equal(a, a));
    }
    g_assert(qobject_equal(NULL, NULL));
}

static void test_references(void)
{
    QString *str = qstring_new("shared");
    QList *list = qlist_new();
    QDict *dict = qdict_new();

    qlist_append_take(list, qobject_ref(str));
    qlist_append_take(list, qobject_ref(str));
    qdict_put_take(dict, "list", list);
    qdict_put_take(dict, "str", str);
    qobject_ref(dict);
    qobject_unref(dict);
    g_assert_cmpstr(qdict_get_str(dict, "str"), ==, "shared");
    qobject_ref(str);
    qobject_unref(dict);
    g_assert_cmpstr(qstring_get(str), ==, "shared");
    qobject_unref(str);
    qobject_unref(NULL);
    qobject_unref(qnull());
    qobject_unref(qnull());
    g_assert_cmpint(qobject_type(QOBJECT(qnull())), ==, QTYPE_QNULL);
}

/* Deeply nested values are compared, written and freed in bounded stack. */
static void test_deep(void)
{
    QObject *pair[2] = { NULL, NULL };
    g_autofree char *json = NULL;

    for (int p = 0; p < 2; p++) {
        for (int i = 0; i < 200000; i++) {
            if (i & 1) {
                QDict *dict = qdict_new();

                qdict_put_take(dict, "k", pair[p]);
                pair[p] = QOBJECT(dict);
            } else {
                QList *list = qlist_new();

                if (pair[p]) {
                    qlist_append_take(list, pair[p]);
                }
                pair[p] = QOBJECT(list);
            }
        }
    }
    g_assert(qobject_equal(pair[0], pair[1]));
    json = qobject_to_json(pair[0]);
    g_assert_cmpuint(strlen(json), ==, 100000 * 2 + 100000 * 7);
    qobject_unref(pair[0]);
    qobject_unref(pair[1]);
}

static void test_list_queue(void)
{
    g_autoptr(QList) list = qlist_new();
    int64_t next_in = 0, next_out = 0;
    GRand *rand = g_rand_new_with_seed(3);

    for (int i = 0; i < 20000; i++) {
        if (g_rand_int_range(rand, 0, 100) < 52) {
            qlist_append_int(list, next_in++);
        } else {
            g_autoptr(QObject) value = qlist_pop(list);
            int64_t got = -1;

            g_assert_cmpint(value != NULL, ==, next_out < next_in);
            if (value) {
                g_assert(qnum_get_try_int(qobject_to_qnum(value), &got));
                g_assert_cmpint(got, ==, next_out++);
            }
        }
        g_assert_cmpuint(qlist_size(list), ==, next_in - next_out);
    }
    g_rand_free(rand);
}

static void test_dict_typed(void)
{
    g_autoptr(QObject) obj =
        parse("{\"i\": 5, \"u\": 18446744073709551615, \"s\": \"x\", \"b\": true,"
              " \"d\": {}, \"l\": []}");
    QDict *dict = qobject_to_qdict(obj);

    g_assert_cmpint(qdict_get_int(dict, "i", -1), ==, 5);
    g_assert_cmpint(qdict_get_int(dict, "u", -1), ==, -1);
    g_assert_cmpint(qdict_get_int(dict, "s", -1), ==, -1);
    g_assert_cmpint(qdict_get_int(dict, "none", -1), ==, -1);
    g_assert_cmpstr(qdict_get_str(dict, "s"), ==, "x");
    g_assert_null(qdict_get_str(dict, "i"));
    g_assert(qdict_get_bool(dict, "b", false));
    g_assert(qdict_get_bool(dict, "s", true));
    g_assert_nonnull(qdict_get_dict(dict, "d"));
    g_assert_null(qdict_get_dict(dict, "l"));
    g_assert_nonnull(qdict_get_list(dict, "l"));
    g_assert_null(qdict_get_list(dict, "d"));
    g_assert(qdict_haskey(dict, "i") && !qdict_haskey(dict, "I") && !qdict_haskey(dict, ""));
}

/* Against a GHashTable and an array of keys in order. */
static void test_dict_model(void)
{
    g_autoptr(QDict) dict = qdict_new();
    GHashTable *model = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *order = g_ptr_array_new_with_free_func(g_free);
    GRand *rand = g_rand_new_with_seed(4);

    for (int i = 0; i < 40000; i++) {
        int range = i < 5000 ? 10 : 3000; /* first few keys, then many */
        g_autofree char *key = g_strdup_printf("key%d", g_rand_int_range(rand, 0, range));
        bool there = g_hash_table_contains(model, key);

        g_assert_cmpint(qdict_haskey(dict, key), ==, there);
        if (g_rand_int_range(rand, 0, 5) < 3) {
            qdict_put_int(dict, key, i);
            g_hash_table_insert(model, g_strdup(key), GINT_TO_POINTER(i));
            if (!there) {
                g_ptr_array_add(order, g_strdup(key));
            }
        } else {
            unsigned at;

            g_assert_cmpint(qdict_del(dict, key), ==, there);
            g_hash_table_remove(model, key);
            if (there && g_ptr_array_find_with_equal_func(order, key, g_str_equal, &at)) {
                g_ptr_array_remove_index(order, at);
            }
        }
        g_assert_cmpuint(qdict_size(dict), ==, g_hash_table_size(model));
        if (i % 1000 == 0) {
            unsigned at = 0;

            for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
                g_assert_cmpstr(qdict_entry_key(e), ==, order->pdata[at++]);
                g_assert_cmpint(qdict_get_int(dict, qdict_entry_key(e), -1), ==,
                                GPOINTER_TO_INT(g_hash_table_lookup(model, qdict_entry_key(e))));
            }
            g_assert_cmpuint(at, ==, order->len);
        }
    }
    g_rand_free(rand);
    g_ptr_array_free(order, true);
    g_hash_table_destroy(model);
}

static void test_dict_clone(void)
{
    g_autoptr(QObject) obj = parse("{\"b\": [1], \"a\": 2}");
    g_autoptr(QDict) copy = qdict_clone_shallow(qobject_to_qdict(obj));

    g_assert(qobject_equal(obj, QOBJECT(copy)));
    g_assert(qdict_get(copy, "b") == qdict_get(qobject_to_qdict(obj), "b"));
    g_assert(qdict_del(copy, "b"));
    g_assert(qdict_haskey(qobject_to_qdict(obj), "b"));
    g_assert_cmpstr(qdict_entry_key(qdict_first(copy)), ==, "a");
}

static void *share(void *opaque)
{
    for (int i = 0; i < 100000; i++) {
        qobject_unref(qobject_ref(QOBJECT(opaque)));
        qobject_unref(qbool_new(true));
    }
    return NULL;
}

/* Counts are atomic: for TSan, and the count must be right in the end. */
static void test_threads(void)
{
    QObject *value = parse("[1, {\"a\": null}]");
    GThread *threads[4];

    for (int i = 0; i < 4; i++) {
        threads[i] = g_thread_new("share", share, value);
    }
    for (int i = 0; i < 4; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(value->refcount, ==, 1);
    qobject_unref(value);
}

static void assert_made_valid(const char *bytes, size_t len)
{
    g_autofree char *text = utf8_make_valid(bytes, len);
    g_autofree char *expected = g_utf8_make_valid(bytes, (gssize)len);

    g_assert_cmpstr(text, ==, expected);
}

/* Noise, and ASCII and whole characters with a little noise in them. */
static void test_make_valid(void)
{
    static const char *const parts[] = { "a", "12345678", "\xc3\xa9", "\xe2\x82\xac",
                                         "\xf0\x9f\x98\x80" };
    g_autofree char *nothing = utf8_make_valid(NULL, 0);

    g_assert_cmpstr(nothing, ==, "");
    for (int i = 0; i < 3000; i++) {
        g_autoptr(GString) bytes = g_string_new(NULL);
        int noise = g_test_rand_int_range(0, 10);

        while (bytes->len < 40) {
            if (g_test_rand_int_range(0, 10) < noise) {
                g_string_append_c(bytes, (char)g_test_rand_int());
            } else {
                g_string_append(bytes, parts[g_test_rand_int_range(0, G_N_ELEMENTS(parts))]);
            }
        }
        assert_made_valid(bytes->str, g_test_rand_int_range(0, 41));
    }
    assert_made_valid("1234567\00012345678", 16);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qobject/casts", test_casts);
    g_test_add_func("/qobject/numbers", test_numbers);
    g_test_add_func("/qobject/equal", test_equal);
    g_test_add_func("/qobject/references", test_references);
    g_test_add_func("/qobject/deep", test_deep);
    g_test_add_func("/qobject/list-queue", test_list_queue);
    g_test_add_func("/qobject/dict/typed", test_dict_typed);
    g_test_add_func("/qobject/dict/model", test_dict_model);
    g_test_add_func("/qobject/dict/clone", test_dict_clone);
    g_test_add_func("/qobject/threads", test_threads);
    g_test_add_func("/qobject/utf8/make-valid", test_make_valid);
    return g_test_run();
}
