/* SPDX-License-Identifier: MIT */
/* Copying both ways: one thread takes standard input to the socket, the main
 * one takes the socket to standard output. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool.h"

enum {
    CHUNK = 65536,
    SENDING = -1
};

struct sender {
    rn_socket *to;
    pthread_t thread;
    atomic_int code; /* SENDING, then the exit code for this half */
};

static int
send_all_input(rn_socket *to)
{
    static char data[CHUNK];
    rn_error err;
    rn_stream *in = rn_from_fd(STDIN_FILENO, RN_UNBUFFERED | RN_KEEP_FD, &err);
    int code = EXIT_FINE;
    /* No standard input is one that has ended. */
    ptrdiff_t n = 0;
    while (in != NULL && (n = rn_read_some(in, data, sizeof data)) > 0) {
        if (rn_write(to, data, (size_t)n) < 0) {
            code = complain_of(to);
            break;
        }
    }
    if (n < 0) {
        complain_of(in);
        code = EXIT_LOCAL;
    }
    if (code != EXIT_RESET && rn_shutdown_write(to) < 0)
        code = complain_of(to);
    rn_free(in);
    return code;
}

static void *
run_sender(void *arg)
{
    struct sender *sender = arg;
    atomic_store(&sender->code, send_all_input(sender->to));
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
    struct sender sender = {.to = s, .code = SENDING};
    if (pthread_create(&sender.thread, NULL, run_sender, &sender) != 0) {
        fprintf(stderr, "runnel: no thread to be had\n");
        rn_free(s);
        return EXIT_OTHER;
    }
    int code = print_output(s);
    int sent = atomic_load(&sender.code);
    /* The sender may be waiting for a person at the terminal, for ever: the
     * peer is done, so leave without it. */
    if (sent == SENDING)
        exit(code);
    pthread_join(sender.thread, NULL);
    if (rn_close(s) < 0 && code == EXIT_FINE && sent == EXIT_FINE)
        code = complain_of(s);
    rn_free(s);
    return code != EXIT_FINE ? code : sent;
}
