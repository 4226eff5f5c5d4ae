/* SPDX-License-Identifier: MIT */
/* The table that the core offers: core.offer, as a light userdata. */
#include "offer.h"

#include "lend.h"

#define HAND_OVER(result, name, parameters, arguments) .name = (name),
#define HAND_OVER_VOID(name, parameters, arguments) .name = (name),

const struct rl_offer rl_offer = {.sizes = RL_OFFER_SIZES,
                                  .rn_version = rn_version,
                                  .rl_bad_self = rl_bad_self,
                                  RL_OFFERED(HAND_OVER, HAND_OVER_VOID)};
