/* SPDX-License-Identifier: MIT */
/* The arithmetic of memory sizes; none of it overflows, whatever the peer
 * sends. */
#ifndef RNI_SIZE_H
#define RNI_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* The next capacity from `cap` on, in steps from `least` (> 0), that holds
 * `need` bytes and one more; 0 if none can. */
/*@ requires least > 0;
    assigns \nothing;
    ensures \result == 0 || need <= \result < PTRDIFF_MAX;
    ensures \result == 0 || (cap <= \result && least <= \result);
    ensures (need <= PTRDIFF_MAX / 2 && cap <= PTRDIFF_MAX / 2 &&
             least <= PTRDIFF_MAX / 2) ==> \result > 0;
    ensures need > cap > least ==> \result < 2 * need;
*/
size_t rni_size_grown(size_t cap, size_t need, size_t least);

/* The memory of a list: `count` entries of `each` bytes (> 0, and few), texts
 * of `bytes` bytes in all with a NUL behind each, and one byte, so that it is
 * never 0; 0 if that is more than memory can be. */
/*@ requires 0 < each < PTRDIFF_MAX;
    assigns \nothing;
    behavior fits:
      assumes count * (each + 1) + bytes + 1 <= PTRDIFF_MAX;
      ensures \result == count * (each + 1) + bytes + 1;
    behavior does_not:
      assumes count * (each + 1) + bytes + 1 > PTRDIFF_MAX;
      ensures \result == 0;
*/
size_t rni_size_of_list(size_t count, size_t each, size_t bytes);

#endif
