/* SPDX-License-Identifier: MIT */
/* runnel lookup NAME-OR-ADDRESS */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit.h"
#include "interrupt.h"
#include "report.h"
#include "say.h"

static int
run(int count, char **args)
{
    (void)count;
    rn_lookup_options o = {.family = (rn_family)settings.family,
                           .deadline = settings.deadline,
                           .cancel = interrupt_token()};
    char text[RN_HOST_SIZE];
    rn_error err;
    report_text("target", args[0]);
    int rc = rn_host_by_name_with(args[0], &o, text, sizeof text, &err);
    /* What comes back as it is was an address: the question is its name. */
    bool name = rc == RN_OK && strcmp(text, args[0]) == 0;
    if (name)
        rc = rn_host_by_address_with(args[0], &o, text, sizeof text, &err);
    if (rc < 0)
        return complain(&err);
    if (settings.json == NULL)
        puts(text);
    report_text(name ? "name" : "address", text);
    report_ended("answer");
    return EXIT_FINE;
}

const struct command command_lookup = {
    .name = "lookup",
    .synopsis = "NAME-OR-ADDRESS",
    .purpose = "print the address of a name, or the name of an address",
    .least = 1,
    .most = 1,
    .common = COMMON_DEADLINE | COMMON_FAMILY | COMMON_REPORT,
    .run = run,
};
