/*
 * Errors: what went wrong, in words for a person and a class for a program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/error.h"
#include "util/report.h"

#include <stdlib.h>

struct Error {
    char *message;
    char *hint; /* NULL: none */
    ErrorClass err_class;
};

Error *error_abort;
Error *error_fatal;

static const char *const class_names[ERROR_CLASS__MAX] = {
    [ERROR_CLASS_GENERIC_ERROR] = "GenericError",
    [ERROR_CLASS_COMMAND_NOT_FOUND] = "CommandNotFound",
    [ERROR_CLASS_DEVICE_NOT_ACTIVE] = "DeviceNotActive",
    [ERROR_CLASS_DEVICE_NOT_FOUND] = "DeviceNotFound",
    [ERROR_CLASS_KVM_MISSING_CAP] = "KVMMissingCap",
};

/* The end for those who passed &error_abort or &error_fatal; returns for everybody else. */
static void end_if_unwanted(Error **errp, Error *err, const char *file, int line)
{
    if (errp == &error_abort) {
        error_report("unexpected error at %s:%d: %s", file, line, err->message);
        abort();
    }
    if (errp == &error_fatal) {
        error_report_err(err);
        exit(1);
    }
}

/* Takes @message. */
static void set_error(Error **errp, const char *file, int line, ErrorClass err_class, char *message)
{
    Error *err = g_new(Error, 1);

    g_assert(*errp == NULL);
    *err = (Error){ .message = message, .err_class = err_class };
    end_if_unwanted(errp, err, file, line);
    *errp = err;
}

void error_set_internal(Error **errp, const char *file, int line, ErrorClass err_class,
                        const char *fmt, ...)
{
    va_list args;

    if (!errp) {
        return;
    }
    va_start(args, fmt);
    set_error(errp, file, line, err_class, g_strdup_vprintf(fmt, args));
    va_end(args);
}

void error_set_errno_internal(Error **errp, const char *file, int line, int os_error,
                              const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (!errp) {
        return;
    }
    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    set_error(errp, file, line, ERROR_CLASS_GENERIC_ERROR,
              g_strdup_printf("%s: %s", text, g_strerror(os_error)));
}

void error_propagate(Error **errp, Error *local)
{
    if (!local) {
        return;
    }
    if (!errp) {
        error_free(local);
        return;
    }
    g_assert(*errp == NULL);
    end_if_unwanted(errp, local, "error_propagate", 0);
    *errp = local;
}

void error_prepend(Error *const *errp, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    char *message;
    va_list args;

    if (!errp || !*errp) {
        return;
    }
    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    message = g_strconcat(text, (*errp)->message, NULL);
    g_free((*errp)->message);
    (*errp)->message = message;
}

void error_append_hint(Error *const *errp, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    char *hint;
    va_list args;

    if (!errp || !*errp) {
        return;
    }
    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    g_strchomp(text);
    hint = (*errp)->hint ? g_strconcat((*errp)->hint, "\n", text, NULL) : g_strdup(text);
    g_free((*errp)->hint);
    (*errp)->hint = hint;
}

const char *error_get_pretty(const Error *err)
{
    return err->message;
}

const char *error_get_hint(const Error *err)
{
    return err->hint;
}

ErrorClass error_get_class(const Error *err)
{
    return err->err_class;
}

const char *error_class_name(ErrorClass err_class)
{
    g_assert((unsigned)err_class < ERROR_CLASS__MAX);
    return class_names[err_class];
}

Error *error_copy(const Error *err)
{
    Error *copy = g_new(Error, 1);

    *copy = (Error){
        .message = g_strdup(err->message),
        .hint = g_strdup(err->hint),
        .err_class = err->err_class,
    };
    return copy;
}

void error_free(Error *err)
{
    if (err) {
        g_free(err->message);
        g_free(err->hint);
        g_free(err);
    }
}

void error_report_err(Error *err)
{
    error_report("%s%s%s", err->message, err->hint ? "\n" : "", err->hint ? err->hint : "");
    error_free(err);
}
