/* SPDX-License-Identifier: MIT */
/* Reading lines, one at a time: rn_readln, rn_line_ending, rn_skip_line. */
#include "stream.h"

/* Take the line that `cut` describes; 1. */
static int
take(struct rni_input *in, const struct rni_cut *cut)
{
    in->win.beg += cut->taken;
    in->ending = cut->ending;
    in->owes_lf = cut->owes_lf;
    return 1;
}

/* Lend the line of `n` bytes at `text`. */
static inline void
lend(unsigned char *text, size_t n, const char **line, size_t *len)
{
    text[n] = '\0';
    *line = (const char *)text;
    if (len != NULL)
        *len = n;
}

/* Take the first of the lines that were found: 1. They are within the limit and
 * end as in->ending says (take_there). */
static inline int
take_found(struct rni_input *in, const char **line, size_t *len)
{
    unsigned char *text = in->win.base + in->win.beg;
    lend(text, rni_line_take(&in->line, &in->win), line, len);
    return 1;
}

/* Take a line of the common kinds that is there already, looking for it: 1, or
 * 0. Only the first that is found can be longer than 64 bytes. */
static inline int
take_there(struct rni_input *in, const char **line, size_t *len)
{
    if (!rni_line_look(&in->line, &in->win) ||
        rni_line_len(&in->line, &in->win) > in->max_line)
        return 0;
    in->ending = in->line.run.cr != 0 ? RN_ENDING_CRLF : RN_ENDING_LF;
    take_found(in, line, len);
    if (in->max_line < RNI_MARKED)
        rni_line_forget(&in->line);
    return 1;
}

static int
take_and_lend(struct rni_input *in, const struct rni_cut *cut,
              const char **line, size_t *len)
{
    lend(in->win.base + in->win.beg, cut->len, line, len);
    return take(in, cut);
}

/* A last line that has no ending. */
static int
take_last(rn_stream *s, struct rni_cut *cut, const char **line, size_t *len)
{
    struct rni_input *in = &s->in;
    if (in->line.strict)
        return rni_fault(s, RN_PHASE_READ, RN_E_EOF, RNI_CUT_LINE);
    cut->taken = cut->len;
    cut->ending = RN_ENDING_NONE;
    return take_and_lend(in, cut, line, len);
}

/* Take a line of whatever kind, waiting for it. */
static int
next_line(rn_stream *s, const char **line, size_t *len)
{
    struct rni_input *in = &s->in;
    while (!take_there(in, line, len)) {
        struct rni_cut cut;
        enum rni_line_state state = rni_line_cut(&in->line, &in->win, &cut);
        if (cut.len > in->max_line)
            return rni_fault(s, RN_PHASE_READ, RN_E_LIMIT, RNI_LONG_LINE);
        if (state == RNI_LINE_ENDED)
            return take_and_lend(in, &cut, line, len);
        if (state == RNI_LINE_BARE)
            return rni_fault(s, RN_PHASE_READ, RN_E_NEWLINE, RNI_PLAIN);
        ptrdiff_t r = rni_fill(s);
        if (r < 0)
            return (int)r;
        if (r == 0 && rni_window_len(&in->win) == 0)
            return 0;
        if (r == 0)
            return take_last(s, &cut, line, len);
    }
    return 1;
}

/* The whole of rn_readln. */
static RNI_APART int
readln(rn_stream *s, const char **line, size_t *len)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    rc = line == NULL
        ? rni_fault(s, RN_PHASE_READ, RN_E_VALUE, RNI_NULL_ARGUMENT)
        : next_line(s, line, len);
    rni_end_read(s);
    return rc;
}

/* The same where nothing disturbs and no line has been found. */
static RNI_APART int
look_and_readln(rn_stream *s, const char **line, size_t *len)
{
    return take_there(&s->in, line, len) ? 1 : readln(s, line, len);
}

/* Lines come by the thousand, and most take the first way of the three. */
int
rn_readln(rn_stream *s, const char **line, size_t *len)
{
    if (s == NULL || line == NULL || !rni_is_undisturbed(s, &s->in.claim))
        return readln(s, line, len);
    if (s->in.line.run.ends == 0)
        return look_and_readln(s, line, len);
    return take_found(&s->in, line, len);
}

rn_ending
rn_line_ending(const rn_stream *s)
{
    return s == NULL ? RN_ENDING_NONE : (rn_ending)s->in.ending;
}

static int
skip_line(rn_stream *s)
{
    struct rni_input *in = &s->in;
    for (;;) {
        struct rni_cut cut;
        switch (rni_line_cut(&in->line, &in->win, &cut)) {
        case RNI_LINE_ENDED:
            return take(in, &cut);
        case RNI_LINE_BARE:
            in->win.beg += cut.taken;
            continue;
        case RNI_LINE_OPEN:
            in->win.beg += cut.len; /* all but a CR that waits for its LF */
            break;
        }
        ptrdiff_t r = rni_fill(s);
        if (r < 0)
            return (int)r;
        if (r == 0) {
            in->win.beg = in->win.end;
            return 0;
        }
    }
}

int
rn_skip_line(rn_stream *s)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    rc = skip_line(s);
    rni_end_read(s);
    return rc;
}
