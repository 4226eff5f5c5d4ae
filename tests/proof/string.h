/* SPDX-License-Identifier: MIT */
/*
 * What the proof takes for granted of <string.h>: the C standard's words on
 * two functions, over unsigned char, which is what all of ours are called
 * with. (Frama-C's own contracts are over char, which its memory model keeps
 * apart.)
 */
#ifndef PROOF_STRING_H
#define PROOF_STRING_H
#define __FC_STRING_H_ /* this one stands in for Frama-C's */

#include <stddef.h>
#include <stdint.h>

/*@ requires \valid(to + (0 .. n - 1)) && \valid_read(from + (0 .. n - 1));
    requires \separated(to + (0 .. n - 1), from + (0 .. n - 1));
    assigns to[0 .. n - 1] \from from[0 .. n - 1];
    ensures \forall integer i; 0 <= i < n ==> to[i] == from[i];
*/
void proof_memcpy(unsigned char *to, const unsigned char *from, size_t n);
#define memcpy(to, from, n)                                                    \
    proof_memcpy((unsigned char *)(to), (const unsigned char *)(from), n)

/*@ requires \valid(to + (0 .. n - 1)) && \valid_read(from + (0 .. n - 1));
    assigns to[0 .. n - 1] \from from[0 .. n - 1];
    ensures \forall integer i; 0 <= i < n ==>
      to[i] == \at(from[\at(i, Post)], Pre);
*/
void proof_memmove(unsigned char *to, const unsigned char *from, size_t n);
#define memmove(to, from, n)                                                   \
    proof_memmove((unsigned char *)(to), (const unsigned char *)(from), n)

#endif
