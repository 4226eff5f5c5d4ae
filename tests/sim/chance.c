/* SPDX-License-Identifier: MIT */
/* Chance (splitmix64). */
#include "chance.h"

static uint64_t states[2];
static uint64_t *row = states;

void
sim_chance_begin(uint64_t seed)
{
    states[0] = seed * UINT64_C(0xd1342543de82ef95);
    states[1] = ~states[0];
    row = states;
}

void
sim_chance_of_kernel(bool kernel)
{
    row = states + kernel;
}

static uint64_t
draw(void)
{
    uint64_t z = (*row += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t
sim_size(size_t low, size_t high)
{
    return low + (size_t)(draw() % (high - low + 1));
}

int
sim_between(int low, int high)
{
    return low + (int)(draw() % (uint64_t)(high - low + 1));
}

bool
sim_one_in(int n)
{
    return n > 0 && draw() % (uint64_t)n == 0;
}

int64_t
sim_magnitude(int64_t most)
{
    int bits = 0;
    while (bits < 62 && most >> (bits + 1) > 0)
        bits++;
    int64_t below = INT64_C(2) << sim_between(0, bits);
    int64_t n = 1 + (int64_t)(draw() % (uint64_t)below);
    return n < most ? n : most;
}

int64_t
sim_span(int64_t most)
{
    if (sim_one_in(2))
        return 1 + (int64_t)(draw() % (uint64_t)most);
    return most < 1000 ? 1 : sim_magnitude(most / 1000) * 1000;
}
