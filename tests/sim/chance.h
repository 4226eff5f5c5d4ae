/* SPDX-License-Identifier: MIT */
/* Chance: two rows of numbers, wholly fixed by the seed. What the caller and
 * the peer mean to do comes from one, what the kernel does while the library
 * runs from the other, so that a change of the library's calls to the system
 * does not make a seed another story. */
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sim_chance_begin(uint64_t seed);
void sim_chance_of_kernel(bool kernel);

/* From `low` to `high`, both included. */
int sim_between(int low, int high);
size_t sim_size(size_t low, size_t high);

/* Once in `n` times; never for 0. */
bool sim_one_in(int n);

/* A size of any magnitude up to `most`: small ones as often as large ones. At
 * least 1. */
int64_t sim_magnitude(int64_t most);

/* A time up to `most`, of any magnitude in half the cases. At least 1. */
int64_t sim_span(int64_t most);

#endif
