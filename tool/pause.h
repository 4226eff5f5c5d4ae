/* SPDX-License-Identifier: MIT */
#ifndef PAUSE_H
#define PAUSE_H

#include "runnel.h"

/* Wait for that time, or for a signal that ends the program: RN_OK, or
 * RN_E_CANCELED, or another failure. Any thread. */
int pause_until(rn_time when);

#endif
