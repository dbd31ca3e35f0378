/*
 * From a parsed request to its reply.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/compat-policy.h"
#include "qapi/qmp-registry.h"
#include "util/coroutine.h"

#include <string.h>

/* ---- the request: what of it goes into a message is cut, for it may be megabytes ---- */

static bool take_command(QmpRequest *req, const char *key, QObject *value, Error **errp)
{
    QString *name = qobject_to_qstring(value);

    if (req->command) {
        error_setg(errp, "QMP input member 'execute' clashes with 'exec-oob'");
        return false;
    }
    if (!name) {
        error_setg(errp, "QMP input member '%s' must be a string", key);
        return false;
    }
    if (strlen(qstring_get(name)) != qstring_len(name)) {
        error_setg(errp, "QMP input member '%s' must not contain NUL characters", key);
        return false;
    }
    req->command = qstring_get(name);
    req->oob = key[4] == '-';
    return true;
}

static bool take_member(QmpRequest *req, const char *key, QObject *value, bool allow_oob,
                        Error **errp)
{
    if (!strcmp(key, "execute") || (allow_oob && !strcmp(key, "exec-oob"))) {
        return take_command(req, key, value, errp);
    }
    if (!strcmp(key, "arguments")) {
        req->args = qobject_to_qdict(value);
        if (!req->args) {
            error_setg(errp, "QMP input member 'arguments' must be an object");
        }
        return req->args;
    }
    if (!strcmp(key, "id")) {
        return true;
    }
    error_setg(errp, "QMP input member '%.256s' is unexpected", key);
    return false;
}

bool qmp_request_parse(QObject *value, bool allow_oob, QmpRequest *req, Error **errp)
{
    QDict *dict = qobject_to_qdict(value);

    *req = (QmpRequest){ 0 };
    if (!dict) {
        error_setg(errp, "QMP input must be a JSON object");
        return false;
    }
    req->id = qdict_get(dict, "id");
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        if (!take_member(req, qdict_entry_key(e), qdict_entry_value(e), allow_oob, errp)) {
            return false;
        }
    }
    if (!req->command) {
        error_setg(errp, "QMP input lacks member 'execute'");
        return false;
    }
    return true;
}

bool qmp_check_no_arguments(const QDict *args, Error **errp)
{
    const QDictEntry *unexpected = qdict_first(args);

    if (unexpected) {
        error_setg(errp, "Parameter '%.256s' is unexpected", qdict_entry_key(unexpected));
    }
    return !unexpected;
}

/* ---- the reply ---- */

/* The end of a reply: its id, and the bracket. */
static void write_id(JsonWriter *out, QObject *id)
{
    if (id) {
        json_writer_name(out, "id");
        json_writer_qobject(out, id);
    }
    json_writer_end_object(out);
}

void qmp_write_error(JsonWriter *out, const Error *err, QObject *id)
{
    json_writer_begin_object(out);
    json_writer_name(out, "error");
    json_writer_begin_object(out);
    json_writer_name(out, "class");
    json_writer_str(out, error_class_name(error_get_class(err)));
    json_writer_name(out, "desc");
    json_writer_str(out, error_get_pretty(err));
    json_writer_end_object(out);
    write_id(out, id);
}

/* ---- the call ---- */

typedef struct Call {
    const QmpCommand *cmd;
    QDict *args;
    JsonWriter *out;
    Error *err;
} Call;

static void run_plain(void *opaque)
{
    Call *call = opaque;

    call->cmd->plain(call->args, call->out, &call->err);
}

static void coroutine_fn run_in_context(void *opaque)
{
    Call *call = opaque;

    if (call->cmd->coroutine) {
        call->cmd->coroutine(co_context(), call->args, call->out, &call->err);
    } else if (in_coroutine()) {
        co_call_outside(run_plain, call);
    } else {
        run_plain(call);
    }
}

static bool check_command(const QmpCommand *cmd, const QmpRequest *req, bool preconfig,
                          Error **errp)
{
    const char *refused;

    if (!cmd) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND, "The command %.256s has not been found",
                  req->command);
        return false;
    }
    if (!cmd->enabled) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND, "Command %s has been disabled%s%s",
                  cmd->name, cmd->disable_reason ? ": " : "",
                  cmd->disable_reason ? cmd->disable_reason : "");
        return false;
    }
    refused = qapi_policy_refuses(cmd->special_features);
    if (refused) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND, "%s command %s disabled by policy", refused,
                  cmd->name);
        return false;
    }
    if (req->oob && !(cmd->options & QCO_ALLOW_OOB)) {
        error_setg(errp, "The command %s does not support OOB", cmd->name);
        return false;
    }
    if (preconfig && !(cmd->options & QCO_ALLOW_PRECONFIG)) {
        error_setg(errp,
                   "The command '%s' is permitted only after machine initialization has completed",
                   cmd->name);
        return false;
    }
    return true;
}

/*
 * The handler may wait, and others may write to the buffer meanwhile: nothing goes there before
 * the marshaller writes what the handler has returned.
 */
static bool dispatch(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                     JsonWriter *out, void (*run)(void *call))
{
    const QmpCommand *cmd = qmp_find_command(cmds, req->command);
    JsonWriter reply;
    Call call = { .cmd = cmd, .out = &reply };
    bool answer = true;

    json_writer_init(&reply, out->out, out->pretty);
    json_writer_defer_object(&reply, "return");
    if (check_command(cmd, req, preconfig, &call.err)) {
        call.args = req->args ? qobject_ref(req->args) : qdict_new();
        run(&call);
        qobject_unref(call.args);
    }
    if (call.err) {
        json_writer_rewind(&reply);
        qmp_write_error(&reply, call.err, req->id);
        error_free(call.err);
    } else if (cmd->options & QCO_NO_SUCCESS_RESP) {
        json_writer_rewind(&reply);
        answer = false;
    } else {
        write_id(&reply, req->id);
    }
    return answer;
}

bool coroutine_fn qmp_dispatch(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                               JsonWriter *out)
{
    return dispatch(cmds, req, preconfig, out, run_in_context);
}

bool qmp_dispatch_oob(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                      JsonWriter *out)
{
    return dispatch(cmds, req, preconfig, out, run_plain);
}

bool coroutine_fn qmp_call(const QmpCommandList *cmds, const QmpRequest *req, bool preconfig,
                           JsonWriter *out, Error **errp)
{
    const QmpCommand *cmd = qmp_find_command(cmds, req->command);
    Call call = { .cmd = cmd, .out = out };

    if (!check_command(cmd, req, preconfig, errp)) {
        return false;
    }
    call.args = req->args ? qobject_ref(req->args) : qdict_new();
    run_in_context(&call);
    qobject_unref(call.args);
    if (call.err) {
        error_propagate(errp, call.err);
        return false;
    }
    return true;
}
