/* SPDX-License-Identifier: MIT */
/* runnel hostname */
#include <stdio.h>

#include "commands.h"
#include "exit.h"
#include "report.h"
#include "say.h"

static int
run(int count, char **args)
{
    (void)count;
    (void)args;
    char name[RN_HOST_SIZE];
    rn_error err;
    if (rn_host_name(name, sizeof name, &err) < 0)
        return complain(&err);
    if (settings.json == NULL)
        puts(name);
    report_text("name", name);
    report_ended("answer");
    return EXIT_FINE;
}

const struct command command_hostname = {
    .name = "hostname",
    .synopsis = "",
    .purpose = "print the name of this machine",
    .common = COMMON_REPORT,
    .run = run,
};
