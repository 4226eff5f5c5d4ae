/* SPDX-License-Identifier: MIT */
/* runnel connect HOST PORT */
#include "address.h"
#include "commands.h"
#include "converse.h"
#include "say.h"

static int
run(int count, char **args)
{
    struct target target;
    int code = parse_target(count, args, &target);
    if (code != PARSED)
        return code;
    rn_error err;
    rn_socket *s = dial(&target, RN_UNBUFFERED, &err);
    return s == NULL ? complain(&err) : converse(s, target.text);
}

static const struct option_spec options[] = {CONVERSE_OPTIONS, {0}};

const struct command command_connect = {
    .name = "connect",
    .synopsis = "HOST PORT",
    .purpose = "send standard input to HOST, print what it answers",
    .more = "HOST:PORT, [IPV6]:PORT and unix:/path are fine, too. When the "
            "input ends, the\npeer is told (--eof=half) and its answer is "
            "printed until it ends.",
    .least = 1,
    .most = 2,
    .common = COMMON_TIME | COMMON_FAMILY | COMMON_NETWORK | COMMON_TLS |
        COMMON_LOG | COMMON_REPORT,
    .options = options,
    .prints_data = true,
    .run = run,
};
