/*
 * Making block nodes: the part that may wait, and the rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "block-internal.h"

#include "qapi/qapi-commands-block-core.h"
#include "qapi/qapi-visit-block-core.h"
#include "qapi/qmp-cancel.h"
#include "qapi/util.h"
#include "util/worker-pool.h"

#include <sys/socket.h>
#include <unistd.h>

/* Opening the file of a node in a worker. */
typedef struct OpenJob {
    BlockdevOptions *options;
    int fd; /* that was given; -1: none, or not ours any more */
    BlockOpened opened;
    Error *err;
} OpenJob;

static void open_job_free(OpenJob *job)
{
    if (job->fd >= 0) {
        close(job->fd);
    }
    block_file_close(job->opened.file);
    block_nbd_close(job->opened.nbd);
    error_free(job->err);
    qapi_free_BlockdevOptions(job->options);
    g_free(job);
}

static void run_open(void *data)
{
    OpenJob *job = data;
    const BlockdevOptions *options = block_options_bottom(job->options);
    if (options && options->driver == BLOCKDEV_DRIVER_NBD) {
        int fd = job->fd;
        job->fd = -1;
        job->opened.nbd = block_nbd_open(options, fd, &job->err);
    } else if (options) {
        job->opened.file = block_file_open(options, block_options_direct(job->options), &job->err);
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
    job->fd = -1;
    return job;
}

static BlockNode *build(OpenJob *job, Error **errp)
{
    if (job->err) {
        error_propagate(errp, g_steal_pointer(&job->err));
        return NULL;
    }
    return block_node_build(job->options, &job->opened, errp);
}

/* ---- descriptors that somebody gives us ---- */

static BlockTakeFd *take_fd;

void block_set_take_fd(BlockTakeFd *fn)
{
    take_fd = fn;
}

/* From the command line: the number of one that we were started with. */
static int inherited_fd(const char *name, Error **errp)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(name, 10, 3, G_MAXINT, &number, NULL)) {
        error_setg(errp, "Parameter 'str' expects the number of a descriptor, not '%s'", name);
        return -1;
    }
    return (int)number;
}

static bool is_stream_socket(int fd)
{
    int type = 0;
    socklen_t length = sizeof(type);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

/* Of a server of type fd. */
static bool find_fd(OpenJob *job, BlockTakeFd *from, Error **errp)
{
    const BlockdevOptions *options = block_options_bottom(job->options);
    if (!options || options->driver != BLOCKDEV_DRIVER_NBD ||
        options->u.nbd.server->type != SOCKET_ADDRESS_TYPE_FD) {
        return true;
    }
    const char *name = options->u.nbd.server->u.fd.str;
    int fd = from(name, errp);
    if (fd < 0) {
        return false;
    }
    job->fd = fd; /* and closed with it */
    if (!is_stream_socket(fd)) {
        error_setg(errp, "File descriptor '%s' is not a connected socket", name);
        return false;
    }
    return true;
}

BlockNode *no_coroutine_fn block_node_create(const BlockdevOptions *options, Error **errp)
{
    OpenJob *job = open_job_new(options);
    BlockNode *node = NULL;
    if (find_fd(job, inherited_fd, errp)) {
        run_open(job);
        node = build(job, errp);
    }
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
    if (!find_fd(job, take_fd, errp)) {
        open_job_free(job);
        return;
    }
    if (!co_worker_run(&open_job, job)) {
        qmp_set_cancelled(errp, "Opening what node '%s' is on", options->node_name);
        return;
    }
    build(job, errp);
    open_job_free(job);
}
