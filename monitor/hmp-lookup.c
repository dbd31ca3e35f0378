/*
 * Finding HMP commands by name, and what a mistyped one may have meant.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp.h"

#include <string.h>

#define NAME_MAX_LEN 64

bool hmp_command_has_name(const HmpCommand *cmd, const char *name, size_t len)
{
    for (const char *pos = cmd->name; pos;) {
        const char *bar = strchrnul(pos, '|');

        if ((size_t)(bar - pos) == len && !memcmp(pos, name, len)) {
            return true;
        }
        pos = *bar ? bar + 1 : NULL;
    }
    return false;
}

static const HmpCommand *find_command(const HmpCommand *table, const char *name, size_t len)
{
    for (const HmpCommand *cmd = table; cmd->name; cmd++) {
        if (hmp_command_has_name(cmd, name, len)) {
            return cmd;
        }
    }
    return NULL;
}

HmpLookup hmp_lookup(const HmpCommand *table, const char *line)
{
    HmpLookup found = { .result = HMP_LOOKUP_EMPTY, .words = line, .rest = line };

    while (table) {
        const char *pos = found.rest;
        size_t len;

        while (g_ascii_isspace(*pos)) {
            pos++;
        }
        /* `print/x 5` is `print /x 5`. */
        len = strcspn(pos, " \t\r\n\v\f/");
        if (!len) {
            break;
        }
        if (found.result == HMP_LOOKUP_EMPTY) {
            found.words = pos;
        }
        found.table = table;
        found.last = pos;
        found.last_len = len;
        found.rest = pos + len;
        found.words_len = found.rest - found.words;
        found.cmd = find_command(table, pos, len);
        if (!found.cmd) {
            found.result = HMP_LOOKUP_UNKNOWN;
            break;
        }
        found.result = HMP_LOOKUP_FOUND;
        table = found.cmd->sub_table;
    }
    return found;
}

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NAME_MAX_LEN + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_len; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *swap;

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned cost = a[i - 1] != b[j - 1];

            row[j] = MIN(MIN(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = MIN(row[j], before[j - 2] + 1);
            }
        }
        swap = before;
        before = last;
        last = row;
        row = swap;
    }
    return last[b_len];
}

char *hmp_nearest_name(const HmpCommand *table, const char *name, size_t len)
{
    const char *nearest = NULL;
    size_t nearest_len = 0;
    /* Nearer than this, or it is a guess that helps nobody. */
    unsigned best = MAX(2, len / 3 + 1);

    if (len > NAME_MAX_LEN) {
        return NULL;
    }
    for (const HmpCommand *cmd = table; cmd->name; cmd++) {
        for (const char *pos = cmd->name; pos;) {
            const char *bar = strchrnul(pos, '|');
            size_t pos_len = bar - pos;
            bool prefix = len > 1 && len < pos_len && !memcmp(pos, name, len);
            unsigned distance = prefix ? 1 : edit_distance(name, len, pos, pos_len);

            /* Of a name of one letter nothing is left when that one is another. */
            if (distance < best && distance < pos_len) {
                best = distance;
                nearest = pos;
                nearest_len = pos_len;
            }
            pos = *bar ? bar + 1 : NULL;
        }
    }
    return nearest ? g_strndup(nearest, nearest_len) : NULL;
}
