/*
 * CPU time of one request from its bytes to the bytes of its reply: parse, check, marshal, call,
 * print. No socket and no event loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "bench-qapi-commands.h"
#include "bench-qapi-init-commands.h"
#include "qapi/util.h"
#include "qobject/json-parser.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define REQUESTS 200000

BenchStatus *coroutine_fn qmp_bench_status(Error **errp)
{
    BenchStatus *status = g_new0(BenchStatus, 1);

    status->running = true;
    status->status = BENCH_STATE_RUNNING;
    return status;
}

QObject *coroutine_fn qmp_bench_get(const char *path, const char *property, Error **errp)
{
    return QOBJECT(qstring_new("bochs-display"));
}

BenchItemList *coroutine_fn qmp_bench_list(const char *path, Error **errp)
{
    BenchItemList *list = NULL, **tail = &list;

    for (int i = 0; i < 20; i++) {
        BenchItem *item = g_new0(BenchItem, 1);

        item->name = g_strdup_printf("property-%d", i);
        item->type = g_strdup("child<memory-region>");
        QAPI_LIST_APPEND(tail, item);
    }
    return list;
}

typedef struct Bench {
    QmpCommandList *cmds;
    JsonParser *parser;
    const char *request;
    GString *out;
    double ns; /* CPU time of a request */
} Bench;

static double cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void answer(void *opaque, QObject *value, Error *err)
{
    Bench *bench = opaque;
    JsonWriter writer;
    QmpRequest req;

    g_assert_null(err);
    json_writer_init(&writer, bench->out, false);
    g_assert(qmp_request_parse(value, false, &req, &error_abort));
    qmp_dispatch(bench->cmds, &req, false, &writer);
    qobject_unref(value);
}

static void coroutine_fn run(void *opaque)
{
    Bench *bench = opaque;
    size_t len = strlen(bench->request);
    double start;

    start = cpu_ns();
    for (int i = 0; i < REQUESTS; i++) {
        g_string_truncate(bench->out, 0);
        json_parser_feed(bench->parser, bench->request, len);
    }
    bench->ns = (cpu_ns() - start) / REQUESTS;
    g_assert(g_str_has_prefix(bench->out->str, "{\"return\": "));
}

/* The floor: the request's bytes copied in and the reply's copied out. */
static double copy_ns(const Bench *bench)
{
    size_t in = strlen(bench->request), out = bench->out->len;
    g_autofree char *buffer = g_malloc(in + out);
    double start = cpu_ns();

    for (int i = 0; i < REQUESTS; i++) {
        memcpy(buffer, bench->request, in);
        memcpy(buffer + in, bench->out->str, out);
        __asm__ volatile("" : : "r"(buffer) : "memory");
    }
    return (cpu_ns() - start) / REQUESTS;
}

static void report(const char *what, const char *request)
{
    Bench bench = { .cmds = qmp_command_list_new(), .request = request };
    double floor;

    bench_qmp_init_marshal(bench.cmds);
    bench.out = g_string_new(NULL);
    bench.parser = json_parser_new(NULL, answer, &bench);
    coroutine_enter(coroutine_create(run, &bench)); /* warm */
    coroutine_enter(coroutine_create(run, &bench));
    floor = copy_ns(&bench);
    printf("%-24s %7.0f ns CPU a request, %6.0fx a copy of its %zu bytes\n", what, bench.ns,
           bench.ns / floor, strlen(request) + bench.out->len);
    json_parser_free(bench.parser);
    g_string_free(bench.out, true);
    qmp_command_list_free(bench.cmds);
}

int main(void)
{
    report("query-status", "{\"execute\": \"bench-status\"}\r\n");
    report("query-status with id", "{\"execute\": \"bench-status\", \"id\": \"libvirt-42\"}\r\n");
    report("qom-get", "{\"execute\": \"bench-get\", \"arguments\": {\"path\": "
                      "\"/machine/peripheral/video0\", \"property\": \"type\"}, "
                      "\"id\": \"libvirt-43\"}\r\n");
    report("qom-list of 20", "{\"execute\": \"bench-list\", \"arguments\": {\"path\": "
                             "\"/machine\"}, \"id\": \"libvirt-44\"}\r\n");
    return 0;
}
