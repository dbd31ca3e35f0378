/*
 * The commands that HMP sessions run.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "monitor/hmp-running.h"
#include "qapi/util.h"
#include "util/timer.h"

#include <pthread.h>
#include <string.h>

/* Commands come and go on the main loop, the list is read by every thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GQueue commands = G_QUEUE_INIT; /* of HmpRunning */

void coroutine_fn hmp_running_begin(HmpRunning *running, int64_t session, const char *line)
{
    *running = (HmpRunning){
        .link.data = running,
        .session = session,
        .since = clock_now(CLOCK_HOST),
        .line = line + strspn(line, " \t"),
        .co = coroutine_self(),
    };
    pthread_mutex_lock(&lock);
    g_queue_push_tail_link(&commands, &running->link);
    pthread_mutex_unlock(&lock);
}

void hmp_running_end(HmpRunning *running)
{
    pthread_mutex_lock(&lock);
    g_queue_unlink(&commands, &running->link);
    pthread_mutex_unlock(&lock);
}

/* Its name only: arguments may be secret, as those of set_password are, and need not be UTF-8. */
static char *command_name(const char *line)
{
    size_t len = 0;

    while (len < 64 && g_ascii_isgraph(line[len])) {
        len++;
    }
    return g_strndup(line, len);
}

static CommandInFlight *describe(const HmpRunning *running)
{
    CommandInFlight *info = g_new0(CommandInFlight, 1);

    info->session = running->session;
    info->mode = MONITOR_MODE_READLINE;
    info->command = command_name(running->line);
    info->running = true;
    info->age = (clock_now(CLOCK_HOST) - running->since) / NS_PER_MS;
    info->waits_for = g_strdup(coroutine_waits_for(running->co));
    return info;
}

void hmp_running_list(CommandInFlightList ***tail)
{
    pthread_mutex_lock(&lock);
    for (const GList *l = commands.head; l; l = l->next) {
        QAPI_LIST_APPEND(*tail, describe(l->data));
    }
    pthread_mutex_unlock(&lock);
}
