/*
 * NBD servers for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "nbd-server.h"

#include "block-test.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- nbdkit ---- */

bool have_nbdkit(void)
{
    g_autofree char *path = g_find_program_in_path("nbdkit");
    if (!path) {
        g_test_skip("nbdkit is not installed");
    }
    return path != NULL;
}

const char *nbdkit_socket(void)
{
    static char *path;
    if (!path) {
        path = g_build_filename(dir, "nbdkit.sock", NULL);
    }
    return path;
}

GPid nbdkit_start(const char *args)
{
    g_autofree char *line = g_strdup_printf("nbdkit -f -U %s %s", nbdkit_socket(), args);
    g_auto(GStrv) argv = NULL;
    GPid pid;
    g_unlink(nbdkit_socket());
    g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    g_assert_true(g_spawn_async(NULL, argv, NULL,
                                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                    G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_STDOUT_TO_DEV_NULL,
                                NULL, NULL, &pid, NULL));
    return pid;
}

void nbdkit_kill(GPid pid)
{
    kill(pid, SIGKILL);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

/* ---- ours ---- */

typedef struct Fake {
    FakeServer kind;
    int listener;
} Fake;

static void put_noise(int fd)
{
    char noise[4096];
    for (unsigned i = 0; i < sizeof(noise); i++) {
        noise[i] = (char)(i * 7 + 3);
    }
    send(fd, noise, sizeof(noise), MSG_NOSIGNAL);
}

/* The protocol's "oldstyle negotiation": two magic numbers, size, flags, and 124 zeroes. */
static void greet(int fd)
{
    unsigned char greeting[152] = "NBDMAGIC\x00\x00\x42\x02\x81\x86\x12\x53";
    greeting[21] = 1 << 4; /* 1 MiB, big-endian */
    greeting[27] = 1;      /* there are flags; none of them is set */
    send(fd, greeting, sizeof(greeting), MSG_NOSIGNAL);
}

static bool receive(int fd, void *buf, size_t size)
{
    return recv(fd, buf, size, MSG_WAITALL) == (ssize_t)size;
}

/* An answer to an option: magic, the option, the answer's type and length. */
static bool answer_option(int fd, uint32_t option, uint32_t type, const void *data, uint32_t length)
{
    static const uint32_t magic[2] = { 0x0003e889, 0x045565a9 };
    uint32_t words[5] = { g_htonl(magic[0]), g_htonl(magic[1]), option, g_htonl(type),
                          g_htonl(length) };
    return send(fd, words, sizeof(words), MSG_NOSIGNAL) == sizeof(words) &&
           send(fd, data, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* The "fixed newstyle negotiation": every option is refused, but the last one answered for ever. */
static void negotiate_for_ever(int fd)
{
    static const unsigned char greeting[18] = "NBDMAGICIHAVEOPT\0\1";
    enum { OPT_GO = 7, REP_INFO = 3, REP_UNSUPPORTED = (int)0x80000001 };
    const uint16_t unknown_info = 0x7777;
    uint32_t option[4];
    char flags[4], data[4096];
    send(fd, greeting, sizeof(greeting), MSG_NOSIGNAL);
    if (!receive(fd, flags, sizeof(flags))) {
        return;
    }
    while (receive(fd, option, sizeof(option)) && g_ntohl(option[3]) <= sizeof(data) &&
           receive(fd, data, g_ntohl(option[3])) && option[2] != g_htonl(OPT_GO)) {
        answer_option(fd, option[2], (uint32_t)REP_UNSUPPORTED, NULL, 0);
    }
    while (answer_option(fd, option[2], REP_INFO, &unknown_info, sizeof(unknown_info))) {
    }
}

static void serve(FakeServer kind, int fd)
{
    char request[28];
    if (kind == FAKE_NOISE) {
        put_noise(fd);
    }
    if (kind == FAKE_ENDLESS) {
        negotiate_for_ever(fd);
    }
    if (kind >= FAKE_SILENT_LATER) {
        greet(fd);
    }
    if (recv(fd, request, sizeof(request), MSG_WAITALL) != sizeof(request)) {
        return;
    }
    if (kind == FAKE_NOISE_LATER) {
        put_noise(fd);
    }
    while (kind != FAKE_HANG_UP_LATER && recv(fd, request, 1, 0) > 0) {
    }
}

static gpointer run_fake(gpointer opaque)
{
    const Fake *fake = opaque;
    int fd;
    while ((fd = accept(fake->listener, NULL, NULL)) >= 0) {
        serve(fake->kind, fd);
        close(fd);
    }
    return NULL;
}

char *fake_server_start(FakeServer kind)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    g_autofree char *name = g_strdup_printf("fake%u.sock", kind);
    char *path = g_build_filename(dir, name, NULL);
    Fake *fake = g_new0(Fake, 1);
    fake->kind = kind;
    fake->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(un.sun_path, path);
    g_assert_cmpint(bind(fake->listener, (struct sockaddr *)&un, sizeof(un)), ==, 0);
    g_assert_cmpint(listen(fake->listener, 5), ==, 0);
    g_thread_unref(g_thread_new("fake", run_fake, fake));
    return path;
}
