/*
 * Who may be at a mux: whom each of its front ends admits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/mux.h"

static bool admits(MuxPort *port)
{
    const ChardevFrontend *fe;
    void *opaque;

    pthread_mutex_lock(&port->parent_obj.lock);
    fe = port->parent_obj.fe;
    opaque = port->parent_obj.fe_opaque;
    pthread_mutex_unlock(&port->parent_obj.lock);
    return !fe || !fe->admits || fe->admits(opaque);
}

/* Where the other side cannot be hung up on, as at a terminal, it is not listened to. */
static void refuse(MuxChardev *mux)
{
    mux_set_refused(mux, true);
    chardev_disconnect(mux->base);
    for (unsigned i = 0; i < mux->n_ports; i++) {
        mux_port_set_open(mux->ports[i], false);
    }
}

bool mux_check_admission(MuxChardev *mux)
{
    for (unsigned i = 0; i < mux->n_ports && !mux->refused; i++) {
        if (!admits(mux->ports[i])) {
            refuse(mux);
        }
    }
    return !mux->refused;
}
