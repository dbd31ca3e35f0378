/*
 * The command table: what generated registration fills and dispatch looks up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_QMP_REGISTRY_H
#define QAPI_QMP_REGISTRY_H

#include "qobject/json-writer.h"
#include "qobject/qobject.h"
#include "util/coroutine.h"
#include "util/error.h"

typedef enum QmpCommandOptions {
    QCO_NO_OPTIONS = 0,
    QCO_NO_SUCCESS_RESP = 1 << 0, /* success is not answered */
    QCO_ALLOW_OOB = 1 << 1,       /* may run at once, in any thread, without the BQL */
    QCO_ALLOW_PRECONFIG = 1 << 2, /* may run before the machine exists */
    QCO_COROUTINE = 1 << 3,       /* called in coroutine context */
    QCO_ACCESS_READ = 1 << 4,     /* changes nothing */
    QCO_ACCESS_SCREEN = 1 << 5,   /* shows what is on the screen, or lets others see it */
    QCO_LONG_REQUEST = 1 << 6,    /* may be very long: its time is not that of the main loop */
} QmpCommandOptions;

/*
 * A generated marshaller: checks @args (never NULL) against the schema, calls the handler, and
 * on success writes the value it returned to @out ("{}" for a command without one). On failure it
 * sets @errp and has written nothing. Frees all it made. Long strings may be moved out of @args.
 *
 * Those of coroutines and those that must not yield have two types that the compiler tells apart.
 */
typedef void QmpPlainFunc(QDict *args, JsonWriter *out, Error **errp);
typedef void coroutine_fn QmpCoroutineFunc(const CoContext *here, QDict *args, JsonWriter *out,
                                           Error **errp);

typedef struct QmpCommand {
    const char *name;
    QmpPlainFunc *plain;         /* NULL with QCO_COROUTINE */
    QmpCoroutineFunc *coroutine; /* NULL without */
    QmpCommandOptions options;
    unsigned special_features; /* bits of QAPI_DEPRECATED, QAPI_UNSTABLE */
    bool enabled;
    const char *disable_reason; /* static; NULL while enabled */
} QmpCommand;

typedef struct QmpCommandList QmpCommandList;

QmpCommandList *qmp_command_list_new(void);
void qmp_command_list_free(QmpCommandList *cmds);
/*
 * Called by the generated PREFIXqmp_init_marshal(cmds), through the macros below. @name is static.
 * @options are without QCO_COROUTINE.
 */
void qmp_add_plain_command(QmpCommandList *cmds, const char *name, QmpPlainFunc *fn,
                           QmpCommandOptions options, unsigned special_features);
void qmp_add_coroutine_command(QmpCommandList *cmds, const char *name, QmpCoroutineFunc *fn,
                               QmpCommandOptions options, unsigned special_features);

/*
 * Register a marshaller for the context it was made for: in turn on the main loop or out of band
 * (plain), or in a coroutine. A wrong one does not compile. @options are a constant.
 */
#define QMP_CHECK_FUNC_(fn, type)                                                                  \
    _Static_assert(__builtin_types_compatible_p(__typeof__(*(fn)), type), #fn " is no " #type)
#define qmp_register_plain_command(cmds, name, fn, options, ...)                                   \
    do {                                                                                           \
        QMP_CHECK_FUNC_(fn, QmpPlainFunc);                                                         \
        _Static_assert(!((options)&QCO_COROUTINE), #fn " is no coroutine");                        \
        qmp_add_plain_command(cmds, name, fn, options, __VA_ARGS__);                               \
    } while (0)
#define qmp_register_coroutine_command(cmds, name, fn, options, ...)                               \
    do {                                                                                           \
        QMP_CHECK_FUNC_(fn, QmpCoroutineFunc);                                                     \
        _Static_assert(!((options)&QCO_ALLOW_OOB), #fn " cannot run out of band: a coroutine");    \
        qmp_add_coroutine_command(cmds, name, fn, options, __VA_ARGS__);                           \
    } while (0)
/* After registration the table is read without a lock by every thread. NULL: unknown. */
const QmpCommand *qmp_find_command(const QmpCommandList *cmds, const char *name);
void qmp_for_each_command(const QmpCommandList *cmds,
                          void (*fn)(const QmpCommand *cmd, void *opaque), void *opaque);

/*
 * One checked request. Members of the wire object other than execute / exec-oob / arguments / id
 * are refused ("QMP input member 'x' is unexpected").
 */
typedef struct QmpRequest {
    const char *command; /* borrowed from the parsed object */
    QDict *args;         /* borrowed; NULL when absent */
    QObject *id;         /* borrowed; NULL when absent */
    bool oob;            /* exec-oob */
} QmpRequest;

/* Check the shape of @value; @id in @req is filled whenever it can be read, also on failure. */
bool qmp_request_parse(QObject *value, bool allow_oob, QmpRequest *req, Error **errp);

/*
 * Run @req in coroutine context (or out of band, wherever the caller stands) and append the
 * reply, {"return": ..., "id": ...} or {"error": {...}, "id": ...}, to @out, where nothing goes
 * before the handler has returned: others may write there while it waits. A command without
 * QCO_COROUTINE is called outside coroutine context, by whoever entered this coroutine.
 * @preconfig: only QCO_ALLOW_PRECONFIG commands are let through.
 * Returns false when there is nothing to send (QCO_NO_SUCCESS_RESP).
 */
bool coroutine_fn qmp_dispatch(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                               JsonWriter *out);
bool qmp_dispatch_oob(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                      JsonWriter *out);

/*
 * The same without a reply around it, for commands that are built on this one: the value returned
 * goes to @out (nothing without a success response), false and @errp set otherwise.
 */
bool coroutine_fn qmp_call(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                           JsonWriter *out, Error **errp);

/* {"error": {"class": ..., "desc": ...}, "id": ...}; @id may be NULL. */
void qmp_write_error(JsonWriter *out, const Error *err, QObject *id);

/* For marshallers of commands without arguments; false: there are some. */
bool qmp_check_no_arguments(const QDict *args, Error **errp);

/* ---- events ---- */

/*
 * Generated qapi_event_send_*() build the event, {"timestamp": ..., "event": ..., "data": ...},
 * and hand it to the sink, which borrows it and may be called in any thread. Until there is a
 * sink, events are dropped.
 */
typedef void QmpEventSink(const char *name, QDict *event);
void qmp_event_set_sink(QmpEventSink *sink);
void qmp_event_emit(const char *name, QDict *data /* may be NULL; taken */);
/*
 * For events with 'rate-limit': the first is handed over at once; of those that come within a
 * second only the last, when that is over. @member: events that differ in this string of @data are
 * told apart; NULL: none. Any thread.
 */
void qmp_event_emit_limited(const char *name, const char *member, QDict *data);
/* Main thread: hand over now what waits for the end of its period. */
void qmp_events_flush(void);

#endif
