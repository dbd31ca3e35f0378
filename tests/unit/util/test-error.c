/*
 * Errors, reports and the log.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/report.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

static void test_message(void)
{
    Error *err = NULL;

    error_setg(&err, "%s is %d", "answer", 42);
    g_assert_cmpstr(error_get_pretty(err), ==, "answer is 42");
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_GENERIC_ERROR);
    g_assert_null(error_get_hint(err));
    error_prepend(&err, "no: ");
    error_append_hint(&err, "try %s\n", "41");
    error_append_hint(&err, "or 43");
    g_assert_cmpstr(error_get_pretty(err), ==, "no: answer is 42");
    g_assert_cmpstr(error_get_hint(err), ==, "try 41\nor 43");
    error_free(err);
    error_free(NULL);
}

static void test_errno(void)
{
    g_autoptr(Error) err = NULL;

    error_setg_errno(&err, ENOENT, "cannot open '%s'", "x");
    g_assert_cmpstr(error_get_pretty(err), ==, "cannot open 'x': No such file or directory");
}

static void test_class(void)
{
    g_autoptr(Error) err = NULL;
    g_autoptr(Error) copy = NULL;

    error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "no");
    error_append_hint(&err, "look");
    copy = error_copy(err);
    g_assert_cmpint(error_get_class(copy), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    g_assert_cmpstr(error_get_pretty(copy), ==, "no");
    g_assert_cmpstr(error_get_hint(copy), ==, "look");
    g_assert_cmpstr(error_class_name(ERROR_CLASS_GENERIC_ERROR), ==, "GenericError");
    g_assert_cmpstr(error_class_name(ERROR_CLASS_COMMAND_NOT_FOUND), ==, "CommandNotFound");
    g_assert_cmpstr(error_class_name(ERROR_CLASS_DEVICE_NOT_ACTIVE), ==, "DeviceNotActive");
    g_assert_cmpstr(error_class_name(ERROR_CLASS_DEVICE_NOT_FOUND), ==, "DeviceNotFound");
    g_assert_cmpstr(error_class_name(ERROR_CLASS_KVM_MISSING_CAP), ==, "KVMMissingCap");
}

static void test_propagate(void)
{
    Error *local = NULL;
    Error *err = NULL;

    error_setg(NULL, "nobody wants to know");
    error_prepend(NULL, "x");
    error_prepend(&err, "x");
    error_append_hint(NULL, "x");
    error_propagate(&err, NULL);
    g_assert_null(err);
    error_setg(&local, "a");
    error_propagate(&err, local);
    g_assert_true(err == local);
    error_propagate(NULL, err);
}

static void sub_fatal(void)
{
    error_setg(&error_fatal, "the end");
}

static void sub_abort(void)
{
    Error *err = NULL;

    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
    error_setg(&err, "impossible");
    error_propagate(&error_abort, err);
}

static void sub_report(void)
{
    Error *err = NULL;

    error_setg(&err, "bad");
    error_append_hint(&err, "accepted: good");
    error_report_err(err);
    warn_report("look %d", 1);
    info_report("look %d", 2);
}

static void test_ends(void)
{
    g_test_trap_subprocess("/error/subprocess/fatal", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("vitrine: the end\n");
    g_test_trap_subprocess("/error/subprocess/abort", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*impossible\n*");
    g_test_trap_subprocess("/error/subprocess/report", 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("vitrine: bad\naccepted: good\n"
                              "vitrine: warning: look 1\nvitrine: info: look 2\n");
}

static void test_log_items(void)
{
    g_autoptr(Error) err = NULL;
    g_autoptr(Error) empty = NULL;
    uint32_t mask = 0;
    uint32_t all = 0;

    g_assert_true(log_parse_items("unimp,mmu", &mask, &error_abort));
    g_assert_cmpuint(mask, ==, LOG_UNIMP | LOG_MMU);
    g_assert_false(log_parse_items("unimp,frob", &mask, &err));
    g_assert_cmpuint(mask, ==, LOG_UNIMP | LOG_MMU);
    g_assert_nonnull(strstr(error_get_pretty(err), "'frob'"));
    for (const LogItemInfo *info = log_items; info->name; info++) {
        g_assert_nonnull(strstr(error_get_pretty(err), info->name));
        all |= info->item;
    }
    g_assert_false(log_parse_items("", &mask, &empty));
    g_assert_true(log_parse_items("all", &mask, &error_abort));
    g_assert_cmpuint(mask, ==, all);
}

static void test_log_file(void)
{
    g_autofree char *dir = g_dir_make_tmp("vitrine-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "log", NULL);
    g_autofree char *missing = g_build_filename(dir, "no", "log", NULL);
    g_autofree char *text = NULL;
    g_autoptr(Error) err = NULL;

    g_assert_false(log_set_file(missing, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), missing));
    g_assert_true(log_set_file(path, &error_abort));
    log_set_mask(LOG_UNIMP);
    log_mask(LOG_UNIMP, "register %#x", 0x10u);
    log_mask(LOG_MMU, "not on");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "register 0x10\n");
    g_unlink(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/message", test_message);
    g_test_add_func("/error/errno", test_errno);
    g_test_add_func("/error/class", test_class);
    g_test_add_func("/error/propagate", test_propagate);
    g_test_add_func("/error/ends", test_ends);
    g_test_add_func("/error/subprocess/fatal", sub_fatal);
    g_test_add_func("/error/subprocess/abort", sub_abort);
    g_test_add_func("/error/subprocess/report", sub_report);
    g_test_add_func("/error/log-items", test_log_items);
    g_test_add_func("/error/log-file", test_log_file);
    return g_test_run();
}
