/* SPDX-License-Identifier: MIT */
/* What a stream of a user's kind has beyond others: words for its failures, and
 * perhaps another stream below it that its bytes go through. */
#ifndef RNI_LAYER_H
#define RNI_LAYER_H

#include "stream.h"

/* Why calls failed with a code, for rn_error_of. */
struct rni_why {
    int code;
    char reason[];
};

struct rni_layer {
    rn_stream *below;      /* or NULL */
    atomic_size_t pending; /* what it can give without asking anybody */
    _Atomic(struct rni_why *) why[2]; /* by direction, as rn_stream's phase */
};

/* The stream below, or NULL. */
static inline rn_stream *
rni_below(const rn_stream *s)
{
    return s->layer == NULL ? NULL : s->layer->below;
}

/* The stream that all others are over: the one with a descriptor. */
static inline const rn_stream *
rni_lowest(const rn_stream *s)
{
    while (rni_below(s) != NULL)
        s = rni_below(s);
    return s;
}

/* The stream, itself or one below it, that can wait or wake; or NULL. */
rn_stream *rni_who_waits(rn_stream *s);
rn_stream *rni_who_wakes(rn_stream *s);

/* Whether the kind is still agreeing with its peer on something (rn_explain
 * with a phase), so that calls in either direction need both. */
static inline bool
rni_is_agreeing(const rn_stream *s)
{
    return atomic_load_explicit(&s->phase[0], memory_order_relaxed) != 0;
}

/* The same of it, or of one below it. */
bool rni_is_any_agreeing(const rn_stream *s);

/* What calls in these directions, which did not get on, wait for: directions of
 * the stream that waits for them (rni_who_waits). */
int rni_needs(const rn_stream *s, int directions);

/* Ask the kind what it can give without asking anybody. */
void rni_ask_pending(rn_stream *s);

/* What to say of a failure in `phase`: the phase that rn_explain chose, and the
 * reason, or NULL. */
int rni_explained_phase(const rn_stream *s, int phase);
const char *rni_explained(const rn_stream *s, int phase, int code);

/* rn_below_farewell, but for what only a connection knows. */
int rni_below_farewell(rn_stream *below, const void *data, size_t len,
                       const rn_wait *wait);

/* Free the layer's own memory and the stream below, which is closed. */
void rni_layer_free(struct rni_layer *layer);

#endif
