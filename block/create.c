/*
 * Making block nodes: the part that may wait, and the rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "qapi/qapi-commands-block-core.h"
#include "qapi/qapi-visit-block-core.h"
#include "qapi/util.h"
#include "util/worker-pool.h"

/* Opening the file of a node in a worker. */
typedef struct OpenJob {
    BlockdevOptions *options;
    BlockFile *file;
    Error *err;
} OpenJob;

static void open_job_free(OpenJob *job)
{
    block_file_close(job->file);
    error_free(job->err);
    qapi_free_BlockdevOptions(job->options);
    g_free(job);
}

static void run_open(void *data)
{
    OpenJob *job = data;
    const BlockdevOptions *options = block_options_file(job->options);
    if (options) {
        job->file = block_file_open(options, &job->err);
    }
}

static void abandon_open(void *data)
{
    open_job_free(data);
}

static const WorkerJob open_job = { .run = run_open, .abandon = abandon_open };

static OpenJob *open_job_new(const BlockdevOptions *options)
{
    OpenJob *job = g_new0(OpenJob, 1);
    job->options = QAPI_CLONE(BlockdevOptions, (BlockdevOptions *)options);
    return job;
}

static BlockNode *build(OpenJob *job, Error **errp)
{
    if (job->err) {
        error_propagate(errp, g_steal_pointer(&job->err));
        return NULL;
    }
    return block_node_build(job->options, &job->file, errp);
}

BlockNode *no_coroutine_fn block_node_create(const BlockdevOptions *options, Error **errp)
{
    OpenJob *job = open_job_new(options);
    run_open(job);
    BlockNode *node = build(job, errp);
    open_job_free(job);
    return node;
}

void coroutine_fn qmp_blockdev_add(BlockdevOptions *options, Error **errp)
{
    if (!options->node_name) {
        error_setg(errp, "'node-name' must be specified for the root node");
        return;
    }
    OpenJob *job = open_job_new(options);
    if (!co_worker_run(&open_job, job)) {
        error_setg(errp, "cancelled while opening the file of node '%s'", options->node_name);
        return;
    }
    build(job, errp);
    open_job_free(job);
}
