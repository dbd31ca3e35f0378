/*
 * The floor of a request-and-reply server: send back what comes, and nothing else.
 *
 *   echo-server read SOCKET     one client, blocking in read(): what no server of many can do
 *   echo-server epoll SOCKET    waits in epoll_wait() before each read(), as one of many has to
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char buffer[65536];

static int accept_one(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
    if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        listen(listener, 1) < 0) {
        return -1;
    }
    return accept(listener, NULL, NULL);
}

static bool send_back(int fd)
{
    ssize_t n = read(fd, buffer, sizeof(buffer));

    return n > 0 && write(fd, buffer, n) == n;
}

static bool wait_readable(int epoll_fd)
{
    struct epoll_event event;

    return epoll_wait(epoll_fd, &event, 1, -1) == 1;
}

int main(int argc, char **argv)
{
    struct epoll_event event = { .events = EPOLLIN };
    int epoll_fd = -1;
    int fd;

    if (argc != 3 || (fd = accept_one(argv[2])) < 0) {
        perror("usage: echo-server read|epoll SOCKET");
        return 1;
    }
    if (!strcmp(argv[1], "epoll")) {
        epoll_fd = epoll_create1(0);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
    while ((epoll_fd < 0 || wait_readable(epoll_fd)) && send_back(fd)) {
    }
    return 0;
}
