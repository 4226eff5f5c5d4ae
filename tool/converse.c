/* SPDX-License-Identifier: MIT */
/*
 * Copying both ways: one thread takes standard input to the socket, the main
 * one takes the socket to standard output.
 *
 * When the peer ends its side it may still want the rest of ours (it may have
 * half-closed), so input that is there is sent to its end. Only a sender that
 * waits for a person to type, or for a silent pipe, is left behind.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool.h"

enum {
    CHUNK = 65536
};

struct sender {
    rn_socket *to;
    int code; /* the exit code for this half */
    pthread_t thread;
    atomic_bool reading;    /* it may be waiting for standard input */
    atomic_bool peer_ended; /* then it waits for none any more */
};

/* Whether standard input has something, be it its end; -1 waits for it. */
static int
input_is_ready(int timeout)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&p, 1, timeout) != 0;
}

/* As rn_read_some, but 0 where waiting makes no sense any more. `reading` is
 * said only of the waiting: what was read must be sent. */
static ptrdiff_t
read_input(struct sender *sender, rn_stream *in, char *data)
{
    atomic_store(&sender->reading, true);
    bool ready = input_is_ready(atomic_load(&sender->peer_ended) ? 0 : -1);
    atomic_store(&sender->reading, false);
    return ready ? rn_read_some(in, data, CHUNK) : 0;
}

static int
send_all_input(struct sender *sender, rn_stream *in)
{
    static char data[CHUNK];
    ptrdiff_t n;
    while ((n = read_input(sender, in, data)) > 0)
        if (rn_write(sender->to, data, (size_t)n) < 0)
            return complain_of(sender->to);
    if (n == 0)
        return EXIT_FINE;
    complain_of(in);
    return EXIT_LOCAL;
}

static void *
run_sender(void *arg)
{
    struct sender *sender = arg;
    rn_error err;
    /* No standard input is one that has ended. */
    rn_stream *in = rn_from_fd(STDIN_FILENO, RN_UNBUFFERED | RN_KEEP_FD, &err);
    if (in != NULL)
        sender->code = send_all_input(sender, in);
    rn_free(in);
    if (rn_shutdown_write(sender->to) < 0 && sender->code == EXIT_FINE)
        sender->code = complain_of(sender->to);
    return NULL;
}

/* Print what comes until the peer ends. */
static int
print_output(rn_socket *from)
{
    static char data[CHUNK];
    rn_error err;
    rn_stream *out =
        rn_from_fd(STDOUT_FILENO, RN_UNBUFFERED | RN_KEEP_FD, &err);
    if (out == NULL) {
        complain(&err);
        return EXIT_LOCAL;
    }
    int code = EXIT_FINE;
    ptrdiff_t n;
    while ((n = rn_read_some(from, data, sizeof data)) > 0) {
        if (rn_write(out, data, (size_t)n) < 0) {
            complain_of(out);
            code = EXIT_LOCAL;
            break;
        }
    }
    if (n < 0)
        code = complain_of(from);
    rn_free(out);
    return code;
}

int
converse(rn_socket *s)
{
    struct sender sender = {.to = s, .code = EXIT_FINE};
    if (pthread_create(&sender.thread, NULL, run_sender, &sender) != 0) {
        fprintf(stderr, "runnel: no thread to be had\n");
        rn_free(s);
        return EXIT_OTHER;
    }
    int code = print_output(s);
    atomic_store(&sender.peer_ended, true);
    bool idle = atomic_load(&sender.reading) && !input_is_ready(0);
    if (code != EXIT_FINE || idle) {
        pthread_detach(sender.thread);
        exit(code);
    }
    pthread_join(sender.thread, NULL);
    if (rn_close(s) < 0 && sender.code == EXIT_FINE)
        sender.code = complain_of(s);
    rn_free(s);
    return sender.code;
}
