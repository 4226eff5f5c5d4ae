/* SPDX-License-Identifier: MIT */
/* Reading the rest: rn_read_all, rn_read_lines. All of it is gathered in the
 * window first, so that a failure takes nothing. */
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "stream.h"

static int
gather(rn_stream *s)
{
    for (;;) {
        if (rni_window_len(&s->in.win) > s->in.max_all)
            return rni_fault(s, RN_PHASE_READ, RN_E_LIMIT, RNI_LONG_REST);
        ptrdiff_t r = rni_fill(s);
        if (r <= 0)
            return (int)r;
    }
}

/* What is given away must be from the heap, however little it is; a lack of
 * memory must be told while the stream is still open. */
static int
have_memory(rn_stream *s)
{
    struct rni_window *w = &s->in.win;
    if (w->base != w->own || rni_room(w, &s->in.line, w->cap + 1, 1) == RN_OK)
        return RN_OK;
    return rni_fault(s, RN_PHASE_READ, RN_E_MEMORY, RNI_PLAIN);
}

/* Give the window's memory (have_memory) away, cut to size, the bytes at its
 * start. */
static char *
hand_over(struct rni_input *in, size_t *len)
{
    struct rni_window *w = &in->win;
    rni_line_moved(&in->line, w->end);
    rni_window_compact(w);
    size_t n = rni_window_len(w);
    char *data = realloc(w->base, n + 1);
    if (data == NULL)
        data = (char *)w->base; /* could not even shrink */
    data[n] = '\0';
    rni_room_own(w, w->own);
    if (len != NULL)
        *len = n;
    return data;
}

int
rn_read_all(rn_stream *s, char **data, size_t *len)
{
    if (data != NULL)
        *data = NULL;
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    if (data == NULL) {
        rc = rni_fault(s, RN_PHASE_READ, RN_E_VALUE, RNI_NULL_ARGUMENT);
    } else {
        rc = gather(s);
        if (rc == RN_OK)
            rc = have_memory(s);
    }
    int closing = rc < 0 ? rc : rni_begin_close_held(s);
    if (closing >= 0)
        *data = hand_over(&s->in, len);
    if (closing > 0)
        closing = rni_end_close_held(s);
    rni_end_read(s);
    return closing;
}

/* Take the next line of a whole text, or tell what is wrong with it: 1, a code,
 * or 0 where a failure cut it off, so that it is none. */
static int
next_line(rn_stream *s, struct rni_line *known, struct rni_window *w,
          rn_line *line)
{
    const struct rni_input *in = &s->in;
    struct rni_cut cut;
    line->text = (char *)w->base + w->beg;
    if (rni_line_look(known, w) && rni_line_len(known, w) <= in->max_line) {
        line->len = rni_line_take(known, w);
        return 1;
    }
    enum rni_line_state state = rni_line_cut(known, w, &cut);
    if (cut.len > in->max_line)
        return rni_fault(s, RN_PHASE_READ, RN_E_LIMIT, RNI_LONG_LINE);
    if (state == RNI_LINE_BARE)
        return rni_fault(s, RN_PHASE_READ, RN_E_NEWLINE, RNI_PLAIN);
    if (state == RNI_LINE_OPEN && !in->ended)
        return 0;
    if (state == RNI_LINE_OPEN && in->line.strict)
        return rni_fault(s, RN_PHASE_READ, RN_E_EOF, RNI_CUT_LINE);
    line->len = cut.len;
    w->beg += state == RNI_LINE_OPEN ? cut.len : cut.taken;
    return 1;
}

/*
 * Walk over the lines of a whole text: count them and, where `to` is not NULL,
 * put them there, their texts at `text`. RN_OK, or what is wrong with the line
 * behind the last that was counted.
 */
static int
walk(rn_stream *s, size_t *count, rn_line *to, char *text)
{
    struct rni_window w = s->in.win;
    struct rni_line known = {.strict = s->in.line.strict};
    rn_line line = {.len = 0};
    int rc = 1;
    *count = 0;
    while (rni_window_len(&w) > 0 &&
           (rc = next_line(s, &known, &w, &line)) > 0) {
        if (to != NULL) {
            memcpy(text, line.text, line.len);
            text[line.len] = '\0';
            to[*count] = (rn_line){.text = text, .len = line.len};
            text += line.len + 1;
        }
        (*count)++;
    }
    return rc < 0 ? rc : RN_OK;
}

/* The window's lines into one piece of memory: the array, then the texts. */
static int
split(rn_stream *s, rn_lines *lines)
{
    size_t count;
    int rc = walk(s, &count, NULL, NULL);
    if (rc < 0)
        return rc;
    /* An empty line takes more memory than it is long: a peer that sends
     * nothing else can ask for more than there is on 32 bits. */
    size_t len = rni_window_len(&s->in.win);
    size_t size = rni_size_of_list(count, sizeof(rn_line), len);
    rn_line *line = size > 0 ? malloc(size) : NULL;
    if (line == NULL)
        return rni_fault(s, RN_PHASE_READ, RN_E_MEMORY, RNI_PLAIN);
    walk(s, &count, line, (char *)(line + count));
    lines->line = line;
    lines->count = count;
    return RN_OK;
}

/* Whether the rest ends here: at its end, or at a failure for good. A flush
 * that failed before a wait broke only the other direction, and what can be
 * repeated (LIMIT, MEMORY) may come before a failure that was told already. */
static bool
is_over(const rn_stream *s, int rc)
{
    return rc == RN_OK || (s->in.stuck < 0 && !rni_repeatable(rc));
}

/* Split and close. The first failure is the one to be told. */
static int
split_and_close(rn_stream *s, rn_lines *lines, int rc)
{
    uint_least64_t told = atomic_load(&s->fault);
    int refused = split(s, lines);
    if (refused < 0)
        return refused; /* LIMIT and the like take nothing */
    int closing = rni_begin_close_held(s);
    if (closing < 0) {
        rn_lines_free(lines);
        return closing;
    }
    rni_line_forget(&s->in.line);
    s->in.win.beg = s->in.win.end;
    int closed = closing > 0 ? rni_end_close_held(s) : RN_OK;
    if (rc == RN_OK)
        return closed;
    atomic_store(&s->fault, told);
    return rc;
}

int
rn_read_lines(rn_stream *s, rn_lines *lines)
{
    if (lines != NULL)
        memset(lines, 0, sizeof *lines);
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    if (lines == NULL) {
        rc = rni_fault(s, RN_PHASE_READ, RN_E_VALUE, RNI_NULL_ARGUMENT);
    } else {
        rc = gather(s);
        if (is_over(s, rc))
            rc = split_and_close(s, lines, rc);
    }
    rni_end_read(s);
    return rc;
}

void
rn_lines_free(rn_lines *lines)
{
    if (lines == NULL)
        return;
    free(lines->line);
    memset(lines, 0, sizeof *lines);
}

void
rn_release(void *data)
{
    free(data);
}
