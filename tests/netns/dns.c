/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "dns.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LATE_MS = 700,
    HEADER = 12,
    NXDOMAIN = 3,
    SERVFAIL = 2
};

static int server;
static int stop;
static pthread_t thread;

struct message {
    unsigned char data[512];
    size_t len;
    struct sockaddr_storage from;
    socklen_t from_len;
};

/* The question's type, 1 for A (RFC 1035, 4.1.2). */
static int
question_type(const struct message *m)
{
    size_t at = HEADER;
    while (at < m->len && m->data[at] != 0)
        at += 1U + m->data[at];
    return at + 2 < m->len ? m->data[at + 1] << 8 | m->data[at + 2] : 0;
}

/* Turn the question into an answer (4.1.1, 4.1.3): a code, and `count` A
 * records, 10.7.0.<first> and on. */
static void
make_answer(struct message *m, int code, int count, int first)
{
    m->data[2] = 0x81; /* a response, recursion desired */
    m->data[3] = (unsigned char)(0x80 | code);
    memset(m->data + 6, 0, 6);
    m->data[7] = (unsigned char)count;
    size_t end = HEADER;
    while (m->data[end] != 0)
        end += 1U + m->data[end];
    m->len = end + 5; /* drop what came behind the question (EDNS) */
    for (int i = 0; i < count; i++) {
        const unsigned char record[16] = {
            0xc0, HEADER, 0, 1, 0,  1, 0, 0,
            0,    60,     0, 4, 10, 7, 0, (unsigned char)(first + i)};
        memcpy(m->data + m->len, record, sizeof record);
        m->len += sizeof record;
    }
}

static void
answer(struct message *m)
{
    const char *label = (const char *)m->data + HEADER + 1;
    bool a = question_type(m) == 1;
    if (strncmp(label, "one", 3) == 0)
        make_answer(m, 0, a ? 1 : 0, 2);
    else if (strncmp(label, "three", 5) == 0)
        make_answer(m, 0, a ? 3 : 0, 3);
    else if (strncmp(label, "nx", 2) == 0)
        make_answer(m, NXDOMAIN, 0, 0);
    else if (strncmp(label, "fail", 4) == 0)
        make_answer(m, SERVFAIL, 0, 0);
    else if (strncmp(label, "late", 4) == 0)
        make_answer(m, 0, a ? 1 : 0, 2);
    else if (strncmp(label, "lie", 3) == 0) {
        make_answer(m, 0, 1, 2);
        m->data[7] = 99; /* records that are not there */
        m->len -= 7;
    } else {
        return;
    }
    sendto(server, m->data, m->len, 0, (struct sockaddr *)&m->from,
           m->from_len);
}

static void *
serve(void *arg)
{
    (void)arg;
    struct pollfd fds[2] = {{.fd = server, .events = POLLIN},
                            {.fd = stop, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        struct message m = {.from_len = sizeof m.from};
        ssize_t n = recvfrom(server, m.data, sizeof m.data - 64, 0,
                             (struct sockaddr *)&m.from, &m.from_len);
        if (n <= HEADER)
            continue;
        m.len = (size_t)n;
        /* Its lateness is the test's matter, not a guess at readiness. */
        if (strncmp((char *)m.data + HEADER + 1, "late", 4) == 0 &&
            poll(&fds[1], 1, LATE_MS) > 0)
            break;
        answer(&m);
    }
    return NULL;
}

void
dns_start(int fd)
{
    server = fd;
    stop = eventfd(0, EFD_CLOEXEC);
    if (pthread_create(&thread, NULL, serve, NULL) != 0)
        abort();
}

void
dns_stop(void)
{
    eventfd_write(stop, 1);
    pthread_join(thread, NULL);
    close(stop);
    close(server);
}
