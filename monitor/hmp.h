/*
 * HMP inside: the command tables, their arguments and expressions, and running a line.
 *
 * Everything here runs on the main loop with the BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_H
#define MONITOR_HMP_H

#include "monitor/monitor.h"
#include "qapi/hmp.h"

/* Types of arguments; monitor/hmp-commands.hx explains them. */
typedef enum HmpArgKind {
    HMP_ARG_STRING,
    HMP_ARG_FILENAME,
    HMP_ARG_REST,
    HMP_ARG_INT32,
    HMP_ARG_INT64,
    HMP_ARG_FORMAT,
    HMP_ARG_FLAG,
    HMP_ARG_FLAG_STRING,
    /* Of commands that forward, by the schema's type. */
    HMP_ARG_BOOL,   /* on or off */
    HMP_ARG_UINT64, /* like INT64, taken as unsigned */
    HMP_ARG_SIZE,   /* like UINT64, or a number with a suffix: 64k, 1.5G */
    HMP_ARG_CPU,    /* not typed: the session's CPU */
} HmpArgKind;

typedef struct HmpArg {
    const char *key; /* NULL ends the list */
    HmpArgKind kind;
    char flag;
    bool optional;
    const char *const *words; /* what can be typed, for completion; NULL: anything */
} HmpArg;

/*
 * What runs a command: a wrapper around the handler, made with the table. It takes the proof of
 * coroutine context, so that no function that may not yield, or is not for coroutines, gets in.
 */
typedef void coroutine_fn HmpRunner(const CoContext *here, Hmp *hmp, const QDict *args);

typedef struct HmpCommand HmpCommand;
struct HmpCommand {
    const char *name; /* "name|alias"; NULL ends the table */
    const char *title; /* with the names of the tables that it is in, but no alias: "info status" */
    const char *params;
    const char *help;
    const HmpArg *args; /* NULL: none */
    QmpCommandOptions rights; /* QCO_ACCESS_*, QCO_ALLOW_PRECONFIG */
    /* One of these: */
    HmpRunner *run;
    const char *qmp; /* the QMP command that it forwards to */
    const HmpCommand *sub_table;
};

extern const HmpCommand hmp_commands[];

/* What a session starts with. */
extern const HmpState hmp_initial_state;

/* ---- expressions (hmp-expr.c) ---- */

/*
 * Evaluate the expression at *@text in 64-bit two's complement and move *@text behind it and the
 * white space that follows. Registers ($pc) are those of @state's CPU.
 */
bool coroutine_fn hmp_expr_parse(const char **text, const HmpState *state, int64_t *value,
                                 Error **errp);

/* ---- arguments (hmp-word.c, hmp-args.c) ---- */

/*
 * Take a word, or text in double quotes, from *@text. NULL with an error when the quotes do not
 * end or hold an unknown escape; NULL without one when there is no word.
 */
char *hmp_word_parse(const char **text, Error **errp);
/*
 * Parse all of @text as the arguments of @cmd. Formats given are remembered in @state. NULL on
 * error; every optional argument that was not given is absent.
 */
QDict *coroutine_fn hmp_args_parse(const HmpCommand *cmd, const char *text, HmpState *state,
                                   Error **errp);

/* ---- finding commands (hmp-lookup.c) ---- */

typedef enum HmpLookupResult {
    HMP_LOOKUP_EMPTY,   /* no word at all */
    HMP_LOOKUP_FOUND,   /* @cmd, its arguments begin at @rest */
    HMP_LOOKUP_UNKNOWN, /* the word in @table that does not exist ends at @rest */
} HmpLookupResult;

typedef struct HmpLookup {
    HmpLookupResult result;
    const HmpCommand *cmd;
    const HmpCommand *table; /* where the last word was looked up */
    const char *last;        /* the last word: @last .. @rest without white space */
    size_t last_len;
    const char *words; /* all words that name the command */
    size_t words_len;
    const char *rest;
} HmpLookup;

/* Walk from @table down the words at the beginning of @line. */
HmpLookup hmp_lookup(const HmpCommand *table, const char *line);
bool hmp_command_has_name(const HmpCommand *cmd, const char *name, size_t len);
/* The name in @table that is nearest to what was typed; NULL when none is near. g_free(). */
char *hmp_nearest_name(const HmpCommand *table, const char *name, size_t len);
/* Say that there is no such command, and which one may have been meant. */
void hmp_report_unknown(Hmp *hmp, const HmpLookup *found);

/* ---- running (hmp-run.c) ---- */

/* Whether @cmd may be executed now and by whoever is at @hmp. @name is for the error. */
bool hmp_is_allowed(const Hmp *hmp, const HmpCommand *cmd, const char *name, Error **errp);
/* Run one line; what it prints, errors too, goes to @hmp. */
void coroutine_fn hmp_run_line(Hmp *hmp, const char *line);

/* ---- forwarding (hmp-forward.c) ---- */

/* Run the QMP command that @cmd names, and print the error or what it returned. */
void coroutine_fn hmp_forward(Hmp *hmp, const HmpCommand *cmd, QDict *args);
/*
 * Print @value for people: members and elements by line, what is in them indented; nothing for
 * what is empty. Control characters, which would steer the terminal, are escaped.
 */
void coroutine_fn hmp_print_value(Hmp *hmp, const QObject *value);

/* ---- completion (hmp-complete.c) ---- */

typedef struct HmpCompletion {
    size_t start;      /* where in the line the word begins that is to be completed */
    GPtrArray *words;  /* of char *, sorted: what it can become */
    bool is_directory; /* the only candidate is a directory: no space after it */
} HmpCompletion;

/*
 * Complete the last word of @line (a line up to the cursor). File names are read in a worker, so
 * that a dead file system holds up nobody else. False when cancelled.
 */
bool coroutine_fn hmp_complete(const char *line, HmpCompletion *completion);
void hmp_completion_finish(HmpCompletion *completion);

#endif
