/*
 * A line server for thousands of connections in one thread, on plain epoll(7).
 * runnel never waits here: a deadline of RN_NOW makes every call do what it can
 * and say RN_E_AGAIN otherwise; rn_wants tells what to watch for.
 *
 * usage: epoll_echo PORT [CONNECTIONS]   ends after so many, if given
 */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct client {
    rn_socket *s;
    const char *line; /* read, and not yet written back */
    size_t len;
    int ended; /* nothing more comes; what is unsent must still go */
};

/* Do what can be done without waiting. 0: this client is finished. */
static int
serve(struct client *c)
{
    int rc = RN_OK;
    while (rc == RN_OK && !c->ended) {
        if (c->line == NULL) {
            rc = rn_readln(c->s, &c->line, &c->len);
            if (rc == 0)
                c->ended = 1;
            if (rc <= 0)
                break;
        }
        rc = rn_writeln(c->s, c->line, c->len);
        if (rc == RN_OK)
            c->line = NULL;
    }
    if (rc < 0 && rc != RN_E_AGAIN)
        return 0;
    /* Not behind a refused write: were there room meanwhile, nothing would be
     * left to wait for, and nobody would repeat the write. */
    if (c->line == NULL)
        rc = rn_flush(c->s);
    return rc == RN_E_AGAIN || (rc == RN_OK && !c->ended);
}

static int
watch(int epoll, int how, struct client *c)
{
    int wants = rn_wants(c->s);
    struct epoll_event e = {.data.ptr = c};
    e.events = (wants & RN_READABLE ? EPOLLIN : 0u) |
        (wants & RN_WRITABLE ? EPOLLOUT : 0u);
    return epoll_ctl(epoll, how, rn_fd(c->s), &e);
}

static void
finish(struct client *c)
{
    rn_close(c->s); /* the descriptor leaves epoll by itself */
    rn_free(c->s);
    free(c);
}

/* Take all who are waiting at the door. */
static void
accept_all(rn_server *server, int epoll)
{
    rn_error err;
    rn_socket *s;
    while ((s = rn_accept(server, RN_BUFFERED, &err)) != NULL) {
        struct client *c = calloc(1, sizeof *c);
        if (c == NULL) {
            rn_free(s);
            continue;
        }
        c->s = s;
        rn_set_deadline(s, RN_BOTH, RN_NOW);
        if (serve(c) == 0 || watch(epoll, EPOLL_CTL_ADD, c) < 0)
            finish(c);
    }
    if (err.code != RN_E_AGAIN)
        fprintf(stderr, "%s\n", err.message);
}

int
main(int argc, char **argv)
{
    rn_error err;
    int left = argc > 2 ? atoi(argv[2]) : -1;
    rn_server *server =
        rn_listen(argc > 1 ? atoi(argv[1]) : 7007, "127.0.0.1", &err);
    if (server == NULL)
        return fprintf(stderr, "%s\n", err.message), 1;
    printf("%d\n", rn_server_port(server));
    fflush(stdout);
    rn_server_set_deadline(server, RN_NOW);

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event door = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, rn_server_fd(server), &door) < 0)
        return perror("epoll"), 1;
    while (left != 0) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (c == NULL) {
                accept_all(server, epoll);
            } else if (serve(c) == 0 || watch(epoll, EPOLL_CTL_MOD, c) < 0) {
                finish(c);
                left -= left > 0;
            }
        }
    }
    close(epoll);
    rn_server_free(server);
}
