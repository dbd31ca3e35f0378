/*
 * Tab completion of HMP lines: command names, items of sub-tables, file names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"
#include "util/worker-pool.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* More candidates than anybody wants to see; keeps a huge directory from filling memory. */
#define COMPLETIONS_MAX 512

/* ---- command names ---- */

static void add_command_names(GPtrArray *words, const HmpCommand *table, const char *prefix)
{
    for (const HmpCommand *cmd = table; cmd->name; cmd++) {
        g_auto(GStrv) names = g_strsplit(cmd->name, "|", -1);

        for (char **name = names; *name; name++) {
            if (g_str_has_prefix(*name, prefix)) {
                g_ptr_array_add(words, g_strdup(*name));
            }
        }
    }
}

/* ---- file names ---- */

typedef struct FileJob {
    char *path; /* as typed so far */
    GPtrArray *words;
    bool is_directory;
} FileJob;

static void file_job_free(void *opaque)
{
    FileJob *job = opaque;

    g_free(job->path);
    g_ptr_array_unref(job->words);
    g_free(job);
}

static bool is_directory(const char *dir, const char *name)
{
    g_autofree char *path = g_strconcat(dir, name, NULL);
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void file_job_add(FileJob *job, const char *dir, const char *prefix, const char *name)
{
    bool hidden = name[0] == '.' && prefix[0] != '.';
    bool dots = !strcmp(name, ".") || !strcmp(name, "..");

    /* A name that cannot be typed or shown is no candidate. */
    if (hidden || dots || !g_str_has_prefix(name, prefix) || !g_utf8_validate(name, -1, NULL) ||
        strpbrk(name, " \t\r\n\"\\\033")) {
        return;
    }
    job->is_directory = is_directory(dir, name);
    g_ptr_array_add(job->words, g_strconcat(dir, name, job->is_directory ? "/" : NULL, NULL));
}

static void file_job_run(void *opaque)
{
    FileJob *job = opaque;
    const char *slash = strrchr(job->path, '/');
    g_autofree char *dir = g_strndup(job->path, slash ? slash + 1 - job->path : 0);
    const char *prefix = slash ? slash + 1 : job->path;
    DIR *stream = opendir(*dir ? dir : ".");
    struct dirent *entry;

    if (!stream) {
        return;
    }
    while (job->words->len < COMPLETIONS_MAX && !worker_job_abandoned() &&
           (entry = readdir(stream))) {
        file_job_add(job, dir, prefix, entry->d_name);
    }
    closedir(stream);
}

static bool coroutine_fn complete_file(const char *prefix, HmpCompletion *completion)
{
    static const WorkerJob worker_job = { .run = file_job_run, .abandon = file_job_free };
    FileJob *job = g_new0(FileJob, 1);

    job->path = g_strdup(prefix);
    job->words = g_ptr_array_ref(completion->words);
    if (!co_worker_run(&worker_job, job)) {
        /* The worker may still be adding to the old list. */
        g_ptr_array_unref(completion->words);
        completion->words = g_ptr_array_new_with_free_func(g_free);
        return false;
    }
    completion->is_directory = job->is_directory;
    file_job_free(job);
    return true;
}

/* ---- which of them ---- */

/* The argument of @cmd at @index, of those that are a word of their own. */
static const HmpArg *arg_at(const HmpCommand *cmd, unsigned index)
{
    for (const HmpArg *arg = cmd->args; arg && arg->key; arg++) {
        if (arg->kind == HMP_ARG_FLAG || arg->kind == HMP_ARG_FLAG_STRING ||
            arg->kind == HMP_ARG_FORMAT || arg->kind == HMP_ARG_CPU) {
            continue;
        }
        if (index-- == 0) {
            return arg;
        }
    }
    return NULL;
}

/* What @cmd's argument of kind @kind is, for flags the one of @letter; NULL: it has none. */
static const HmpArg *find_arg(const HmpCommand *cmd, HmpArgKind kind, char letter)
{
    for (const HmpArg *arg = cmd->args; arg && arg->key; arg++) {
        if (arg->kind == kind && arg->flag == letter) {
            return arg;
        }
    }
    return NULL;
}

/* The argument of @cmd, behind whose name @text begins, that the word at @end gives. */
static const HmpArg *arg_before(const HmpCommand *cmd, const char *text, const char *end)
{
    const HmpArg *value = NULL;
    unsigned count = 0;

    for (text += strspn(text, " \t"); text < end; text += strspn(text, " \t")) {
        size_t len = strcspn(text, " \t");

        if (value) {
            value = NULL;
        } else if (*text == '-' && len == 2) {
            value = find_arg(cmd, HMP_ARG_FLAG_STRING, text[1]);
        } else if (*text != '/' || !find_arg(cmd, HMP_ARG_FORMAT, 0)) {
            count++;
        }
        text += len;
    }
    return value ? value : arg_at(cmd, count);
}

static bool coroutine_fn complete_arg(const HmpArg *arg, const char *word,
                                      HmpCompletion *completion)
{
    if (arg && arg->kind == HMP_ARG_FILENAME) {
        return complete_file(word, completion);
    }
    for (const char *const *w = arg ? arg->words : NULL; w && *w; w++) {
        if (g_str_has_prefix(*w, word)) {
            g_ptr_array_add(completion->words, g_strdup(*w));
        }
    }
    return true;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_help(const HmpCommand *cmd)
{
    return cmd->args && cmd->args->kind == HMP_ARG_REST;
}

bool coroutine_fn hmp_complete(const char *line, HmpCompletion *completion)
{
    const char *word = line + strlen(line);
    const char *begin = line;
    HmpLookup found;
    bool ok = true;

    while (word > line && !g_ascii_isspace(word[-1])) {
        word--;
    }
    *completion =
        (HmpCompletion){ .start = word - line, .words = g_ptr_array_new_with_free_func(g_free) };
    found = hmp_lookup(hmp_commands, begin);
    if (found.result == HMP_LOOKUP_FOUND && found.rest < word && is_help(found.cmd)) {
        begin = found.rest;
        found = hmp_lookup(hmp_commands, begin);
    }
    if (found.result == HMP_LOOKUP_EMPTY) {
        add_command_names(completion->words, hmp_commands, word);
    } else if (found.last == word) {
        add_command_names(completion->words, found.table, word);
    } else if (found.result == HMP_LOOKUP_FOUND && found.cmd->sub_table) {
        add_command_names(completion->words, found.cmd->sub_table, word);
    } else if (found.result == HMP_LOOKUP_FOUND && begin == line) {
        ok = complete_arg(arg_before(found.cmd, found.rest, word), word, completion);
    }
    g_ptr_array_sort(completion->words, compare_words);
    return ok;
}

void hmp_completion_finish(HmpCompletion *completion)
{
    g_ptr_array_unref(completion->words);
}
