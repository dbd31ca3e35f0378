/*
 * The VNC server (RFB, RFC 6143): shows the first console to viewers and takes their input.
 *
 * Main thread, BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_VNC_H
#define UI_VNC_H

#include "util/compiler.h"
#include "util/error.h"

#include <stdbool.h>

/* What one -vnc says. */
typedef struct VncOptions VncOptions;

/*
 * "HOST:DISPLAY", ":DISPLAY", "unix:PATH" or "none" (only vnc_add_client() brings viewers), each
 * with or without "vnc=" before it, and ",OPTION=VALUE" behind; nothing is done yet. NULL: an error
 * that names the option and what is accepted.
 */
VncOptions *vnc_options_parse(const char *text, Error **errp);
void vnc_options_free(VncOptions *options);
/* The audio device it names; NULL: none. Owned by @options. */
const char *vnc_options_audiodev(const VncOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VncOptions, vnc_options_free)

/* Listen, and serve viewers from now on. Resolves names: at start-up only. */
bool vnc_server_start(const VncOptions *options, Error **errp);
/*
 * Serve a viewer on @fd, which becomes ours, also on failure: a connected stream socket.
 * @skip_auth: it need not prove anything. False: there is no server, or that is not such a socket.
 */
bool vnc_add_client(int fd, bool skip_auth, Error **errp);
/* Disconnect everybody and end all threads; turns the main loop meanwhile. */
void no_coroutine_fn vnc_servers_finish(void);

#endif
