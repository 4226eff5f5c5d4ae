/* SPDX-License-Identifier: MIT */
/* A kind of stream that does what a test tells it to: bytes in small portions,
 * short writes, failures at a chosen byte, and a record of every call. */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdbool.h>

#include "runnel.h"

enum {
    SCRIPT_OUT = 1 << 17
};

struct script {
    /* What a reader gets. */
    const char *input;
    size_t input_len;
    size_t read_step;    /* at most so many bytes a call; 0: no bound */
    const size_t *steps; /* or: the sizes of the portions, one after another */
    size_t step_count;
    bool again_first;   /* every portion is preceded by one AGAIN */
    ptrdiff_t read_end; /* after the input: 0 or a failure */

    /* What becomes of written bytes. */
    size_t write_step; /* at most so many bytes a call; 0: no bound */
    size_t write_room; /* so many bytes, then write_end; SIZE_MAX: no bound */
    ptrdiff_t write_end;
    int close_result;

    /* The record. */
    size_t read_at;
    size_t reads;
    size_t read_most; /* the largest portion asked for */
    size_t writes;
    size_t writevs; /* of them, so many of several pieces */
    size_t write_sizes[64];
    char out[SCRIPT_OUT];
    size_t out_len;
    int shutdowns;
    int closes;
    int aborts;
    bool said_again;
};

/* A new script: empty input, no bounds. */
struct script *script_new(void);

/* Set the input, a text or `len` bytes, and start it anew. */
void script_text(struct script *p, const char *text);
void script_input(struct script *p, const char *data, size_t len);

/* A stream over the script; buffer_size 0 leaves the default. */
rn_stream *script_open(struct script *p, rn_buffering buffering,
                       size_t buffer_size);

/* The same, of a kind that has no writev. */
rn_stream *script_open_simple(struct script *p, rn_buffering buffering,
                              size_t buffer_size);

/* What was written is this text. */
#define assert_out(p, text)                                                    \
    do {                                                                       \
        assert_int_equal((p)->out_len, strlen(text));                          \
        assert_memory_equal((p)->out, text, strlen(text));                     \
    } while (0)

#endif
