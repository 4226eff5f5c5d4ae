/* Give every line back: the C server of the README. */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    rn_error err;
    rn_server *server = rn_listen(argc > 1 ? atoi(argv[1]) : 7007, NULL, &err);
    for (rn_socket *s; server && (s = rn_accept(server, RN_BUFFERED, &err)); rn_free(s)) {
        const char *line;
        for (size_t len; rn_readln(s, &line, &len) > 0;)
            rn_writeln(s, line, len);
        rn_close(s);
    }
    return fprintf(stderr, "%s\n", err.message), 1;
}
