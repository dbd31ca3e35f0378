/*
 * QMP commands of the user interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/console.h"

#include "qapi/qapi-commands-ui.h"
#include "qapi/qmp-cancel.h"
#include "ui/picture-file.h"
#include "util/worker-pool.h"

/* What a worker needs to write a picture; it outlives a handler that was cancelled. */
typedef struct PictureJob {
    Frame *frame;
    ImageFormat format;
    char *filename;
    Error *err;
} PictureJob;

static void picture_job_run(void *data)
{
    PictureJob *job = data;

    picture_file_write(job->frame, job->format, job->filename, worker_job_abandoned, &job->err);
}

static void picture_job_free(void *data)
{
    PictureJob *job = data;

    frame_unref(job->frame);
    g_free(job->filename);
    error_free(job->err);
    g_free(job);
}

static const WorkerJob picture_job = { .run = picture_job_run, .abandon = picture_job_free };

static void coroutine_fn write_picture(Frame *frame, ImageFormat format, const char *filename,
                                       Error **errp)
{
    PictureJob *job = g_new0(PictureJob, 1);

    job->frame = frame;
    job->format = format;
    job->filename = g_strdup(filename);
    if (!co_worker_run(&picture_job, job)) {
        qmp_set_cancelled(errp, "Writing '%s'", filename);
        return;
    }
    error_propagate(errp, g_steal_pointer(&job->err));
    picture_job_free(job);
}

static Console *find_console(const char *device, bool has_head, int64_t head, Error **errp)
{
    Console *con;

    if (!device && has_head) {
        error_setg(errp, "'head' must be specified together with 'device'");
        return NULL;
    }
    if (device) {
        if (has_head && (head < 0 || head > UINT_MAX)) {
            error_setg(errp, "Parameter 'head' expects the number of an output, from 0");
            return NULL;
        }
        return console_by_device(device, has_head ? head : 0, errp);
    }
    con = console_default();
    if (!con) {
        error_setg(errp, "There is no console to take a screendump from");
    }
    return con;
}

void coroutine_fn qmp_screendump(const char *filename, const char *device, bool has_head,
                                 int64_t head, bool has_format, ImageFormat format, Error **errp)
{
    Console *con = find_console(device, has_head, head, errp);

    if (!con || !console_wait_update(con, graphic_hw_update(con), errp)) {
        return;
    }
    write_picture(console_take_frame(con), has_format ? format : IMAGE_FORMAT_PPM, filename, errp);
}
