/*
 * Seeded violations: what signal handlers must not call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/coroutine.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex;
static EventFn *notify;
static void *kept;

static void on_child(int number)
{
    write(1, "", 0);
    /* reported: pthread_mutex_lock() is not safe in signal handlers [> pthread_mutex_lock] */
    pthread_mutex_lock(&mutex);
}

static void report(void)
{
    /* reported: malloc() is not safe in signal handlers; reached from a signal handler */
    kept = malloc(1);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    report();
    abort();
}

static void quick(void *opaque)
{
    /* reported: free() is not safe in signal handlers [on_alarm > quick > free] */
    free(opaque);
}

static void on_alarm(int number)
{
    notify(NULL);
}

static void on_user(int number)
{
    /* reported: a function that comes from tests/coroutines/signals.c: */
    ((void (*)(void))kept)();
}

static void coroutine_fn waits(int number)
{
    /* reported: co_pause() is not safe in signal handlers */
    co_pause();
}

static void harmless(int number)
{
    char text[4];

    memset(text, 0, sizeof(text));
    write(2, text, strlen(text));
    _exit(1);
}

int main(void)
{
    struct sigaction fault = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    struct sigaction alarm_action;

    alarm_action.sa_handler = on_alarm;
    notify = quick;
    sigaction(SIGSEGV, &fault, NULL);
    sigaction(SIGALRM, &alarm_action, NULL);
    signal(SIGCHLD, on_child);
    signal(SIGUSR1, on_user);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, harmless);
    /* reported: waits() is a coroutine_fn but called outside coroutine context */
    signal(SIGUSR2, waits);
    free(malloc(1));
    return 0;
}
