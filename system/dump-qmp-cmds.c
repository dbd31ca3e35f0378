/*
 * QMP commands that dump guest memory.
 *
 * One dump at a time. Its registers are taken when the machine stands still; a worker reads the
 * memory and writes the file, without the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dump-target.h"
#include "dump.h"

#include "qapi/qapi-commands-dump.h"
#include "qapi/qapi-events-dump.h"
#include "qapi/qmp-cancel.h"
#include "qapi/util.h"
#include "system/runstate.h"
#include "target/riscv/dump-notes.h"
#include "util/event-loop.h"
#include "util/worker-pool.h"

#include <pthread.h>
#include <string.h>

/* Who may read the guest's secrets: its owner. */
#define DUMP_MODE 0600

/* Of whoever asks, the coroutine and the worker. GLib's counted boxes are not for TSan to see. */
typedef struct DumpProgress {
    int refcount;       /* atomic */
    int status;         /* atomic DumpStatus */
    uint64_t completed; /* atomic */
    uint64_t total;
} DumpProgress;

/* Belongs to the coroutine, and to the worker while the job runs. */
typedef struct Dump {
    DumpTarget target;
    DumpCore *core;
    DumpProgress *progress;
    Error *err;
} Dump;

/* For query-dump, which is out-of-band. */
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;
static DumpProgress *last; /* NULL: there was none yet */

/* Main loop, BQL: */
static bool active;
static CancelToken detached_cancel; /* of a dump that has no caller */
static bool detached;

static DumpProgress *progress_ref(DumpProgress *progress)
{
    __atomic_add_fetch(&progress->refcount, 1, __ATOMIC_RELAXED);
    return progress;
}

static void progress_unref(DumpProgress *progress)
{
    if (progress && __atomic_sub_fetch(&progress->refcount, 1, __ATOMIC_ACQ_REL) == 0) {
        g_free(progress);
    }
}

static void dump_free(void *opaque)
{
    Dump *dump = opaque;

    dump_core_free(dump->core);
    progress_unref(dump->progress);
    error_free(dump->err);
    dump_target_finish(&dump->target);
    g_free(dump);
}

/* ---- progress ---- */

static void publish_progress(Dump *dump)
{
    DumpProgress *progress = g_new0(DumpProgress, 1), *old;

    progress->refcount = 2; /* @last and the dump */
    progress->status = DUMP_STATUS_ACTIVE;
    progress->total = dump_core_memory_size(dump->core);
    dump->progress = progress;
    pthread_mutex_lock(&last_lock);
    old = last;
    last = progress;
    pthread_mutex_unlock(&last_lock);
    progress_unref(old);
}

static DumpQueryResult *describe(const DumpProgress *progress)
{
    DumpQueryResult *result = g_new0(DumpQueryResult, 1);

    if (progress) {
        result->status = g_atomic_int_get(&progress->status);
        result->completed = __atomic_load_n(&progress->completed, __ATOMIC_RELAXED);
        result->total = progress->total;
    }
    return result;
}

DumpQueryResult *qmp_query_dump(Error **errp)
{
    DumpQueryResult *result;

    pthread_mutex_lock(&last_lock);
    result = describe(last);
    pthread_mutex_unlock(&last_lock);
    return result;
}

DumpGuestMemoryCapability *qmp_query_dump_guest_memory_capability(Error **errp)
{
    DumpGuestMemoryCapability *capability = g_new0(DumpGuestMemoryCapability, 1);
    DumpGuestMemoryFormatList **tail = &capability->formats;

    QAPI_LIST_APPEND(tail, DUMP_GUEST_MEMORY_FORMAT_ELF);
    return capability;
}

/* ---- in a worker ---- */

static bool produce(FileSink *sink, void *opaque, Error **errp)
{
    Dump *dump = opaque;

    return dump_core_write(dump->core, sink, &dump->progress->completed, errp);
}

static void dump_run(void *opaque)
{
    Dump *dump = opaque;
    FileContent content = {
        .produce = produce,
        .opaque = dump,
        .size = dump_core_file_size(dump->core),
        .mode = DUMP_MODE,
    };

    dump_target_write(&dump->target, &content, worker_job_abandoned, &dump->err);
}

static const WorkerJob dump_job = { .run = dump_run, .abandon = dump_free };

/* ---- the walk of a dump ---- */

static void coroutine_fn dump_end(DumpProgress *progress, const Error *err)
{
    DumpQueryResult *result;

    g_atomic_int_set(&progress->status, err ? DUMP_STATUS_FAILED : DUMP_STATUS_COMPLETED);
    result = describe(progress);
    qapi_event_send_dump_completed(result, err ? error_get_pretty(err) : NULL);
    qapi_free_DumpQueryResult(result);
    vm_thaw();
    active = false;
}

/* Takes @dump; the machine is frozen, and afterwards it is not. */
static bool coroutine_fn dump_write(Dump *dump, Error **errp)
{
    g_autofree char *name = g_strdup(dump->target.name);
    DumpProgress *progress = progress_ref(dump->progress);
    Error *err = NULL;
    bool ok;

    if (progress->total) {
        coroutine_set_progress(coroutine_self(), &progress->completed, progress->total);
    }
    coroutine_set_waits_for(coroutine_self(), "the file");
    if (co_worker_run(&dump_job, dump)) {
        err = g_steal_pointer(&dump->err);
        dump_free(dump);
    } else {
        qmp_set_cancelled(&err, "dumping guest memory to '%s'", name);
    }
    coroutine_set_progress(coroutine_self(), NULL, 0);
    ok = !err;
    dump_end(progress, err);
    progress_unref(progress);
    error_propagate(errp, err);
    return ok;
}

static void coroutine_fn dump_detached(void *opaque)
{
    dump_write(opaque, NULL);
    detached = false;
    cancel_token_finish(&detached_cancel);
}

static void coroutine_fn start_detached(Dump *dump)
{
    Coroutine *co = coroutine_create(dump_detached, dump);

    cancel_token_init(&detached_cancel);
    detached = true;
    coroutine_set_cancel(co, &detached_cancel);
    coroutine_enter(co);
}

void no_coroutine_fn dump_finish(void)
{
    if (detached) {
        cancel_token_cancel(&detached_cancel, "the emulator ends");
    }
    while (detached) {
        event_loop_iterate(main_loop(), true);
    }
}

/* Stop the machine and look at it. NULL with an error, and it goes on. */
static DumpCore *coroutine_fn freeze_and_look(hwaddr begin, uint64_t length, Error **errp)
{
    AddressSpace *as = address_space_system();
    DumpCore *core;

    if (!as) {
        error_setg(errp, "this machine has no memory to dump");
        return NULL;
    }
    if (!vm_freeze(RUN_STATE_SAVE_VM, errp)) {
        return NULL;
    }
    core = dump_core_new(as, &riscv_dump_arch, begin, length, errp);
    if (!core) {
        vm_thaw();
    }
    return core;
}

static bool check_range(bool has_begin, bool has_length, int64_t length, Error **errp)
{
    if (has_begin != has_length) {
        error_setg(errp, "Parameter '%s' is missing", has_begin ? "length" : "begin");
        return false;
    }
    if (has_length && length <= 0) {
        error_setg(errp, "Parameter 'length' expects a number of bytes, at least 1");
        return false;
    }
    return true;
}

/* Takes @target if this returns true. */
static bool coroutine_fn dump_begin(const DumpTarget *target, hwaddr begin, uint64_t length,
                                    bool detach, Error **errp)
{
    Dump *dump;
    DumpCore *core;

    if (active) {
        error_setg(errp, "There is a dump in process, please wait.");
        return false;
    }
    active = true;
    core = freeze_and_look(begin, length, errp);
    if (!core) {
        active = false;
        return false;
    }
    dump = g_new0(Dump, 1);
    dump->target = *target;
    dump->core = core;
    publish_progress(dump);
    if (detach) {
        start_detached(dump);
    } else {
        dump_write(dump, errp);
    }
    return true;
}

void coroutine_fn qmp_dump_guest_memory(bool paging, const char *protocol, bool has_detach,
                                        bool detach, bool has_begin, int64_t begin, bool has_length,
                                        int64_t length, bool has_format,
                                        DumpGuestMemoryFormat format, Error **errp)
{
    DumpTarget target;

    if (!dump_target_parse(&target, protocol, errp)) {
        return;
    }
    if (paging) {
        error_setg(errp, "Parameter 'paging' expects false: dumps are of physical addresses");
    } else if (check_range(has_begin, has_length, length, errp) &&
               dump_begin(&target, (hwaddr)begin, (uint64_t)length, detach, errp)) {
        return;
    }
    dump_target_finish(&target);
}
