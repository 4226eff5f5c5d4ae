/* SPDX-License-Identifier: MIT */
/*
 * The fault sweep: every call to the system of every scenario fails in turn.
 * usage: sweep [--every N] [--pairs COUNT] [--seed N] [--jobs N]
 *              [--only SCENARIO] [--kinds N] [--faults N]
 * --kinds and --faults: how many there must be at least.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

static long *
place_of(struct sw_order *o, const char *name)
{
    const struct {
        const char *name;
        long *at;
    } options[] = {
        {"--every", &o->every}, {"--pairs", &o->pairs},
        {"--seed", &o->seed},   {"--jobs", &o->jobs},
        {"--kinds", &o->kinds}, {"--faults", &o->faults},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].at;
    return NULL;
}

int
main(int argc, char **argv)
{
    struct sw_order order = {.every = 1, .jobs = 2, .seed = 1};
    for (int i = 1; i < argc; i++) {
        long *at = place_of(&order, argv[i]);
        if (i + 1 < argc && strcmp(argv[i], "--only") == 0) {
            order.only = argv[++i];
        } else if (i + 1 < argc && at != NULL) {
            *at = atol(argv[++i]);
        } else {
            fprintf(stderr,
                    "usage: %s [--every N] [--pairs COUNT] [--seed N] "
                    "[--jobs N] [--kinds N] [--faults N] "
                    "[--only SCENARIO]\n",
                    argv[0]);
            return 2;
        }
    }
    return sw_sweep(&order);
}
