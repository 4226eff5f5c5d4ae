/* SPDX-License-Identifier: MIT */
/* runnel wait HOST:PORT...: until all of them answer, within one bound. Each
 * has a thread of its own, so that a silent one takes no time from the rest. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "commands.h"
#include "duration.h"
#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "pause.h"
#include "report.h"
#include "say.h"
#include "transcript.h"

enum {
    MOST = 64,      /* targets */
    ATTEMPT = 5000, /* ms: a SYN that was lost is sent again before */
};

static int64_t within = 10000;
static int64_t every = 200;

struct waiter {
    struct target target;
    pthread_t thread;
    rn_time begun;
    rn_time bound;
    int tries;
    bool answered;
    int64_t after; /* nanoseconds, until it did */
    char address[RN_ADDRESS_SIZE];
    rn_error last;
};

static bool
answers(struct waiter *w)
{
    rn_time deadline = rn_in(ATTEMPT);
    w->tries++;
    rn_socket *s =
        dial_until(&w->target, RN_UNBUFFERED,
                   deadline < w->bound ? deadline : w->bound, &w->last);
    if (s == NULL)
        return false;
    w->after = rn_now() - w->begun;
    snprintf(w->address, sizeof w->address, "%s", rn_remote_address(s));
    rn_close(s);
    rn_free(s);
    return true;
}

/* Whether another attempt makes sense, after a pause. What the system lacks may
 * be there again, and a name may yet come to be known. */
static bool
try_again(const struct waiter *w)
{
    rn_time next = rn_in(every > 0 ? every : 1);
    return w->last.code != RN_E_VALUE && w->last.code != RN_E_CANCELED &&
        rn_now() < w->bound &&
        pause_until(next < w->bound ? next : w->bound) == RN_OK &&
        rn_now() < w->bound;
}

static void *
run_waiter(void *arg)
{
    struct waiter *w = arg;
    char text[DURATION_SIZE];
    do {
        w->answered = answers(w);
        if (!w->answered) {
            detail("%s", w->last.message);
            transcript_event(0, w->last.message);
        }
    } while (!w->answered && try_again(w));
    if (w->answered) {
        char line[RN_MESSAGE_SIZE];
        snprintf(line, sizeof line, "%s answers after %s", w->target.text,
                 print_duration(w->after, text));
        note("%s", line);
        transcript_event(0, line);
    } else if (w->last.code == RN_E_VALUE)
        rn_cancel_set(interrupt_token()); /* the others wait for nothing */
    return NULL;
}

static int
wait_for_all(struct waiter *w, int count)
{
    int started = 0;
    rn_time begun = rn_now();
    rn_time bound = within > 0 ? rn_in(within) : RN_FOREVER;
    if (deadline_or_never() < bound) {
        bound = settings.deadline;
        within = settings.deadline_ms;
    }
    for (; started < count; started++) {
        w[started].begun = begun;
        w[started].bound = bound;
        if (pthread_create(&w[started].thread, NULL, run_waiter, &w[started]))
            break;
    }
    if (started < count)
        rn_cancel_set(interrupt_token());
    for (int i = 0; i < started; i++)
        pthread_join(w[i].thread, NULL);
    return started == count ? EXIT_FINE
                            : complain_as(EXIT_OTHER, "no thread to be had");
}

static void
report_all(const struct waiter *w, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_t *one =
            json_pack("{s:o,s:b,s:i}", "target", report_json(w[i].target.text),
                      "answered", w[i].answered, "tries", w[i].tries);
        if (w[i].answered) {
            json_object_set_new(one, "address", report_json(w[i].address));
            json_object_set_new(one, "after_ms",
                                json_real((double)w[i].after / 1e6));
        } else {
            json_object_set_new(one, "code",
                                json_string(rn_code_name(w[i].last.code)));
        }
        json_array_append_new(list, one);
    }
    report_value("targets", list);
}

/* The first that is to blame, and how many more there are. */
static int
judge(const struct waiter *w, int count)
{
    const struct waiter *first = NULL;
    int silent = 0;
    for (int i = 0; i < count; i++) {
        if (w[i].last.code == RN_E_VALUE && !w[i].answered)
            return complain(&w[i].last);
        if (w[i].answered)
            continue;
        silent++;
        first = first != NULL ? first : &w[i];
    }
    if (silent == 0) {
        report_ended("answer");
        return EXIT_FINE;
    }
    if (interrupt_signal() != 0)
        return EXIT_OTHER;
    char text[DURATION_SIZE];
    char more[40] = "";
    if (silent > 1)
        snprintf(more, sizeof more, " (and %d more)", silent - 1);
    return complain_as(EXIT_TIMEOUT, "no answer within %s: %s%s",
                       print_duration(within * 1000000, text),
                       first->last.message, more);
}

static int
run(int count, char **args)
{
    static struct waiter waiters[MOST];
    for (int i = 0; i < count; i++) {
        int code = parse_target(1, args + i, &waiters[i].target);
        if (code != PARSED)
            return code;
    }
    int code = wait_for_all(waiters, count);
    report_all(waiters, count);
    return code != EXIT_FINE ? code : judge(waiters, count);
}

static const struct option_spec options[] = {
    {"for", 0, OPTION_DURATION, &within, "TIME",
     "for all of them together (else 10s; 0: for ever)", 0},
    {"every", 0, OPTION_DURATION, &every, "TIME",
     "from one attempt to the next (else 200ms)", 0},
    {0}};

const struct command command_wait_for = {
    .name = "wait",
    .synopsis = "HOST:PORT...",
    .purpose = "until all of them accept connections",
    .more = "Each of up to 64 is tried again and again, all at once; "
            "unix:/path is fine, too.\nThe exit code is 0 when all have "
            "answered, and 5 when the time is over.",
    .least = 1,
    .most = MOST,
    .common = COMMON_DEADLINE | COMMON_FAMILY | COMMON_NETWORK | COMMON_TLS |
        COMMON_LOG | COMMON_REPORT,
    .options = options,
    .run = run,
};
