/* SPDX-License-Identifier: MIT */
/* runnel listen PORT [ADDRESS]: one connection, on loopback unless told
 * otherwise. */
#include <stdio.h>

#include "tool.h"

int
cmd_listen(int argc, char **argv)
{
    if (argc < 2 || argc > 3)
        return usage("listen PORT [ADDRESS]");
    int port = parse_port(argv[1]);
    if (port < 0)
        return EXIT_USAGE;
    rn_error err;
    rn_server *server = rn_listen(port, argc > 2 ? argv[2] : "127.0.0.1", &err);
    if (server == NULL)
        return complain(&err);
    fprintf(stderr, "listening on %s:%d\n", rn_server_address(server),
            rn_server_port(server));
    rn_socket *s = rn_accept(server, RN_UNBUFFERED, &err);
    rn_server_free(server);
    if (s == NULL)
        return complain(&err);
    fprintf(stderr, "connection from %s:%d\n", rn_remote_address(s),
            rn_remote_port(s));
    return converse(s);
}
