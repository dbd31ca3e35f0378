/*
 * A word of an HMP line, or text in double quotes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"

/* One character of quoted text; an escape is two in the source. */
static bool quoted_char_parse(const char **text, GString *word, Error **errp)
{
    static const char escapes[] = "n\nr\r\\\\''\"\"";
    const char *pos = *text;

    if (*pos == '\\') {
        const char *escape = NULL;

        pos++;
        for (size_t i = 0; i + 1 < sizeof(escapes) && *pos; i += 2) {
            if (escapes[i] == *pos) {
                escape = &escapes[i + 1];
            }
        }
        if (!escape) {
            error_setg(errp, "unsupported escape code: '\\%.*s' (allowed: \\n \\r \\\\ \\' \\\")",
                       *pos ? (int)(g_utf8_next_char(pos) - pos) : 0, pos);
            return false;
        }
        g_string_append_c(word, *escape);
    } else {
        g_string_append_c(word, *pos);
    }
    *text = pos + 1;
    return true;
}

static char *quoted_word_parse(const char **text, Error **errp)
{
    GString *word = g_string_new(NULL);
    const char *pos = *text + 1;

    while (*pos && *pos != '"') {
        if (!quoted_char_parse(&pos, word, errp)) {
            g_string_free(word, TRUE);
            return NULL;
        }
    }
    if (!*pos) {
        error_setg(errp, "unterminated string: closing '\"' expected");
        g_string_free(word, TRUE);
        return NULL;
    }
    *text = pos + 1;
    return g_string_free(word, FALSE);
}

char *hmp_word_parse(const char **text, Error **errp)
{
    const char *begin;

    while (g_ascii_isspace(**text)) {
        (*text)++;
    }
    if (**text == '"') {
        return quoted_word_parse(text, errp);
    }
    begin = *text;
    while (**text && !g_ascii_isspace(**text)) {
        (*text)++;
    }
    return *text == begin ? NULL : g_strndup(begin, *text - begin);
}
