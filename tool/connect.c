/* SPDX-License-Identifier: MIT */
/* runnel connect HOST PORT */
#include "tool.h"

int
cmd_connect(int argc, char **argv)
{
    if (argc != 3)
        return usage("connect HOST PORT");
    int port = parse_port(argv[2]);
    if (port < 0)
        return EXIT_USAGE;
    rn_error err;
    rn_socket *s = rn_connect(argv[1], port, RN_UNBUFFERED, &err);
    return s == NULL ? complain(&err) : converse(s);
}
