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

/* A last line that has no ending. */
static int
take_last(rn_stream *s, struct rni_cut *cut)
{
    struct rni_input *in = &s->in;
    if (in->line.strict)
        return rni_fault(s, RN_PHASE_READ, RN_E_EOF, RNI_CUT_LINE);
    cut->taken = cut->len;
    cut->ending = RN_ENDING_NONE;
    return take(in, cut);
}

static int
next_line(rn_stream *s, struct rni_cut *cut)
{
    struct rni_input *in = &s->in;
    for (;;) {
        enum rni_line_state state = rni_line_cut(&in->line, &in->win, cut);
        if (cut->len > in->max_line)
            return rni_fault(s, RN_PHASE_READ, RN_E_LIMIT, RNI_LONG_LINE);
        if (state == RNI_LINE_ENDED)
            return take(in, cut);
        if (state == RNI_LINE_BARE)
            return rni_fault(s, RN_PHASE_READ, RN_E_NEWLINE, RNI_PLAIN);
        ptrdiff_t r = rni_fill(s);
        if (r < 0)
            return (int)r;
        if (r == 0 && rni_window_len(&in->win) == 0)
            return 0;
        if (r == 0)
            return take_last(s, cut);
    }
}

int
rn_readln(rn_stream *s, const char **line, size_t *len)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    if (line == NULL) {
        rc = rni_fault(s, RN_PHASE_READ, RN_E_VALUE, RNI_NULL_ARGUMENT);
    } else {
        struct rni_cut cut;
        rc = next_line(s, &cut);
        if (rc > 0) {
            const struct rni_window *w = &s->in.win;
            unsigned char *text = w->base + w->beg - cut.taken;
            text[cut.len] = '\0';
            *line = (const char *)text;
            if (len != NULL)
                *len = cut.len;
        }
    }
    rni_end_read(s);
    return rc;
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
