/*
 * The queue of lines for stderr and the log, and the thread that writes them.
 *
 * The thread starts with the first line and lives on. At exit what is queued gets a moment to be
 * written, so that the last lines of a process are not the ones that are missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/message.h"
#include "util/io-thread.h"
#include "util/write-all.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_MAX_BYTES (1u << 20)
#define DRAIN_SECONDS 1

typedef struct Message {
    int fd;
    char *line;
} Message;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;
static GQueue queue = G_QUEUE_INIT; /* of Message; under the lock, as is the rest */
static size_t queued_bytes;         /* the line being written included */
static unsigned lost;
static bool queue_wanted;
static bool thread_started;

static void write_line(int fd, const char *line)
{
    write_all(fd, line, strlen(line));
}

/* With the lock held: the next line to write, NULL: none. */
static Message *take_next(void)
{
    Message *msg;

    if (lost && queued_bytes < QUEUE_MAX_BYTES / 2) {
        msg = g_new(Message, 1);
        *msg = (Message){ .fd = STDERR_FILENO,
                          .line = g_strdup_printf("vitrine: warning: %u messages were dropped: "
                                                  "nobody read fast enough\n", lost) };
        queued_bytes += strlen(msg->line);
        lost = 0;
        return msg;
    }
    return g_queue_pop_head(&queue);
}

static void *message_thread(void *opaque)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        Message *msg = take_next();

        if (!msg) {
            pthread_cond_broadcast(&drained);
            pthread_cond_wait(&posted, &lock);
            continue;
        }
        pthread_mutex_unlock(&lock);
        write_line(msg->fd, msg->line);
        pthread_mutex_lock(&lock);
        queued_bytes -= strlen(msg->line);
        g_free(msg->line);
        g_free(msg);
    }
    return NULL;
}

static void drain(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DRAIN_SECONDS;
    pthread_mutex_lock(&lock);
    while (queued_bytes && pthread_cond_timedwait(&drained, &lock, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&lock);
}

/* With the lock held. */
static bool have_thread(void)
{
    if (queue_wanted && !thread_started) {
        GThread *thread = thread_try_start("messages", message_thread, NULL);

        if (thread) {
            g_thread_unref(thread);
            thread_started = true;
            atexit(drain);
        }
    }
    return thread_started;
}

static void enqueue(int fd, const char *line)
{
    size_t len = strlen(line);
    Message *msg;

    if (queued_bytes + len > QUEUE_MAX_BYTES) {
        lost++;
        return;
    }
    msg = g_new(Message, 1);
    *msg = (Message){ .fd = fd, .line = g_strdup(line) };
    g_queue_push_tail(&queue, msg);
    queued_bytes += len;
    pthread_cond_signal(&posted);
}

void message_post(int fd, const char *line)
{
    bool queued;

    pthread_mutex_lock(&lock);
    queued = have_thread();
    if (queued) {
        enqueue(fd, line);
    }
    pthread_mutex_unlock(&lock);
    if (!queued) {
        write_line(fd, line);
    }
}

void message_write_now(int fd, const char *line)
{
    drain();
    write_line(fd, line);
}

void message_start_queue(void)
{
    pthread_mutex_lock(&lock);
    queue_wanted = true;
    pthread_mutex_unlock(&lock);
}
