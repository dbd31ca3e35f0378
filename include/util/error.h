/*
 * Errors: what went wrong, in words for a person and a class for a program.
 *
 * A function that can fail takes `Error **errp` last and returns success as bool (or a pointer
 * that is NULL on failure). @errp may be NULL (the caller does not want to know), the address of
 * a NULL `Error *`, or &error_abort / &error_fatal. A message is one sentence without a full stop;
 * it names the object at fault and, where there is a choice, what would have been accepted.
 *
 * Any thread; no lock. An Error belongs to one owner at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include <glib.h>
#include <stdbool.h>

typedef struct Error Error;

/* The error classes of the QMP protocol; error_class_name() gives their wire names. */
typedef enum ErrorClass {
    ERROR_CLASS_GENERIC_ERROR,
    ERROR_CLASS_COMMAND_NOT_FOUND,
    ERROR_CLASS_DEVICE_NOT_ACTIVE,
    ERROR_CLASS_DEVICE_NOT_FOUND,
    ERROR_CLASS_KVM_MISSING_CAP,
    ERROR_CLASS__MAX,
} ErrorClass;

/* Passing &error_abort makes an error a bug (abort); &error_fatal ends the process with status 1. */
extern Error *error_abort;
extern Error *error_fatal;

/* Set *@errp to a new error of class GenericError. *@errp must not hold one already. */
#define error_setg(errp, ...)                                                                      \
    error_set_internal((errp), __FILE__, __LINE__, ERROR_CLASS_GENERIC_ERROR, __VA_ARGS__)
/* The same with a class. */
#define error_set(errp, err_class, ...)                                                            \
    error_set_internal((errp), __FILE__, __LINE__, (err_class), __VA_ARGS__)
/* The same with ": " and strerror(@os_error) appended. */
#define error_setg_errno(errp, os_error, ...)                                                      \
    error_set_errno_internal((errp), __FILE__, __LINE__, (os_error), __VA_ARGS__)

/* Give @local (may be NULL: nothing happens) to @errp, or free it when nobody wants it. */
void error_propagate(Error **errp, Error *local);
/* Put text before / after the message of *@errp, if it holds one. */
void error_prepend(Error *const *errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Add a line of advice, shown to people only (error_report_err(), HMP). */
void error_append_hint(Error *const *errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

const char *error_get_pretty(const Error *err); /* owned by @err */
const char *error_get_hint(const Error *err);   /* owned by @err, may be NULL */
ErrorClass error_get_class(const Error *err);
const char *error_class_name(ErrorClass err_class); /* static */
Error *error_copy(const Error *err);
void error_free(Error *err); /* NULL is fine */

/* Print "vitrine: MESSAGE" (and the hint) on stderr and free @err. */
void error_report_err(Error *err);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Error, error_free)

void error_set_internal(Error **errp, const char *file, int line, ErrorClass err_class,
                        const char *fmt, ...) G_GNUC_PRINTF(5, 6);
void error_set_errno_internal(Error **errp, const char *file, int line, int os_error,
                              const char *fmt, ...) G_GNUC_PRINTF(5, 6);

#endif
