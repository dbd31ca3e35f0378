/*
 * Output of a mux: of all front ends as it comes, with time stamps if asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/mux.h"
#include "util/timer.h"

#include <string.h>

/* The mux's own words that wait for a terminal; more are dropped. */
#define OWN_MAX 4096

void mux_output_init(MuxChardev *mux)
{
    pthread_mutex_init(&mux->out_lock, NULL);
    mux->own = g_string_new(NULL);
    mux->line_begins = true;
}

void mux_output_finish(MuxChardev *mux)
{
    g_string_free(mux->own, TRUE);
    pthread_mutex_destroy(&mux->out_lock);
}

/* These with out_lock held. */

/* Whether nothing of the mux's own is left to be written. */
static bool flush_own(MuxChardev *mux)
{
    if (mux->own->len) {
        ssize_t n = chardev_write(mux->base, mux->own->str, mux->own->len);

        g_string_erase(mux->own, 0, n < 0 ? -1 : (gssize)n);
    }
    return !mux->own->len;
}

static void append_stamp(MuxChardev *mux)
{
    int64_t now = clock_now(CLOCK_HOST);
    int64_t ms;

    if (!mux->stamps_since) {
        mux->stamps_since = now;
    }
    ms = (now - mux->stamps_since) / NS_PER_MS;
    g_string_append_printf(mux->own, "[%02d:%02d:%02d.%03d] ", (int)(ms / 3600000),
                           (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

/* With stamps: up to the end of the line. */
static size_t piece(const MuxChardev *mux, const char *bytes, size_t len)
{
    const char *newline = mux->stamps ? memchr(bytes, '\n', len) : NULL;

    return newline ? (size_t)(newline + 1 - bytes) : len;
}

static ssize_t write_locked(MuxChardev *mux, const char *bytes, size_t len)
{
    size_t taken = mux->refused ? len : 0;

    while (taken < len) {
        size_t want = piece(mux, bytes + taken, len - taken);
        ssize_t n;

        if (mux->stamps && mux->line_begins) {
            append_stamp(mux);
            mux->line_begins = false;
        }
        if (!flush_own(mux)) {
            break;
        }
        n = chardev_write(mux->base, bytes + taken, want);
        if (n < 0) {
            return n;
        }
        taken += n;
        if (n > 0) {
            mux->line_begins = bytes[taken - 1] == '\n';
        }
        if ((size_t)n < want) {
            break;
        }
    }
    return (ssize_t)taken;
}

/* From here on without it. */

void mux_set_refused(MuxChardev *mux, bool refused)
{
    pthread_mutex_lock(&mux->out_lock);
    mux->refused = refused;
    pthread_mutex_unlock(&mux->out_lock);
}

ssize_t mux_write(MuxPort *port, const void *bytes, size_t len)
{
    MuxChardev *mux = port->mux;
    ssize_t taken;

    pthread_mutex_lock(&mux->out_lock);
    taken = write_locked(mux, bytes, len);
    port->is_short |= taken >= 0 && (size_t)taken < len;
    pthread_mutex_unlock(&mux->out_lock);
    return taken;
}

void mux_say(MuxChardev *mux, const char *text)
{
    pthread_mutex_lock(&mux->out_lock);
    if (mux->own->len + strlen(text) <= OWN_MAX) {
        g_string_append(mux->own, text);
        mux->line_begins = true;
    }
    flush_own(mux);
    pthread_mutex_unlock(&mux->out_lock);
}

void mux_toggle_stamps(MuxChardev *mux)
{
    pthread_mutex_lock(&mux->out_lock);
    mux->stamps = !mux->stamps;
    pthread_mutex_unlock(&mux->out_lock);
}

void mux_writable(MuxChardev *mux)
{
    bool wake[MUX_PORTS_MAX] = { false };

    pthread_mutex_lock(&mux->out_lock);
    if (flush_own(mux)) {
        for (unsigned i = 0; i < mux->n_ports; i++) {
            wake[i] = mux->ports[i]->is_short;
            mux->ports[i]->is_short = false;
        }
    }
    pthread_mutex_unlock(&mux->out_lock);
    for (unsigned i = 0; i < mux->n_ports; i++) {
        if (wake[i]) {
            pthread_mutex_lock(&mux->ports[i]->parent_obj.lock);
            mux->ports[i]->is_writable = true;
            pthread_mutex_unlock(&mux->ports[i]->parent_obj.lock);
            mux_port_kick(mux->ports[i]);
        }
    }
}
