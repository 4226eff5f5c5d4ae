/* SPDX-License-Identifier: MIT */
/*
 * Claims: one thread at a time in each half of a stream. A second one is told
 * BUSY; nobody ever waits for a lock while another waits for the network.
 */
#include <sched.h>

#include "stream.h"

int
rni_claim(atomic_int *claim)
{
    for (;;) {
        int seen = RNI_FREE;
        if (atomic_compare_exchange_weak_explicit(claim, &seen, RNI_CLAIMED,
                                                  memory_order_acquire,
                                                  memory_order_relaxed))
            return RN_OK;
        if (seen == RNI_CLAIMED || seen == RNI_SENDING)
            return RN_E_BUSY;
        /* The reader lent it for one send that does not wait. */
        if (seen == RNI_LENT)
            sched_yield();
    }
}

static int
refuse(rn_stream *s, atomic_int *claim, int phase, int code,
       enum rni_detail detail)
{
    rni_fault(s, phase, code, detail);
    atomic_store_explicit(claim, RNI_FREE, memory_order_release);
    return code;
}

int
rni_claim_both(rn_stream *s, bool holds_input)
{
    if (!holds_input && rni_claim(&s->in.claim) < 0)
        return RN_E_BUSY;
    if (rni_claim(&s->out.claim) == RN_OK)
        return RN_OK;
    if (!holds_input)
        rni_end_read(s);
    return RN_E_BUSY;
}

int
rni_taken(const rn_stream *s)
{
    return atomic_load_explicit(&s->closing, memory_order_relaxed) ? RN_E_CLOSED
                                                                   : RN_E_BUSY;
}

int
rni_begin_read(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (rni_claim(&s->in.claim) < 0)
        return rni_fault(s, RN_PHASE_READ, rni_taken(s), RNI_PLAIN);
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return refuse(s, &s->in.claim, RN_PHASE_READ, RN_E_CLOSED, RNI_PLAIN);
    if (s->ops->read == NULL)
        return refuse(s, &s->in.claim, RN_PHASE_READ, RN_E_UNSUPPORTED,
                      RNI_NOT_READABLE);
    s->in.wait.until = RNI_NOT_BEGUN;
    return RN_OK;
}

int
rni_begin_write(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (rni_claim(&s->out.claim) < 0)
        return rni_fault(s, RN_PHASE_WRITE, rni_taken(s), RNI_PLAIN);
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return refuse(s, &s->out.claim, RN_PHASE_WRITE, RN_E_CLOSED, RNI_PLAIN);
    if (s->ops->write == NULL)
        return refuse(s, &s->out.claim, RN_PHASE_WRITE, RN_E_UNSUPPORTED,
                      RNI_NOT_WRITABLE);
    s->out.wait.until = RNI_NOT_BEGUN;
    return RN_OK;
}

void
rni_end_read(rn_stream *s)
{
    atomic_store_explicit(&s->in.claim, RNI_FREE, memory_order_release);
}

void
rni_end_write(rn_stream *s)
{
    atomic_store_explicit(&s->out.claim, RNI_FREE, memory_order_release);
}
