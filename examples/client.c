/* Fetch a page: the C client of the README. */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    rn_error err;
    rn_socket *s = rn_connect(argv[1], argc > 2 ? atoi(argv[2]) : 80, RN_BUFFERED, &err);
    if (s == NULL)
        return fprintf(stderr, "%s\n", err.message), 1;
    rn_printf(s, "GET / HTTP/1.0\r\n\r\n"); /* goes out before a read waits */
    for (const char *line; rn_readln(s, &line, NULL) > 0;)
        puts(line);
    rn_close(s);
    rn_free(s);
}
