/* SPDX-License-Identifier: MIT */
/*
 * The far end of every client. What it does must cost it less than it costs the
 * client, or the client would wait for it: the text goes out with sendfile(2),
 * which copies nothing, and the sums are loops that compilers vectorize.
 */
#define _GNU_SOURCE
#include "far.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DIALS = 16, /* how many connections wait to be accepted */
    ROOM = 1 << 18
};

/* What a descriptor in the loop is; beyond the kinds of far.h: */
enum {
    LISTENER = FAR_KINDS,
    DIALED = 2 * FAR_KINDS
};

static char room[ROOM];
static struct far_report sunk;
static int loop;

/* Where in the text each descriptor is, and how much it still gets. */
static struct sending {
    off_t at;
    size_t left;
} * sending;

static int dial_port;
static long dials_left;

static struct sockaddr_in
loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void
make_text(struct far *far, size_t size, int crlf)
{
    size_t turn = 26 * size;
    far->text_size = turn * ((1 << 20) / turn + 1);
    far->text = memfd_create("text", MFD_CLOEXEC);
    char *text;
    if (far->text < 0 || ftruncate(far->text, (off_t)far->text_size) != 0 ||
        (text = mmap(NULL, far->text_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                     far->text, 0)) == MAP_FAILED)
        err(1, "the text");
    for (size_t at = 0; at < far->text_size; at += size) {
        char *line = text + at;
        for (size_t i = 1; i < size; i++)
            line[i] = (char)('!' + i % 90);
        line[0] = (char)('a' + at / size % 26);
        if (crlf)
            line[size - 2] = '\r';
        line[size - 1] = '\n';
    }
    munmap(text, far->text_size);
}

void
far_open(struct far *far, size_t size, int crlf)
{
    for (int kind = 0; kind < FAR_KINDS; kind++) {
        struct sockaddr_in address = loopback(0);
        socklen_t len = sizeof address;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
            listen(fd, 4096) != 0 ||
            getsockname(fd, (struct sockaddr *)&address, &len) != 0)
            err(1, "listening");
        far->listener[kind] = fd;
        far->port[kind] = ntohs(address.sin_port);
    }
    make_text(far, size, crlf);
}

void
far_close(struct far *far)
{
    for (int kind = 0; kind < FAR_KINDS; kind++)
        close(far->listener[kind]);
    close(far->text);
}

static void
watch(int fd, int what, uint32_t events)
{
    struct epoll_event event = {
        .events = events,
        .data.u64 = (uint64_t)what << 32 | (uint32_t)fd,
    };
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0)
        err(1, "epoll");
}

/* A reset where the client has closed first leaves no TIME_WAIT there: the
 * table of those would be full after some thousands of connections. */
static void
reset_on_close(int fd)
{
    struct linger now = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* Nothing but reading tells that a dialed connection was closed. */
static void
dial(void)
{
    struct sockaddr_in address = loopback(dial_port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
         errno != EINPROGRESS))
        err(1, "dialing");
    reset_on_close(fd);
    watch(fd, DIALED, EPOLLIN);
}

static void
start_dialing(int fd)
{
    char line[64] = "";
    if (recv(fd, line, sizeof line - 1, 0) <= 0) {
        close(fd);
        return;
    }
    char *rest;
    dial_port = (int)strtol(line, &rest, 10);
    dials_left = strtol(rest, NULL, 10);
    for (int i = 0; i < DIALS && dials_left > 0; i++, dials_left--)
        dial();
}

static void
dialed(int fd)
{
    char data[64];
    if (recv(fd, data, sizeof data, 0) > 0)
        return;
    close(fd);
    if (dials_left > 0 && dials_left--)
        dial();
}

static void
fill(struct far *far, int fd)
{
    struct sending *to = &sending[fd];
    while (to->left > 0) {
        size_t most = far->text_size - (size_t)to->at;
        ssize_t n =
            sendfile(fd, far->text, &to->at, most < to->left ? most : to->left);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            break;
        to->left -= (size_t)n;
        if ((size_t)to->at == far->text_size)
            to->at = 0;
    }
    close(fd);
}

/* From now on it is a source, which ends. */
static void
start_whole(int fd)
{
    char line[64] = "";
    struct epoll_event event = {
        .events = EPOLLOUT,
        .data.u64 = (uint64_t)FAR_SOURCE << 32 | (uint32_t)fd,
    };
    if (recv(fd, line, sizeof line - 1, 0) <= 0) {
        close(fd);
        return;
    }
    sending[fd] = (struct sending){0, strtoul(line, NULL, 10)};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(loop, EPOLL_CTL_MOD, fd, &event) != 0)
        err(1, "epoll");
}

static void
tell_sunk(struct far *far, int fd)
{
    close(fd);
    if (sunk.bytes > 0 && write(far->report, &sunk, sizeof sunk) != sizeof sunk)
        err(1, "reporting");
    sunk = (struct far_report){0};
}

/* What is thrown away is not copied (MSG_TRUNC, tcp(7)), so that this end is
 * always ahead. Were it behind, the client's segments would wait, and be sent
 * later within this end's calls and at its cost, or not, as it happens: the
 * same client costs half as much or twice as much from run to run. */
static void
drain(struct far *far, int fd)
{
    ssize_t n = recv(fd, NULL, ROOM, MSG_TRUNC);
    if (n > 0)
        sunk.bytes += (size_t)n;
    else
        tell_sunk(far, fd);
}

static void
take(struct far *far, int fd)
{
    ssize_t n = recv(fd, room, sizeof room, 0);
    if (n <= 0) {
        tell_sunk(far, fd);
        return;
    }
    unsigned lines = 0;
    unsigned sum = 0;
    for (ssize_t i = 0; i < n; i++) {
        sum += (unsigned char)room[i];
        lines += room[i] == '\n';
    }
    sunk.bytes += (size_t)n;
    sunk.lines += lines;
    sunk.sum += sum;
}

static void
echo(int fd)
{
    ssize_t n = recv(fd, room, sizeof room, 0);
    if (n <= 0 || send(fd, room, (size_t)n, MSG_NOSIGNAL) != n)
        close(fd);
}

static void
take_in(int listener, int kind)
{
    int one = 1;
    int mode = SOCK_CLOEXEC | (kind == FAR_SOURCE ? SOCK_NONBLOCK : 0);
    int fd = accept4(listener, NULL, NULL, mode);
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sending[fd] = (struct sending){0, SIZE_MAX};
    if (kind == FAR_ECHO)
        reset_on_close(fd);
    watch(fd, kind, kind == FAR_SOURCE ? EPOLLOUT : EPOLLIN);
}

void
far_run(struct far *far)
{
    enum {
        MOST = 256
    };
    struct epoll_event events[MOST];
    signal(SIGPIPE, SIG_IGN);
    sending = calloc((size_t)sysconf(_SC_OPEN_MAX), sizeof *sending);
    loop = epoll_create1(EPOLL_CLOEXEC);
    if (sending == NULL || loop < 0)
        err(1, "starting");
    for (int kind = 0; kind < FAR_KINDS; kind++)
        watch(far->listener[kind], LISTENER + kind, EPOLLIN);
    if (far->feed >= 0) {
        sending[far->feed].left = SIZE_MAX;
        watch(far->feed, FAR_SOURCE, EPOLLOUT);
    }
    for (;;) {
        int n = epoll_wait(loop, events, MOST, -1);
        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)events[i].data.u64;
            int what = (int)(events[i].data.u64 >> 32);
            if (what == FAR_SOURCE)
                fill(far, fd);
            else if (what == FAR_SINK)
                take(far, fd);
            else if (what == FAR_DRAIN)
                drain(far, fd);
            else if (what == FAR_ECHO)
                echo(fd);
            else if (what == FAR_WHOLE)
                start_whole(fd);
            else if (what == FAR_DIAL)
                start_dialing(fd);
            else if (what == DIALED)
                dialed(fd);
            else
                take_in(fd, what - LISTENER);
        }
    }
}
