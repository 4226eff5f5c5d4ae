/* SPDX-License-Identifier: MIT */
/* runnel in the TLS benchmark. */
#include "client.h"

#include <runnel_tls.h>

static rn_tls_options options = {.name = "a.example"};
static int port;

static rn_stream *
connected(const char *wish)
{
    rn_error error;
    rn_stream *s =
        rn_tls_connect("127.0.0.1", port, RN_BUFFERED, &options, &error);
    if (s == NULL || rn_write(s, wish, strlen(wish)) < 0 || rn_flush(s) < 0)
        errx(1, "%s", error.message);
    return s;
}

static long long
bulk_read(rn_stream *s)
{
    long long total = 0;
    for (ptrdiff_t n; (n = rn_read_some(s, block, BLOCK)) > 0;)
        total += n;
    return total;
}

static long long
readln(rn_stream *s)
{
    long long total = 0;
    const char *line;
    for (size_t len; rn_readln(s, &line, &len) > 0;)
        total += (long long)len + 1;
    return total;
}

static long long
bulk_write(rn_stream *s, long count)
{
    char answer;
    for (long i = 0; i < count; i++)
        if (rn_write(s, block, BLOCK) != RN_OK)
            errx(1, "writing");
    rn_flush(s);
    return rn_read(s, &answer, 1) == 1 ? count * BLOCK : 0;
}

int
main(int argc, char **argv)
{
    char wish[64];
    if (argc != 5)
        return 2;
    long count = atol(argv[4]);
    port = atoi(argv[2]);
    options.ca_file = argv[3];
    options.config = rn_tls_config_new(&options, NULL);
    if (strcmp(argv[1], "idle") == 0) {
        connected("hold\n");
        size_t before = heap_used();
        for (long i = 0; i < count; i++)
            connected("hold\n");
        printf("%zu\n", (heap_used() - before) / (size_t)count);
        return 0;
    }
    long size = strcmp(argv[1], "readln") == 0 ? LINE : BLOCK;
    int writes = strcmp(argv[1], "write") == 0;
    snprintf(wish, sizeof wish, "%s %ld\n", writes ? "sink" : "source",
             size * count);
    if (writes)
        printf("%lld\n", bulk_write(connected(wish), count));
    else if (size == LINE)
        printf("%lld\n", readln(connected(wish)));
    else
        printf("%lld\n", bulk_read(connected(wish)));
    return 0;
}
