/* SPDX-License-Identifier: MIT */
/* Bare SSL_read and SSL_write: the limit for the TLS benchmark. */
#include "client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <unistd.h>

static SSL_CTX *ctx;
static int port;

static SSL *
connected(const char *wish)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SSL *ssl = SSL_new(ctx);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        err(1, "connecting");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SSL_set_fd(ssl, fd);
    SSL_set1_host(ssl, "a.example");
    SSL_set_tlsext_host_name(ssl, "a.example");
    if (SSL_connect(ssl) != 1 || SSL_write(ssl, wish, (int)strlen(wish)) <= 0)
        errx(1, "TLS");
    return ssl;
}

static long long
bulk_read(SSL *ssl)
{
    long long total = 0;
    for (int n; (n = SSL_read(ssl, block, BLOCK)) > 0;)
        total += n;
    return total;
}

static long long
readln(SSL *ssl)
{
    long long total = 0;
    size_t have = 0;
    for (int n; (n = SSL_read(ssl, block + have, (int)(BLOCK - have))) > 0;) {
        char *at = block;
        have += (size_t)n;
        for (char *end;
             (end = memchr(at, '\n', (size_t)(block + have - at))) != NULL;
             at = end + 1)
            total += end - at + 1;
        have -= (size_t)(at - block);
        memmove(block, at, have);
    }
    return total;
}

static long long
bulk_write(SSL *ssl, long count)
{
    char answer;
    for (long i = 0; i < count; i++)
        if (SSL_write(ssl, block, BLOCK) != BLOCK)
            errx(1, "writing");
    return SSL_read(ssl, &answer, 1) == 1 ? count * BLOCK : 0;
}

int
main(int argc, char **argv)
{
    char wish[64];
    ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (argc != 5 || SSL_CTX_load_verify_file(ctx, argv[3]) != 1)
        return 2;
    long count = atol(argv[4]);
    port = atoi(argv[2]);
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
