/* SPDX-License-Identifier: MIT */
/* Fuzz target: the line rule, its long way and its short one, against a
 * reference that looks at one byte after the other. The first byte chooses the
 * strict mode and how the rest arrives, the second the limit of the short way
 * and whether it takes all that it can or every other line.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/stream/line.h"
#include "runnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool fine)
{
    if (!fine)
        abort();
}

/* What rni_line_cut should say of the bytes [at, end). */
static enum rni_line_state
reference(const uint8_t *text, size_t at, size_t end, bool strict,
          struct rni_cut *cut)
{
    size_t i = at;
    while (i < end && text[i] != '\r' && text[i] != '\n')
        i++;
    bool more = i + 1 < end;
    *cut = (struct rni_cut){.len = i - at, .taken = i - at + 1};
    if (i == end)
        return RNI_LINE_OPEN;
    if (text[i] == '\n') {
        cut->ending = RN_ENDING_LF;
        return strict ? RNI_LINE_BARE : RNI_LINE_ENDED;
    }
    if (more && text[i + 1] == '\n') {
        cut->ending = RN_ENDING_CRLF;
        cut->taken++;
        return RNI_LINE_ENDED;
    }
    cut->ending = RN_ENDING_CR;
    cut->owes_lf = !more;
    if (!strict)
        return RNI_LINE_ENDED;
    return more ? RNI_LINE_BARE : RNI_LINE_OPEN;
}

static void
compare(const struct rni_cut *a, const struct rni_cut *b,
        enum rni_line_state state)
{
    check(a->len == b->len);
    if (state != RNI_LINE_ENDED)
        return;
    check(a->taken == b->taken && a->ending == b->ending);
    check(a->owes_lf == b->owes_lf);
}

/* The short way, held to the reference: false where it takes no line. */
static bool
take_found(struct rni_line *line, struct rni_window *w, const uint8_t *text,
           size_t most)
{
    struct rni_cut want;
    size_t beg = w->beg;
    enum rni_line_state state =
        reference(text, beg, w->end, line->strict, &want);
    bool is_lf = state == RNI_LINE_ENDED && want.ending == RN_ENDING_LF;
    if (!rni_line_look(line, w)) {
        check(w->beg == beg && !is_lf);
        return false;
    }
    check(state == RNI_LINE_ENDED && !want.owes_lf);
    check(rni_line_len(line, w) == want.len && w->beg == beg);
    if (want.len > most)
        return false;
    check(rni_line_take(line, w) == want.len && w->beg == beg + want.taken);
    check(want.ending == (line->run.cr == 1 ? RN_ENDING_CRLF : RN_ENDING_LF));
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct rni_line line = {.strict = data[0] & 1};
    size_t step = (size_t)(data[0] >> 1) + 1;
    size_t most = data[1] >> 1;
    bool by_turns = data[1] & 1;
    const uint8_t *text = data + 2;
    size -= 2;
    /* Exactly as large as it is, so that a look behind the end is seen. */
    unsigned char *memory = malloc(size + 1);
    struct rni_window w = {.base = memory, .cap = size};
    memory[size] = 0;
    while (w.end < size) {
        size_t n = size - w.end < step ? size - w.end : step;
        rni_window_put(&w, text + w.end, n);
        for (;;) {
            if (take_found(&line, &w, text, most) && !by_turns)
                continue;
            struct rni_cut cut, want;
            enum rni_line_state state = rni_line_cut(&line, &w, &cut);
            check(state == reference(text, w.beg, w.end, line.strict, &want));
            compare(&cut, &want, state);
            if (state == RNI_LINE_OPEN)
                break;
            w.beg += state == RNI_LINE_ENDED ? cut.taken : cut.len + 1;
        }
    }
    free(memory);
    return 0;
}
