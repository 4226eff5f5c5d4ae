/* SPDX-License-Identifier: MIT */
/* The forwarder among the examples, with connections at once: bytes both ways,
 * half-closed ones, one that is reset, and a target where nobody listens.
 * usage: test_forwarder EXAMPLE */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/relaying.h"

enum {
    MUCH = 3000000,
    CLIENTS = 5
};

static const char *example;

static pid_t
start(int target, const char *count, int *port)
{
    char number[16];
    int out[2];
    snprintf(number, sizeof number, "%d", target);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(127);
        dup2(out[1], STDOUT_FILENO);
        execl(example, example, "0", "127.0.0.1", number, count, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    rn_stream *s = rn_from_fd(out[0], RN_BUFFERED, NULL);
    const char *line;
    assert_int_equal(rn_readln(s, &line, NULL), 1);
    *port = atoi(line);
    rn_free(s);
    return child;
}

static void
finish(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
connections_are_forwarded(void **state)
{
    (void)state;
    int target, port;
    int near[CLIENTS], far[CLIENTS];
    struct far_end feeder[CLIENTS][2], reader[CLIENTS][2];
    int listener = raw_listen(&target);
    pid_t child = start(target, "6", &port);
    for (int i = 0; i < CLIENTS; i++) {
        near[i] = raw_connect(port);
        far[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        assert_true(far[i] >= 0);
    }
    /* All at once, one way longer than the other: each half ends by itself. */
    for (int i = 0; i < CLIENTS; i++) {
        far_feed(&feeder[i][0], near[i], MUCH);
        far_feed(&feeder[i][1], far[i], (size_t)i * 1000);
        far_read(&reader[i][0], near[i]);
        far_read(&reader[i][1], far[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        for (int way = 0; way < 2; way++) {
            far_join(&feeder[i][way]);
            far_join(&reader[i][way]);
        }
        assert_int_equal(reader[i][0].same, i * 1000);
        assert_int_equal(reader[i][1].same, MUCH);
        close(near[i]);
        close(far[i]);
    }
    /* A reset goes through, too. */
    char c;
    near[0] = raw_connect(port);
    far[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(far[0], SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(far[0]);
    assert_int_equal(read(near[0], &c, 1), -1);
    close(near[0]);
    close(listener);
    finish(child);
}

static void
a_target_where_nobody_listens_resets(void **state)
{
    (void)state;
    int holder, port;
    char c;
    pid_t child = start(closed_port(&holder), "1", &port);
    int fd = raw_connect(port);
    assert_int_equal(read(fd, &c, 1), -1);
    close(fd);
    close(holder);
    finish(child);
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    example = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_forwarded),
        cmocka_unit_test(a_target_where_nobody_listens_resets),
    };
    return cmocka_run_group_tests_name("forwarder", tests, NULL, NULL);
}
