/* SPDX-License-Identifier: MIT */
/*
 * A stream for each connection, that holds back what is no line yet, over one
 * standard output: a pipe takes a few KiB at a time, and in the middle of a
 * line it would be another thread's turn.
 */
#define _GNU_SOURCE
#include "line_output.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "say.h"

enum {
    ROOM = 65536
};

struct lines {
    size_t held;
    char data[ROOM];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static rn_stream *output; /* of all; never freed, as nothing is buffered */

/* RN_OK, or the failure as rn_stream_ops has it. */
static int
print(const char *data, size_t len)
{
    rn_error err;
    pthread_mutex_lock(&lock);
    int rc = len > 0 ? rn_write(output, data, len) : RN_OK;
    if (rc == RN_OK)
        rc = rn_flush(output); /* rn_write may keep what it could not send */
    rn_error_of(output, &err);
    pthread_mutex_unlock(&lock);
    return rc < 0 && err.sys_errno != 0 ? -err.sys_errno : rc;
}

/* The first `len` bytes of what is held; the rest stays. */
static int
let_go(struct lines *l, size_t len)
{
    int rc = print(l->data, len);
    if (rc < 0)
        return rc;
    l->held -= len;
    memmove(l->data, l->data + len, l->held);
    return RN_OK;
}

static ptrdiff_t
write_lines(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct lines *l = ctx;
    (void)wait; /* the limits of all, see end_line_output */
    if (n > ROOM - l->held)
        n = ROOM - l->held;
    memcpy(l->data + l->held, data, n);
    l->held += n;
    const char *last = memrchr(l->data, '\n', l->held);
    size_t whole = last != NULL ? (size_t)(last - l->data) + 1
        : l->held == ROOM       ? ROOM
                                : 0;
    int rc = whole > 0 ? let_go(l, whole) : RN_OK;
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
fd_of_lines(void *ctx)
{
    (void)ctx;
    return STDOUT_FILENO;
}

static int
close_lines(void *ctx, const rn_wait *wait)
{
    struct lines *l = ctx;
    (void)wait;
    int rc = let_go(l, l->held);
    free(l);
    return rc;
}

static int
abort_lines(void *ctx, const rn_wait *wait)
{
    (void)wait;
    free(ctx);
    return RN_OK;
}

static const rn_stream_ops line_ops = {.write = write_lines,
                                       .fd = fd_of_lines,
                                       .close = close_lines,
                                       .abort = abort_lines};

/* The one below; by whoever is the first. */
static int
open_output(void)
{
    rn_error err;
    pthread_mutex_lock(&lock);
    if (output == NULL)
        output = rn_from_fd(STDOUT_FILENO, RN_UNBUFFERED | RN_KEEP_FD, &err);
    if (output != NULL) {
        rn_set_deadline(output, RN_WRITABLE, deadline_or_never());
        rn_set_cancel(output, interrupt_token());
    }
    pthread_mutex_unlock(&lock);
    return output != NULL ? EXIT_FINE : complain(&err);
}

int
end_line_output(struct end *e)
{
    int code = open_output();
    if (code != EXIT_FINE)
        return EXIT_LOCAL;
    *e = (struct end){.standard = true, .name = "standard output"};
    struct lines *l = calloc(1, sizeof *l);
    if (l != NULL)
        e->out = rn_stream_new(&line_ops, l, RN_UNBUFFERED, NULL);
    if (e->out != NULL)
        rn_set_name(e->out, e->name);
    else
        free(l);
    return e->out != NULL ? EXIT_FINE
                          : complain_as(EXIT_OTHER, "%s: no memory", e->name);
}
