/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's, in what is both C and C++: a line through a
 * connection to itself. It prints the version of the library that it runs with.
 */
#include <runnel.h>
#include <stdio.h>
#include <string.h>

static int
fail(const rn_error *err)
{
    fprintf(stderr, "consumer: %s\n", err->message);
    return 1;
}

int
main(void)
{
    rn_error err;
    const char *line = "";
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    if (server == NULL)
        return fail(&err);
    rn_socket *near_end =
        rn_connect("127.0.0.1", rn_server_port(server), RN_BUFFERED, &err);
    if (near_end == NULL)
        return fail(&err);
    rn_set_timeout(near_end, RN_BOTH, 10000);
    rn_server_set_timeout(server, 10000);
    rn_socket *far_end = rn_accept(server, RN_UNBUFFERED, &err);
    if (far_end == NULL)
        return fail(&err);
    if (rn_writeln(far_end, "hello", 5) < 0)
        return rn_error_of(far_end, &err), fail(&err);
    if (rn_readln(near_end, &line, NULL) < 0)
        return rn_error_of(near_end, &err), fail(&err);
    int same = strcmp(line, "hello") == 0;
    rn_free(near_end);
    rn_free(far_end);
    rn_server_free(server);
    puts(rn_version());
    return same ? 0 : 1;
}
