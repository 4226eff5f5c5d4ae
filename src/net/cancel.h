/* SPDX-License-Identifier: MIT */
/* The inside of a cancel token, for those who wait. */
#ifndef RNI_CANCEL_H
#define RNI_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

struct rn_cancel {
    atomic_bool set;
    int fd; /* readable from set to reset */
};

#endif
