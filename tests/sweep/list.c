/* SPDX-License-Identifier: MIT */
/* Which runs there are, and what they reached. */
#include <string.h>

#include "runner.h"

static void
add_run(const struct sw_order *order, struct run r)
{
    static long seen;
    if (seen++ % order->every == 0 && all->run_count < RUNS)
        all->run[all->run_count++] = r;
}

void
sw_list_single(const struct sw_order *order)
{
    for (int s = 0; s < sw_scenario_count; s++)
        for (int p = 0; p < all->points[s]; p++) {
            int first = 0;
            int count = sw_faults_of(all->call_at[s][p], &first);
            for (int f = first; f < first + count; f++)
                for (int mode = SW_ONCE; mode <= SW_ALWAYS; mode++)
                    add_run(order,
                            (struct run){.scenario = (unsigned short)s,
                                         .point = (unsigned short)p,
                                         .fault = (unsigned short)f,
                                         .mode = (unsigned short)mode});
        }
}

/* A number below `n`, the next of a sequence that the seed begins (xorshift).
 */
static unsigned
pick(uint64_t *state, unsigned n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)(*state >> 33) % n;
}

void
sw_list_pairs(const struct sw_order *order)
{
    uint64_t state = (uint64_t)order->seed * 0x9e3779b97f4a7c15u + 1;
    while (all->run_count < order->pairs && all->run_count < RUNS) {
        int s = (int)pick(&state, (unsigned)sw_scenario_count);
        int points = all->points[s];
        if (points < 2)
            continue;
        int p = (int)pick(&state, (unsigned)points - 1);
        int first = 0;
        int count = sw_faults_of(all->call_at[s][p], &first);
        /* Near the first more often than far, where the first still shows. */
        unsigned reach = pick(&state, 4) > 0 ? 12 : (unsigned)points;
        all->run[all->run_count++] = (struct run){
            .scenario = (unsigned short)s,
            .point = (unsigned short)p,
            .fault =
                (unsigned short)(first + (int)pick(&state, (unsigned)count)),
            .mode = SW_PAIR,
            .point2 = (unsigned short)(p + 1 + (int)pick(&state, reach)),
            .pick2 = (unsigned short)pick(&state, 1000)};
    }
}

int
sw_count_kinds(long *points, long *missed)
{
    const char *names[SW_CALL_COUNT];
    int kinds = 0;
    for (int s = 0; s < sw_scenario_count; s++)
        for (int p = 0; p < all->points[s]; p++) {
            const char *name = sw_call_name(all->call_at[s][p]);
            int i = 0;
            (*points)++;
            *missed += atomic_load(&all->met[s][p]) == 0;
            while (i < kinds && strcmp(names[i], name) != 0)
                i++;
            if (i == kinds)
                names[kinds++] = name;
        }
    return kinds;
}
