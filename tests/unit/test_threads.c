/* SPDX-License-Identifier: MIT */
/*
 * A reader and a writer on one stream while a third thread changes its limits,
 * a fourth sets and resets its token, and a fifth closes it. Made for
 * ThreadSanitizer; but every line is checked, too.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

enum {
    LINES = 3000
};

struct stage {
    rn_socket *s;    /* the stream that everybody is at */
    rn_socket *peer; /* gives every line back */
    rn_cancel *token;
    atomic_bool done;
    atomic_int stopped; /* calls that a limit or the token stopped */
    int wrong;
};

static bool
try_again(struct stage *g, int rc)
{
    if (rc != RN_E_TIMEOUT && rc != RN_E_AGAIN && rc != RN_E_CANCELED)
        return false;
    atomic_fetch_add(&g->stopped, 1);
    sched_yield();
    return true;
}

static size_t
spell(int number, char *text)
{
    return (size_t)snprintf(text, 64, "line %d %.*s", number, number % 40,
                            "........................................");
}

static void *
write_lines(void *arg)
{
    struct stage *g = arg;
    char text[64];
    for (int i = 0; i < LINES; i++) {
        size_t len = spell(i, text);
        int rc;
        do
            rc = rn_writeln(g->s, text, len);
        while (try_again(g, rc));
        if (rc == RN_OK && i % 50 == 49)
            do
                rc = rn_flush(g->s);
            while (try_again(g, rc));
        if (rc < 0)
            return (void *)(intptr_t)rc;
    }
    return NULL;
}

static void *
read_lines(void *arg)
{
    struct stage *g = arg;
    char want[64];
    for (int i = 0; i < LINES; i++) {
        const char *line;
        int rc;
        do
            rc = rn_readln(g->s, &line, NULL);
        while (try_again(g, rc));
        if (rc <= 0)
            return (void *)(intptr_t)rc;
        spell(i, want);
        if (strcmp(line, want) != 0)
            g->wrong++;
    }
    return NULL;
}

static void *
give_back(void *arg)
{
    struct stage *g = arg;
    const char *line;
    size_t len;
    while (rn_readln(g->peer, &line, &len) > 0)
        if (rn_writeln(g->peer, line, len) < 0)
            break;
    return NULL;
}

static void *
change_limits(void *arg)
{
    struct stage *g = arg;
    for (int i = 0; !atomic_load(&g->done); i++) {
        rn_set_timeout(g->s, 1 + i % 3, i % 7);
        rn_set_deadline(g->s, 1 + i % 2, i % 5 ? RN_FOREVER : rn_in(i % 4));
        rn_wants(g->s);
        rn_unsent(g->s);
        rn_error_of(g->s, NULL);
        rn_stats stats;
        rn_get_stats(g->s, &stats);
        sched_yield();
    }
    rn_set_timeout(g->s, RN_BOTH, RN_NO_TIMEOUT);
    rn_set_deadline(g->s, RN_BOTH, RN_FOREVER);
    return NULL;
}

static void *
cancel_and_reset(void *arg)
{
    struct stage *g = arg;
    while (!atomic_load(&g->done)) {
        rn_cancel_set(g->token);
        sched_yield();
        rn_cancel_reset(g->token);
        sched_yield();
    }
    return NULL;
}

static void
set_stage(struct stage *g, rn_buffering mode)
{
    memset(g, 0, sizeof *g);
    tcp_pair(&g->s, &g->peer, mode);
    g->token = rn_cancel_new(NULL);
    assert_non_null(g->token);
    assert_code(rn_set_cancel(g->s, g->token), RN_OK);
}

static void
clear_stage(struct stage *g)
{
    rn_free(g->s);
    rn_free(g->peer);
    rn_cancel_free(g->token);
}

static void
no_line_is_lost_whatever_is_stopped(void **state)
{
    (void)state;
    /* How often a call is hit is up to the scheduler: on until it was enough.
     */
    int stopped = 0;
    for (int round = 0; round < 3 || (stopped < 100 && round < 60); round++) {
        struct stage g;
        pthread_t writer;
        pthread_t reader;
        pthread_t giver;
        pthread_t limits;
        pthread_t canceler;
        void *written;
        void *read;
        set_stage(&g, (rn_buffering)(round % 3));
        pthread_create(&giver, NULL, give_back, &g);
        pthread_create(&limits, NULL, change_limits, &g);
        pthread_create(&canceler, NULL, cancel_and_reset, &g);
        pthread_create(&writer, NULL, write_lines, &g);
        pthread_create(&reader, NULL, read_lines, &g);
        pthread_join(writer, &written);
        pthread_join(reader, &read);
        atomic_store(&g.done, true);
        pthread_join(limits, NULL);
        pthread_join(canceler, NULL);
        stopped += atomic_load(&g.stopped);
        assert_null(written);
        assert_null(read);
        assert_int_equal(g.wrong, 0);
        assert_code(rn_close(g.s), RN_OK);
        pthread_join(giver, NULL);
        clear_stage(&g);
    }
    print_message("%d calls were stopped and repeated\n", stopped);
    assert_true(stopped >= 100);
}

/* From the outside, at whatever moment it comes: both return, with CLOSED or
 * done. */
static void
closing_from_outside_ends_both(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct stage g;
        pthread_t writer;
        pthread_t reader;
        pthread_t giver;
        void *written;
        void *read;
        set_stage(&g, (rn_buffering)(round % 3));
        pthread_create(&giver, NULL, give_back, &g);
        pthread_create(&writer, NULL, write_lines, &g);
        pthread_create(&reader, NULL, read_lines, &g);
        rn_stats stats = {.bytes_read = 0};
        while (stats.bytes_written < (uint64_t)round * 100)
            rn_get_stats(g.s, &stats);
        rn_set_timeout(g.s, RN_WRITABLE, 2000);
        if (round % 2)
            rn_close(g.s);
        else
            rn_abort(g.s);
        pthread_join(writer, &written);
        pthread_join(reader, &read);
        pthread_join(giver, NULL);
        int codes[2] = {(int)(intptr_t)written, (int)(intptr_t)read};
        for (int i = 0; i < 2; i++)
            if (codes[i] != RN_OK && codes[i] != RN_E_CLOSED &&
                codes[i] != RN_E_RESET)
                fail_msg("%s ended with %s", i ? "reading" : "writing",
                         rn_code_name(codes[i]));
        assert_int_equal(g.wrong, 0);
        assert_code(rn_close(g.s), RN_OK);
        clear_stage(&g);
    }
}

struct filler {
    rn_socket *s;
    int raw;
    size_t accepted;
    size_t got;
};

static void *
fill_until_closed(void *arg)
{
    struct filler *f = arg;
    while (rn_write(f->s, "0123456789", 10) == RN_OK)
        f->accepted += 10;
    return NULL;
}

static void *
count_to_the_end(void *arg)
{
    struct filler *f = arg;
    char data[65536];
    ssize_t n;
    while ((n = read(f->raw, data, sizeof data)) > 0)
        f->got += (size_t)n;
    return NULL;
}

/* A writer is filling the buffer when another thread closes: where that says
 * OK, the peer has every byte that was accepted. */
static void
closing_under_a_filling_writer_loses_nothing(void **state)
{
    (void)state;
    int fine = 0;
    for (int round = 0; round < 100; round++) {
        struct filler f = {.accepted = 0};
        pthread_t writer;
        pthread_t counter;
        f.s = socket_to_raw(&f.raw, RN_BUFFERED);
        rn_set_buffer_size(f.s, 1 << 26); /* so it hardly ever sends */
        pthread_create(&counter, NULL, count_to_the_end, &f);
        pthread_create(&writer, NULL, fill_until_closed, &f);
        while (rn_unsent(f.s) < 1000)
            sched_yield();
        int rc = rn_close(f.s);
        pthread_join(writer, NULL);
        pthread_join(counter, NULL);
        if (rc == RN_OK) {
            fine++;
            assert_int_equal(f.got, f.accepted);
        }
        rn_free(f.s);
        close(f.raw);
    }
    print_message("%d of 100 closes under a filling writer were clean\n", fine);
    assert_true(fine >= 95);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_line_is_lost_whatever_is_stopped),
        cmocka_unit_test(closing_from_outside_ends_both),
        cmocka_unit_test(closing_under_a_filling_writer_loses_nothing),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
