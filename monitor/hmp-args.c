/*
 * From the text behind an HMP command's name to its arguments, as monitor/hmp-commands.hx types
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"
#include "qapi/keyval.h"

#include <string.h>

const HmpState hmp_initial_state = { .cpu_index = 0, .mem_format = 'x', .mem_size = 4 };

typedef struct ArgsParser {
    const HmpCommand *cmd;
    const char *pos;
    HmpState *state;
    QDict *args;
} ArgsParser;

static void skip_space(const char **text)
{
    while (g_ascii_isspace(**text)) {
        (*text)++;
    }
}

static bool is_flag(const HmpArg *arg)
{
    return arg->kind == HMP_ARG_FLAG || arg->kind == HMP_ARG_FLAG_STRING;
}

static void put_string(QDict *args, const char *key, char *text)
{
    qdict_put_take(args, key, qstring_new_take(text, strlen(text)));
}

static bool string_arg_parse(ArgsParser *p, const HmpArg *arg, Error **errp)
{
    Error *err = NULL;
    char *word = hmp_word_parse(&p->pos, &err);

    if (word) {
        put_string(p->args, arg->key, word);
        return true;
    }
    if (err) {
        error_prepend(&err, "%s: ", p->cmd->name);
        error_propagate(errp, err);
        return false;
    }
    if (arg->optional && !is_flag(arg)) {
        return true;
    }
    error_setg(errp, "%s: %s expected", p->cmd->name,
               arg->kind == HMP_ARG_STRING ? "string" : arg->key);
    return false;
}

static bool coroutine_fn int_arg_parse(ArgsParser *p, const HmpArg *arg, Error **errp)
{
    int64_t value;

    skip_space(&p->pos);
    if (!*p->pos && arg->optional) {
        return true;
    }
    if (!hmp_expr_parse(&p->pos, p->state, &value, errp)) {
        return false;
    }
    if (arg->kind == HMP_ARG_INT32 && (value < INT32_MIN || value > UINT32_MAX)) {
        error_setg(errp, "%s: %s: integer is for 32-bit values", p->cmd->name, arg->key);
        return false;
    }
    if (arg->kind == HMP_ARG_UINT64 || arg->kind == HMP_ARG_SIZE) {
        qdict_put_take(p->args, arg->key, qnum_new_uint((uint64_t)value));
    } else {
        qdict_put_int(p->args, arg->key, value);
    }
    return true;
}

static bool bool_arg_parse(ArgsParser *p, const HmpArg *arg, Error **errp)
{
    const char *word;
    size_t len;

    skip_space(&p->pos);
    word = p->pos;
    len = strcspn(word, " \t\r\n\v\f");
    if (!len && arg->optional) {
        return true;
    }
    if (!(len == 2 && !memcmp(word, "on", 2)) && !(len == 3 && !memcmp(word, "off", 3))) {
        error_setg(errp, "%s: %s: 'on' or 'off' expected", p->cmd->name, arg->key);
        return false;
    }
    qdict_put_bool(p->args, arg->key, len == 2);
    p->pos += len;
    return true;
}

/* 64k, 1.5G; anything else is an expression. */
static bool coroutine_fn size_arg_parse(ArgsParser *p, const HmpArg *arg, Error **errp)
{
    g_autofree char *word = NULL;
    uint64_t size;
    size_t len;

    skip_space(&p->pos);
    len = strcspn(p->pos, " \t\r\n\v\f");
    word = g_strndup(p->pos, len);
    if (!parse_size(word, 'B', &size, NULL)) {
        return int_arg_parse(p, arg, errp);
    }
    qdict_put_take(p->args, arg->key, qnum_new_uint(size));
    p->pos += len;
    return true;
}

static bool format_letter_parse(HmpState *state, char letter, bool *has_size)
{
    static const char sizes[] = "bhwg";
    const char *size;

    if (strchr("xduoci", letter)) {
        state->mem_format = letter;
        return true;
    }
    size = strchr(sizes, letter);
    if (size) {
        state->mem_size = 1 << (size - sizes);
        *has_size = true;
    }
    return size;
}

/* /FMT: a count, then letters for format and size in any order. */
static bool format_parse(ArgsParser *p, int64_t *count, Error **errp)
{
    HmpState state = *p->state;
    bool has_size = false;

    p->pos++;
    if (g_ascii_isdigit(*p->pos)) {
        char *end;

        *count = (int64_t)MIN(g_ascii_strtoull(p->pos, &end, 10), (guint64)INT64_MAX);
        p->pos = end;
        if (*count > INT32_MAX) {
            error_setg(errp, "%s: count must be at most %d", p->cmd->name, INT32_MAX);
            return false;
        }
    }
    for (; *p->pos && !g_ascii_isspace(*p->pos); p->pos++) {
        if (!format_letter_parse(&state, *p->pos, &has_size)) {
            error_setg(errp,
                       "invalid char in format: '%.*s' (formats: x d u o c i, sizes: b h w g)",
                       (int)(g_utf8_next_char(p->pos) - p->pos), p->pos);
            return false;
        }
    }
    if (state.mem_format == 'c' && !has_size) {
        state.mem_size = 1;
    }
    *p->state = state;
    return true;
}

static bool format_arg_parse(ArgsParser *p, Error **errp)
{
    int64_t count = 1;

    skip_space(&p->pos);
    if (*p->pos == '/' && !format_parse(p, &count, errp)) {
        return false;
    }
    qdict_put_int(p->args, "count", count);
    qdict_put_int(p->args, "format", p->state->mem_format);
    qdict_put_int(p->args, "size", p->state->mem_size);
    return true;
}

static const HmpArg *find_flag(const HmpCommand *cmd, char letter)
{
    for (const HmpArg *arg = cmd->args; arg->key; arg++) {
        if (is_flag(arg) && arg->flag == letter) {
            return arg;
        }
    }
    return NULL;
}

/* Take the flags that stand here. @string_next: an unknown one is the argument that comes next. */
static bool coroutine_fn flags_parse(ArgsParser *p, bool string_next, Error **errp)
{
    for (;;) {
        const HmpArg *arg;

        skip_space(&p->pos);
        if (p->pos[0] != '-' || !g_ascii_isalpha(p->pos[1]) ||
            (p->pos[2] && !g_ascii_isspace(p->pos[2]))) {
            return true;
        }
        arg = find_flag(p->cmd, p->pos[1]);
        if (!arg) {
            if (!string_next) {
                error_setg(errp, "%s: unsupported option -%c", p->cmd->name, p->pos[1]);
            }
            return string_next;
        }
        p->pos += 2;
        if (arg->kind == HMP_ARG_FLAG) {
            qdict_put_bool(p->args, arg->key, true);
        } else if (!string_arg_parse(p, arg, errp)) {
            return false;
        }
    }
}

static bool coroutine_fn arg_parse(ArgsParser *p, const HmpArg *arg, Error **errp)
{
    switch (arg->kind) {
    case HMP_ARG_STRING:
    case HMP_ARG_FILENAME:
        return string_arg_parse(p, arg, errp);
    case HMP_ARG_REST:
        skip_space(&p->pos);
        if (*p->pos) {
            g_autofree char *rest = g_strchomp(g_strdup(p->pos));

            qdict_put_str(p->args, arg->key, rest);
            p->pos += strlen(p->pos);
        } else if (!arg->optional) {
            error_setg(errp, "%s: %s expected", p->cmd->name, arg->key);
            return false;
        }
        return true;
    case HMP_ARG_INT32:
    case HMP_ARG_INT64:
    case HMP_ARG_UINT64:
        return int_arg_parse(p, arg, errp);
    case HMP_ARG_SIZE:
        return size_arg_parse(p, arg, errp);
    case HMP_ARG_BOOL:
        return bool_arg_parse(p, arg, errp);
    case HMP_ARG_CPU:
        qdict_put_int(p->args, arg->key, p->state->cpu_index);
        return true;
    case HMP_ARG_FORMAT:
        return format_arg_parse(p, errp);
    case HMP_ARG_FLAG:
    case HMP_ARG_FLAG_STRING:
        break; /* taken by flags_parse() wherever they stand */
    }
    return true;
}

static bool coroutine_fn all_args_parse(ArgsParser *p, Error **errp)
{
    if (!p->cmd->args) {
        return true;
    }
    for (const HmpArg *arg = p->cmd->args; arg->key; arg++) {
        bool string = arg->kind == HMP_ARG_STRING || arg->kind == HMP_ARG_FILENAME ||
                      arg->kind == HMP_ARG_REST;

        if (!is_flag(arg) && (!flags_parse(p, string, errp) || !arg_parse(p, arg, errp))) {
            return false;
        }
    }
    return flags_parse(p, false, errp);
}

QDict *coroutine_fn hmp_args_parse(const HmpCommand *cmd, const char *text, HmpState *state,
                                   Error **errp)
{
    ArgsParser parser = { .cmd = cmd, .pos = text, .state = state, .args = qdict_new() };

    if (all_args_parse(&parser, errp)) {
        skip_space(&parser.pos);
        if (!*parser.pos) {
            return parser.args;
        }
        error_setg(errp, "%s: extraneous characters at the end of line", cmd->name);
    }
    qobject_unref(parser.args);
    return NULL;
}
