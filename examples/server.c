/* Give every line back: the C server of the README. */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    rn_error err;
    rn_server *server = rn_listen(argc > 1 ? atoi(argv[1]) : 7007, NULL, &err);
    rn_socket *s;
    while (server != NULL && (s = rn_accept(server, RN_BUFFERED, &err)) != NULL) {
        const char *line;
        size_t len;
        while (rn_readln(s, &line, &len) > 0)
            rn_writeln(s, line, len);
        rn_close(s);
        rn_free(s);
    }
    return fprintf(stderr, "%s\n", err.message), 1;
}
