/*
 * A socket whose client has its next request there when the last reply is out: requests are peeked
 * at and taken later, which nobody may notice.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/chardev/socket-test.h"
#include "tests/unit/chardev/test-frontend.h"

#include <fcntl.h>
#include <sys/ioctl.h>

enum { QUICK = 200 /* requests, of which the first ones are not expected */ };

/* A client that is woken by its reply, and quick. */
typedef struct Client {
    TestFrontend fe;
    int fd;     /* the client's end */
    int server; /* the number of ours: only to look at */
    int sent;
    int pipe[2];   /* sent along with each tenth request */
    int came;      /* descriptors */
    size_t unread; /* most bytes that were left in the socket */
    void (*then)(struct Client *client); /* instead of the last request */
} Client;

static void send_request(Client *c)
{
    g_autofree char *text = g_strdup_printf("<%d>", c->sent++);

    if (c->sent % 10 == 0) {
        send_fds(c->fd, text, c->pipe[1], 2);
    } else {
        send_text(c->fd, text);
    }
}

static size_t unread(int fd)
{
    int n = 0;

    g_assert_cmpint(ioctl(fd, FIONREAD, &n), ==, 0);
    return n;
}

static void answer(void *opaque, const uint8_t *bytes, size_t len)
{
    Client *c = opaque;
    int fd;

    test_fe_read(&c->fe, bytes, len);
    while ((fd = chardev_take_fd(c->fe.chr)) >= 0) {
        c->came++;
        close(fd);
    }
    c->unread = MAX(c->unread, unread(c->server));
    if (bytes[len - 1] != '>') {
        return; /* what descriptors come with comes in pieces */
    }
    if (c->sent < QUICK) {
        send_request(c);
    } else if (c->then) {
        c->then(c);
    }
}

static const ChardevFrontend client_ops = {
    .can_read = test_fe_can_read,
    .read = answer,
    .event = test_fe_event,
};

static void client_begin(Client *c, void (*then)(Client *c))
{
    g_autofree char *number = NULL;
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), ==, 0);
    number = g_strdup_printf("%d", sv[0]);
    *c = (Client){ .fd = sv[1], .server = sv[0], .then = then };
    g_assert_cmpint(pipe2(c->pipe, O_CLOEXEC | O_NONBLOCK), ==, 0);
    c->fe = (TestFrontend){
        .chr = test_chardev_new("backend", "socket", "id", "f", "fd", number),
        .in = g_string_new(NULL),
        .events = g_string_new(NULL),
        .room = 4096,
    };
    g_assert_true(chardev_attach(c->fe.chr, &client_ops, c, NULL, &error_abort));
    send_request(c);
}

static void assert_all_came(Client *c)
{
    g_autoptr(GString) expected = g_string_new(NULL);

    for (int i = 0; i < c->sent; i++) {
        g_string_append_printf(expected, "<%d>", i);
    }
    g_assert_cmpstr(c->fe.in->str, ==, expected->str);
    g_assert_cmpint(c->came, ==, c->sent / 10 * 2);
}

static void client_end(Client *c)
{
    close(c->pipe[1]);
    turn_few();
    g_assert_false(is_held(c->pipe[0]));
    close(c->pipe[0]);
    if (c->fd >= 0) {
        close(c->fd);
    }
    test_fe_end(&c->fe);
}

/* Each byte and each descriptor comes once, and nothing stays behind. */
static void test_each_once(void)
{
    Client c;

    client_begin(&c, NULL);
    turn_until(c.sent == QUICK && strstr(c.fe.in->str, "<199>"));
    turn_few();
    assert_all_came(&c);
    /* More than one request at a time was there: these were peeked at. */
    g_assert_cmpuint(c.unread, >, strlen("<199>"));
    g_assert_cmpuint(unread(c.server), ==, 0);
    /* The client sees that all of it was taken, and an end is still seen. */
    close(c.fd);
    c.fd = -1;
    turn_until(strcmp(c.fe.events->str, "oc") == 0);
    client_end(&c);
}

static void test_little_room(void)
{
    Client c;

    client_begin(&c, NULL);
    c.fe.room = 2; /* requests come in pieces, their descriptors with the first one */
    turn_until(c.sent == QUICK);
    turn_few();
    c.fe.room = 4096;
    chardev_accept_input(c.fe.chr);
    turn_until(strstr(c.fe.in->str, "<199>"));
    assert_all_came(&c);
    g_assert_cmpuint(unread(c.server), ==, 0);
    client_end(&c);
}

static void hang_up(Client *c)
{
    close(c->fd);
    c->fd = -1;
}

static void test_client_goes(void)
{
    Client c;

    client_begin(&c, hang_up);
    turn_until(strcmp(c.fe.events->str, "oc") == 0);
    assert_all_came(&c);
    client_end(&c);
}

static void disconnect(Client *c)
{
    chardev_disconnect(c->fe.chr);
}

/* What was peeked at is taken before the end, or the client would see its connection reset. */
static void test_server_hangs_up(void)
{
    Client c;

    client_begin(&c, disconnect);
    turn_until(strcmp(c.fe.events->str, "oc") == 0);
    assert_all_came(&c);
    assert_end(c.fd);
    client_end(&c);
}

/* Much at once is neither late nor read twice. */
static void test_much(void)
{
    g_autofree char *much = g_strnfill(20000, 'x');
    Client c;

    client_begin(&c, NULL);
    turn_until(c.sent == QUICK && strstr(c.fe.in->str, "<199>"));
    g_string_truncate(c.fe.in, 0);
    c.fe.room = 1 << 20;
    for (int i = 1; i <= 20; i++) {
        send_text(c.fd, much);
        turn_until(c.fe.in->len == i * strlen(much));
    }
    turn_few();
    g_assert_cmpuint(c.fe.in->len, ==, 20 * strlen(much));
    g_assert_cmpuint(unread(c.server), ==, 0);
    client_end(&c);
}

/* Where in the stream the first descriptor came. */
static size_t fd_came_at;

static void note_fd(void *opaque, const uint8_t *bytes, size_t len)
{
    Client *c = opaque;
    int fd = chardev_take_fd(c->fe.chr);

    if (fd >= 0) {
        fd_came_at = c->fe.in->len;
        close(fd);
    }
    test_fe_read(&c->fe, bytes, len);
}

/* Sent at once, and read together but for the descriptor. */
static void test_begin_of_fds(void)
{
    static const ChardevFrontend ops = {
        .can_read = test_fe_can_read,
        .read = note_fd,
        .event = test_fe_event,
    };
    g_autofree char *much = g_strnfill(10000, 'x');
    Client c;

    client_begin(&c, NULL);
    turn_until(c.sent == QUICK && strstr(c.fe.in->str, "<199>"));
    chardev_detach(c.fe.chr);
    g_string_truncate(c.fe.in, 0);
    c.fe.room = 1 << 20;
    send_text(c.fd, much);
    send_fds(c.fd, "abc", c.pipe[1], 1);
    send_text(c.fd, "def");
    g_assert_true(chardev_attach(c.fe.chr, &ops, &c, NULL, &error_abort));
    turn_until(c.fe.in->len == strlen(much) + 6);
    g_assert_cmpuint(fd_came_at, ==, strlen(much));
    client_end(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    g_test_add_func("/chardev/peek/each-once", test_each_once);
    g_test_add_func("/chardev/peek/little-room", test_little_room);
    g_test_add_func("/chardev/peek/client-goes", test_client_goes);
    g_test_add_func("/chardev/peek/server-hangs-up", test_server_hangs_up);
    g_test_add_func("/chardev/peek/much", test_much);
    g_test_add_func("/chardev/peek/begin-of-fds", test_begin_of_fds);
    return g_test_run();
}
