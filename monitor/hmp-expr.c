/*
 * Numeric expressions of HMP commands: + -, then & | ^, then * / %, then + - ~ and ( ).
 *
 * Numbers are decimal, hexadecimal (0x) or octal (0); 'c' is a character, $name a register.
 * Arithmetic wraps at 64 bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"
#include "monitor/monitor-internal.h"

#define EXPR_MAX_DEPTH    64
#define REGISTER_NAME_MAX 32

typedef struct Expr {
    const char *pos;
    const HmpState *state;
    unsigned depth;
} Expr;

static bool coroutine_fn expr_sum(Expr *expr, int64_t *value, Error **errp);

static void skip_space(Expr *expr)
{
    while (g_ascii_isspace(*expr->pos)) {
        expr->pos++;
    }
}

/* The next character if it is one of @set, which is then taken; else 0. */
static char take_one_of(Expr *expr, const char *set)
{
    skip_space(expr);
    return *expr->pos && strchr(set, *expr->pos) ? *expr->pos++ : 0;
}

static bool expr_number(Expr *expr, int64_t *value, Error **errp)
{
    char *end = NULL;

    errno = 0;
    *value = (int64_t)g_ascii_strtoull(expr->pos, &end, 0);
    if (errno == ERANGE) {
        error_setg(errp, "number too large");
        return false;
    }
    expr->pos = end;
    return true;
}

static bool expr_character(Expr *expr, int64_t *value, Error **errp)
{
    if (!expr->pos[1] || expr->pos[2] != '\'') {
        error_setg(errp, "missing terminating ' character");
        return false;
    }
    *value = (unsigned char)expr->pos[1];
    expr->pos += 3;
    return true;
}

static bool coroutine_fn expr_register(Expr *expr, int64_t *value, Error **errp)
{
    const MonitorCpuOps *ops = monitor_cpu_ops();
    char name[REGISTER_NAME_MAX];
    size_t len = 0;
    uint64_t reg;

    expr->pos++;
    while (g_ascii_isalnum(expr->pos[len]) || expr->pos[len] == '_') {
        len++;
    }
    g_strlcpy(name, expr->pos, MIN(len + 1, sizeof(name)));
    if (len >= sizeof(name) || !ops || !ops->get_register(expr->state->cpu_index, name, &reg)) {
        error_setg(errp, "unknown register '$%.*s'", (int)MIN(len, REGISTER_NAME_MAX), expr->pos);
        return false;
    }
    expr->pos += len;
    *value = (int64_t)reg;
    return true;
}

static bool coroutine_fn expr_parenthesis(Expr *expr, int64_t *value, Error **errp)
{
    expr->pos++;
    if (!expr_sum(expr, value, errp)) {
        return false;
    }
    if (!take_one_of(expr, ")")) {
        error_setg(errp, "')' expected");
        return false;
    }
    return true;
}

static bool coroutine_fn expr_operand(Expr *expr, int64_t *value, Error **errp)
{
    skip_space(expr);
    switch (*expr->pos) {
    case '0' ... '9':
        return expr_number(expr, value, errp);
    case '\'':
        return expr_character(expr, value, errp);
    case '$':
        return expr_register(expr, value, errp);
    case '(':
        return expr_parenthesis(expr, value, errp);
    case '\0':
        error_setg(errp, "unexpected end of expression");
        return false;
    default:
        error_setg(errp, "invalid char '%.*s' in expression",
                   (int)(g_utf8_next_char(expr->pos) - expr->pos), expr->pos);
        return false;
    }
}

static bool coroutine_fn expr_unary(Expr *expr, int64_t *value, Error **errp)
{
    bool ok = false;
    char op;

    if (++expr->depth > EXPR_MAX_DEPTH) {
        error_setg(errp, "expression is nested deeper than %d", EXPR_MAX_DEPTH);
        return false;
    }
    op = take_one_of(expr, "+-~");
    if (op ? expr_unary(expr, value, errp) : expr_operand(expr, value, errp)) {
        if (op == '-') {
            *value = (int64_t)(0 - (uint64_t)*value);
        } else if (op == '~') {
            *value = ~*value;
        }
        ok = true;
    }
    expr->depth--;
    return ok;
}

static bool divide(char op, int64_t *value, int64_t divisor, Error **errp)
{
    if (divisor == 0) {
        error_setg(errp, "division by zero");
        return false;
    }
    if (*value == INT64_MIN && divisor == -1) {
        error_setg(errp, "quotient does not fit in 64 bits");
        return false;
    }
    *value = op == '/' ? *value / divisor : *value % divisor;
    return true;
}

static bool coroutine_fn expr_product(Expr *expr, int64_t *value, Error **errp)
{
    int64_t right;
    char op;

    if (!expr_unary(expr, value, errp)) {
        return false;
    }
    while ((op = take_one_of(expr, "*/%"))) {
        if (!expr_unary(expr, &right, errp)) {
            return false;
        }
        if (op == '*') {
            *value = (int64_t)((uint64_t)*value * (uint64_t)right);
        } else if (!divide(op, value, right, errp)) {
            return false;
        }
    }
    return true;
}

static bool coroutine_fn expr_logic(Expr *expr, int64_t *value, Error **errp)
{
    int64_t right;
    char op;

    if (!expr_product(expr, value, errp)) {
        return false;
    }
    while ((op = take_one_of(expr, "&|^"))) {
        if (!expr_product(expr, &right, errp)) {
            return false;
        }
        *value = op == '&' ? *value & right : op == '|' ? *value | right : *value ^ right;
    }
    return true;
}

static bool coroutine_fn expr_sum(Expr *expr, int64_t *value, Error **errp)
{
    int64_t right;
    char op;

    if (!expr_logic(expr, value, errp)) {
        return false;
    }
    while ((op = take_one_of(expr, "+-"))) {
        if (!expr_logic(expr, &right, errp)) {
            return false;
        }
        *value = (int64_t)(op == '+' ? (uint64_t)*value + (uint64_t)right
                                     : (uint64_t)*value - (uint64_t)right);
    }
    return true;
}

bool coroutine_fn hmp_expr_parse(const char **text, const HmpState *state, int64_t *value,
                                 Error **errp)
{
    Expr expr = { .pos = *text, .state = state };

    if (!expr_sum(&expr, value, errp)) {
        return false;
    }
    skip_space(&expr);
    *text = expr.pos;
    return true;
}
