/* SPDX-License-Identifier: MIT */
/* A program of somebody else's that uses TLS: it refuses a peer that has none.
 * It prints the version of the library that it runs with. */
#include <runnel_tls.h>
#include <stdio.h>

int
main(void)
{
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    if (server == NULL)
        return fprintf(stderr, "consumer: %s\n", err.message), 1;
    rn_socket *near_end =
        rn_connect("127.0.0.1", rn_server_port(server), RN_BUFFERED, &err);
    rn_socket *far_end = rn_accept(server, RN_UNBUFFERED, &err);
    rn_writeln(far_end, "this is not TLS", 15);
    rn_stream *s = rn_tls_start(near_end, NULL, &err);
    if (s != NULL || err.code != RN_E_TLS)
        return fprintf(stderr, "consumer: %s\n", err.message), 1;
    rn_free(near_end);
    rn_free(far_end);
    rn_server_free(server);
    puts(rn_version());
}
