/*
 * The handshake of RFB (RFC 6143, sections 7.1 to 7.3.1): version, security, password, sharing.
 *
 * It is done here, on the main loop, and not by libvncserver: that has one list of security types
 * for all servers of the process, and a thread would be needed for everybody who connects.
 * Exactly what the client has to say next is read, so that what follows is left for the viewer.
 * What is sent fits into the buffer of a new socket; who manages to have it full is disconnected.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

#include <errno.h>
#include <rfb/rfb.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define VERSION_TEXT "RFB 003.008\n"
#define VERSION_LEN  12

/* The result of the security handshake. */
enum { RESULT_OK = 0, RESULT_FAILED = 1 };

static const char refused_text[] = "Authentication failed";

G_STATIC_ASSERT(sizeof(((VncClient *)NULL)->challenge) == CHALLENGESIZE);

/* ---- sending ---- */

static bool send_bytes(VncClient *client, const void *bytes, size_t len)
{
    return send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

static bool send_u32(VncClient *client, uint32_t value)
{
    uint32_t big_endian = GUINT32_TO_BE(value);

    return send_bytes(client, &big_endian, sizeof(big_endian));
}

static void send_refusal(VncClient *client)
{
    if (send_u32(client, RESULT_FAILED) && client->minor >= 8 &&
        send_u32(client, strlen(refused_text))) {
        send_bytes(client, refused_text, strlen(refused_text));
    }
}

/* ---- the steps; each returns false when the client is to be disconnected ---- */

static uint8_t security_type(const VncClient *client)
{
    bool password = client->server->auth == VNC_PRIMARY_AUTH_VNC && !client->skip_auth;

    return password ? rfbSecTypeVncAuth : rfbSecTypeNone;
}

static bool begin_security(VncClient *client)
{
    if (security_type(client) == rfbSecTypeNone) {
        client->stage = VNC_STAGE_INIT;
        return client->minor != 8 || send_u32(client, RESULT_OK);
    }
    client->stage = VNC_STAGE_RESPONSE;
    return getrandom(client->challenge, CHALLENGESIZE, 0) == CHALLENGESIZE &&
           send_bytes(client, client->challenge, CHALLENGESIZE);
}

/* Versions that nobody specified count as 3.3, and later ones as 3.8, which they can speak. */
static bool take_version(VncClient *client)
{
    const uint8_t list[] = { 1, security_type(client) };
    unsigned major, minor;
    char text[VERSION_LEN + 1] = "";

    memcpy(text, client->input, VERSION_LEN);
    if (sscanf(text, "RFB %3u.%3u\n", &major, &minor) != 2 || major != 3) {
        return false;
    }
    client->minor = minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    if (client->minor == 3) {
        return send_u32(client, security_type(client)) && begin_security(client);
    }
    client->stage = VNC_STAGE_SECURITY;
    return send_bytes(client, list, sizeof(list));
}

static bool take_security(VncClient *client)
{
    return client->input[0] == security_type(client) && begin_security(client);
}

/* All of it is compared, whatever differs, so that the time tells nothing. */
static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t difference = 0;

    for (size_t i = 0; i < len; i++) {
        difference |= a[i] ^ b[i];
    }
    return !difference;
}

/*
 * The password encrypts the challenge (DES). A key that DES does not take leaves the challenge as
 * it is, and must not let anybody in who sends it back.
 */
static bool response_is_right(const VncClient *client)
{
    const VncServer *server = client->server;
    uint8_t expected[CHALLENGESIZE];

    if (!server->password || !*server->password || wall_clock_now() >= server->expires) {
        return false;
    }
    memcpy(expected, client->challenge, CHALLENGESIZE);
    rfbEncryptBytes(expected, server->password);
    return !same_bytes(expected, client->challenge, CHALLENGESIZE) &&
           same_bytes(expected, client->input, CHALLENGESIZE);
}

static bool take_response(VncClient *client)
{
    if (!response_is_right(client)) {
        send_refusal(client);
        return false;
    }
    client->stage = VNC_STAGE_INIT;
    return send_u32(client, RESULT_OK);
}

/* ---- the way through them ---- */

typedef struct Step {
    size_t length; /* of what the client says */
    bool (*take)(VncClient *client);
} Step;

static const Step steps[] = {
    [VNC_STAGE_VERSION] = { VERSION_LEN, take_version },
    [VNC_STAGE_SECURITY] = { 1, take_security },
    [VNC_STAGE_RESPONSE] = { CHALLENGESIZE, take_response },
    [VNC_STAGE_INIT] = { 1, NULL },
};

/* 1: there is all of it; 0: not yet; -1: the client is gone. */
static int read_input(VncClient *client, size_t length)
{
    ssize_t n = recv(client->fd, client->input + client->input_len, length - client->input_len,
                     MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (n <= 0) {
        return -1;
    }
    client->input_len += n;
    return client->input_len == length;
}

static void on_readable(void *opaque)
{
    VncClient *client = opaque;
    const Step *step = &steps[client->stage];
    int result = read_input(client, step->length);

    if (result == 0) {
        return;
    }
    client->input_len = 0;
    if (result < 0 || (step->take && !step->take(client))) {
        vnc_client_close(client);
    } else if (!step->take) {
        vnc_client_initialized(client, client->input[0]);
    }
}

static void on_deadline(void *opaque)
{
    vnc_client_close(opaque);
}

void vnc_handshake_begin(VncClient *client)
{
    timer_init(&client->deadline, main_loop(), CLOCK_HOST, on_deadline, client);
    timer_arm(&client->deadline, clock_now(CLOCK_HOST) + VNC_HANDSHAKE_TIMEOUT_NS);
    event_loop_set_fd(main_loop(), client->fd, on_readable, NULL, client);
    if (!send_bytes(client, VERSION_TEXT, VERSION_LEN)) {
        vnc_client_close(client);
    }
}

void vnc_handshake_end(VncClient *client)
{
    event_loop_set_fd(main_loop(), client->fd, NULL, NULL, NULL);
    timer_finish(&client->deadline);
}
