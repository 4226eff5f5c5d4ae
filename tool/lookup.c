/* SPDX-License-Identifier: MIT */
/* runnel lookup NAME-OR-ADDRESS */
#include <stdio.h>
#include <string.h>

#include "tool.h"

int
cmd_lookup(int argc, char **argv)
{
    if (argc != 2)
        return usage("lookup NAME-OR-ADDRESS");
    char text[RN_HOST_SIZE];
    rn_error err;
    int rc = rn_host_by_name(argv[1], text, sizeof text, &err);
    /* What comes back as it is was an address: the question is its name. */
    if (rc == RN_OK && strcmp(text, argv[1]) == 0)
        rc = rn_host_by_address(argv[1], text, sizeof text, &err);
    if (rc < 0)
        return complain(&err);
    puts(text);
    return EXIT_FINE;
}
