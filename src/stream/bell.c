/* SPDX-License-Identifier: MIT */
#include "bell.h"

#include <sched.h>

/* Either the one who rings sees that the token is gone, or it is seen ringing:
 * each writes its own word before it reads the other's. */
void
rni_bell_hang(struct rni_bell *bell, rn_cancel *token)
{
    atomic_store(&bell->token, token);
    while (token == NULL && atomic_load(&bell->ringing))
        sched_yield();
}

bool
rni_bell_ring(struct rni_bell *bell)
{
    atomic_store(&bell->ringing, true);
    rn_cancel *token = atomic_load(&bell->token);
    rn_cancel_set(token);
    atomic_store(&bell->ringing, false);
    return token != NULL;
}
