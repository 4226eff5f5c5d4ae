/* SPDX-License-Identifier: MIT */
/*
 * Claims: one thread at a time in each half of a stream. A second one is told
 * BUSY; nobody ever waits for a lock while another waits for the network.
 */
#include <sched.h>

#include "stream.h"

bool
rni_claim(atomic_int *claim)
{
    for (;;) {
        int seen = RNI_FREE;
        if (atomic_compare_exchange_weak_explicit(claim, &seen, RNI_CLAIMED,
                                                  memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
        if (seen == RNI_CLAIMED || seen == RNI_SENDING)
            return false;
        /* The reader lent it for one send that does not wait. */
        sched_yield();
    }
}

int
rni_claim_both(rn_stream *s, bool holds_input)
{
    if (!holds_input && !rni_claim(&s->in.claim))
        return RN_E_BUSY;
    if (rni_claim(&s->out.claim))
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
rni_blocked(rn_stream *s, atomic_int *claim, int phase, bool claimed)
{
    if (!claimed && !rni_claim(claim))
        return rni_fault(s, phase, rni_taken(s), RNI_PLAIN);
    bool reads = phase == RN_PHASE_READ;
    int code = RN_OK;
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        code = rni_fault(s, phase, RN_E_CLOSED, RNI_PLAIN);
    else if (!(reads ? s->in.exists : s->out.exists))
        code = rni_fault(s, phase, RN_E_UNSUPPORTED,
                         reads ? RNI_NOT_READABLE : RNI_NOT_WRITABLE);
    if (code < 0)
        atomic_store_explicit(claim, RNI_FREE, memory_order_release);
    return code;
}
