/* SPDX-License-Identifier: MIT */
/*
 * The examples for event loops, with thousands of connections open at once, all
 * of them used. usage: test_loops EXAMPLE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/check.h"

enum {
    CLIENTS = 3000,
    ROUNDS = 3
};

static const char *example;

static pid_t
start(int *port)
{
    char count[16];
    int out[2];
    snprintf(count, sizeof count, "%d", CLIENTS);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(127);
        dup2(out[1], STDOUT_FILENO);
        execl(example, example, "0", count, (char *)NULL);
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
thousands_of_connections_are_served(void **state)
{
    (void)state;
    rn_error err;
    int port;
    int status;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < CLIENTS + 100) {
        print_message("SKIPPED: only %d descriptors may be open here\n",
                      (int)limit.rlim_max);
        skip();
    }
    pid_t child = start(&port);
    rn_socket **s = calloc(CLIENTS, sizeof(rn_socket *));
    for (int i = 0; i < CLIENTS; i++) {
        s[i] = rn_connect("127.0.0.1", port, RN_LINE_BUFFERED, &err);
        if (s[i] == NULL)
            fail_msg("%s", err.message);
        rn_set_timeout(s[i], RN_BOTH, 20000);
    }
    for (int round = 0; round < ROUNDS; round++) {
        char text[64];
        for (int i = 0; i < CLIENTS; i++)
            assert_code(rn_printf(s[i], "client %d, round %d\n", i, round),
                        RN_OK);
        for (int i = CLIENTS - 1; i >= 0; i--) {
            snprintf(text, sizeof text, "client %d, round %d", i, round);
            assert_line(s[i], text);
        }
    }
    /* And one that sends more than fits anywhere, before it reads. */
    enum {
        MUCH = 4 << 20
    };
    char *line = malloc(1000);
    memset(line, 'x', 999);
    line[999] = '\0';
    rn_set_buffer_size(s[0], MUCH * 2);
    for (int i = 0; i < MUCH / 1000; i++)
        assert_code(rn_write(s[0], line, 999), RN_OK);
    free(line);
    assert_code(rn_abort(s[0]), RN_OK);
    for (int i = 0; i < CLIENTS; i++) {
        rn_close(s[i]);
        rn_free(s[i]);
    }
    free(s);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    example = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_connections_are_served),
    };
    return cmocka_run_group_tests_name("loops", tests, NULL, NULL);
}
