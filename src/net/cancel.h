/* SPDX-License-Identifier: MIT */
/* The inside of a cancel token, for those who wait. */
#ifndef RNI_CANCEL_H
#define RNI_CANCEL_H

struct rn_cancel {
    int fd; /* readable from set to reset */
};

#endif
