/*
 * A line server for thousands of connections in one thread, in libuv's loop.
 * runnel never waits here: a deadline of RN_NOW makes every call do what it can
 * and say RN_E_AGAIN otherwise; rn_wants tells what uv_poll should watch for.
 *
 * usage: uv_echo PORT [CONNECTIONS]   ends after so many, if given
 */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static int left = -1; /* connections to serve; -1: no end */

struct client {
    uv_poll_t poll;
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

static void
release(uv_handle_t *handle)
{
    struct client *c = handle->data;
    uv_loop_t *loop = handle->loop;
    rn_free(c->s);
    free(c);
    if (left > 0 && --left == 0)
        uv_stop(loop);
}

static void
ready(uv_poll_t *poll, int status, int events)
{
    struct client *c = poll->data;
    (void)events;
    if (status == 0 && serve(c)) {
        int wants = rn_wants(c->s);
        uv_poll_start(poll,
                      (wants & RN_READABLE ? UV_READABLE : 0) |
                          (wants & RN_WRITABLE ? UV_WRITABLE : 0),
                      ready);
        return;
    }
    uv_poll_stop(poll); /* before the descriptor goes */
    rn_close(c->s);
    uv_close((uv_handle_t *)poll, release);
}

/* Take all who are waiting at the door. */
static void
accept_all(uv_poll_t *door, int status, int events)
{
    rn_server *server = door->data;
    rn_error err;
    rn_socket *s;
    (void)status;
    (void)events;
    while ((s = rn_accept(server, RN_BUFFERED, &err)) != NULL) {
        struct client *c = calloc(1, sizeof *c);
        if (c == NULL || uv_poll_init(door->loop, &c->poll, rn_fd(s)) != 0) {
            free(c);
            rn_free(s);
            continue;
        }
        c->s = s;
        c->poll.data = c;
        rn_set_deadline(s, RN_BOTH, RN_NOW);
        ready(&c->poll, 0, UV_READABLE);
    }
    if (err.code != RN_E_AGAIN)
        fprintf(stderr, "%s\n", err.message);
}

int
main(int argc, char **argv)
{
    rn_error err;
    uv_poll_t door;
    uv_loop_t *loop = uv_default_loop();
    left = argc > 2 ? atoi(argv[2]) : -1;
    rn_server *server =
        rn_listen(argc > 1 ? atoi(argv[1]) : 7007, "127.0.0.1", &err);
    if (server == NULL)
        return fprintf(stderr, "%s\n", err.message), 1;
    printf("%d\n", rn_server_port(server));
    fflush(stdout);
    rn_server_set_deadline(server, RN_NOW);
    door.data = server;
    uv_poll_init(loop, &door, rn_server_fd(server));
    uv_poll_start(&door, UV_READABLE, accept_all);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&door, NULL);
    uv_run(loop, UV_RUN_DEFAULT); /* let the last handles go */
    uv_loop_close(loop);
    rn_server_free(server);
}
