/* SPDX-License-Identifier: MIT */
/*
 * The far end of the TLS benchmark: bare OpenSSL, a thread for each connection.
 * A client says in a line what it wants: "source BYTES" gets lines of 32 bytes,
 * "sink BYTES" has taken so many and answers with one, "hold" is left alone.
 * usage: far CERTIFICATE KEY; prints its port.
 */
#include <arpa/inet.h>
#include <err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE = 32,
    BLOCK = 65536
};

static SSL_CTX *ctx;
static char text[BLOCK];

static void
source(SSL *ssl, long long left)
{
    while (left > 0) {
        int n = left < BLOCK ? (int)left : BLOCK;
        if (SSL_write(ssl, text, n) != n)
            return;
        left -= n;
    }
    SSL_shutdown(ssl);
}

static void *
serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    SSL *ssl = SSL_new(ctx);
    static __thread char block[BLOCK];
    char wish[64] = "";
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, wish, sizeof wish - 1) > 0) {
        if (strncmp(wish, "source ", 7) == 0)
            source(ssl, atoll(wish + 7));
        long long left = strncmp(wish, "sink ", 5) == 0 ? atoll(wish + 5) : -1;
        for (int n; left != 0 && (n = SSL_read(ssl, block, BLOCK)) > 0;)
            left -= n;
        if (left == 0)
            SSL_write(ssl, "k", 1);
    }
    SSL_free(ssl);
    close(fd);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGPIPE, SIG_IGN);
    ctx = SSL_CTX_new(TLS_server_method());
    if (argc != 3 || SSL_CTX_use_certificate_chain_file(ctx, argv[1]) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[2], SSL_FILETYPE_PEM) != 1 ||
        bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        errx(1, "starting");
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    for (int i = 0; i < BLOCK; i++)
        text[i] = (char)(i % LINE == LINE - 1 ? '\n' : 'a' + i / LINE % 26);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 &&
            pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
