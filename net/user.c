/*
 * -netdev user: libslirp's network stack, fed by the guest and by the main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user.h"

#include "util/report.h"

#include <string.h>

/* ---- what libslirp asks of us ---- */

static ssize_t to_guest(const void *frame, size_t length, void *opaque)
{
    net_backend_deliver(opaque, frame, length);
    return (ssize_t)length;
}

static void guest_error(const char *text, void *opaque)
{
    const UserNet *net = opaque;
    log_mask(LOG_GUEST_ERROR, "netdev %s: %s", net->base.id, text);
}

static int64_t clock_get_ns(void *opaque)
{
    return clock_now(CLOCK_VIRTUAL);
}

static void *new_timer(SlirpTimerCb fn, void *fn_opaque, void *opaque)
{
    Timer *timer = g_new(Timer, 1);
    timer_init(timer, main_loop(), CLOCK_VIRTUAL, fn, fn_opaque);
    return timer;
}

static void free_timer(void *timer, void *opaque)
{
    timer_finish(timer);
    g_free(timer);
}

static void arm_timer(void *timer, int64_t expires_ms, void *opaque)
{
    timer_arm(timer, expires_ms * NS_PER_MS);
}

static void forget_fd(int fd, void *opaque)
{
    user_poll_forget(opaque, fd);
}

static void notify(void *opaque)
{
    user_poll_kick(opaque);
}

static const SlirpCb callbacks = {
    .send_packet = to_guest,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_new = new_timer,
    .timer_free = free_timer,
    .timer_mod = arm_timer,
    .register_poll_fd = forget_fd,
    .unregister_poll_fd = forget_fd,
    .notify = notify,
};

/* ---- the back end ---- */

static void user_send(NetBackend *backend, const uint8_t *frame, size_t length)
{
    UserNet *net = (UserNet *)backend;
    slirp_input(net->slirp, frame, (int)length);
    user_poll_kick(net);
}

static char *user_describe(const NetBackend *backend)
{
    const UserNet *net = (const UserNet *)backend;
    return g_strdup_printf("net=%s,restrict=%s", inet_ntoa(net->network),
                           net->restricted ? "on" : "off");
}

static void user_free(NetBackend *backend)
{
    UserNet *net = (UserNet *)backend;
    slirp_cleanup(net->slirp);
    user_poll_finish(net);
    g_free(net);
}

static const NetBackendOps user_ops = {
    .type = "user",
    .send = user_send,
    .describe = user_describe,
    .free = user_free,
};

UserNet *user_net_of(NetBackend *backend)
{
    return backend->ops == &user_ops ? (UserNet *)backend : NULL;
}

static bool forward_all(UserNet *net, const StringList *rules, Error **errp)
{
    for (; rules; rules = rules->next) {
        if (!user_net_forward(net, rules->value->str, errp)) {
            return false;
        }
    }
    return true;
}

NetBackend *user_net_new(const NetdevUserOptions *options, Error **errp)
{
    SlirpConfig config;
    if (!user_net_configure(&config, options, errp)) {
        return NULL;
    }
    UserNet *net = g_new0(UserNet, 1);
    net->base.ops = &user_ops;
    net->network = config.vnetwork;
    net->restricted = config.restricted;
    if (!user_poll_init(net, errp)) {
        g_free(net);
        return NULL;
    }
    net->slirp = slirp_new(&config, &callbacks, net);
    if (!net->slirp) {
        error_setg(errp, "libslirp %s cannot make such a network", slirp_version_string());
        user_poll_finish(net);
        g_free(net);
        return NULL;
    }
    if (!forward_all(net, options->hostfwd, errp)) {
        user_free(&net->base);
        return NULL;
    }
    user_poll_kick(net);
    return &net->base;
}
