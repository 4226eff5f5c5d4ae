/* SPDX-License-Identifier: MIT */
/* runnel ping HOST PORT: how long connecting takes, again and again. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "commands.h"
#include "duration.h"
#include "exit.h"
#include "histogram.h"
#include "interrupt.h"
#include "pause.h"
#include "report.h"
#include "say.h"
#include "screen.h"
#include "secure.h"
#include "transcript.h"

static int times = 10;
static int64_t interval = 1000;
static int64_t patience = 5000;

struct pinging {
    struct target target;
    int64_t *latency; /* of those that were answered, in nanoseconds */
    size_t answered;
    int sent;
    rn_error last; /* failure */
};

/* ---- Figures */

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The smallest that `percent` of all do not exceed. */
static int64_t
percentile(const struct pinging *p, size_t percent)
{
    return p->latency[(p->answered * percent + 99) / 100 - 1];
}

struct figures {
    int64_t min;
    int64_t median;
    int64_t p95;
    int64_t max;
    int64_t mean;
    int64_t deviation;
};

/* Of at least one; sorts them. */
static struct figures
figures_of(struct pinging *p)
{
    double sum = 0;
    double squares = 0;
    double n = (double)p->answered;
    qsort(p->latency, p->answered, sizeof *p->latency, compare);
    for (size_t i = 0; i < p->answered; i++)
        sum += (double)p->latency[i];
    for (size_t i = 0; i < p->answered; i++)
        squares += pow((double)p->latency[i] - sum / n, 2);
    return (struct figures){
        .min = p->latency[0],
        .median = percentile(p, 50),
        .p95 = percentile(p, 95),
        .max = p->latency[p->answered - 1],
        .mean = (int64_t)(sum / n),
        .deviation = (int64_t)sqrt(squares / n),
    };
}

/* ---- Telling */

/* How one went. */
static void
tell(const struct pinging *p, const char *how)
{
    char line[RN_MESSAGE_SIZE + 16];
    snprintf(line, sizeof line, "%d: %s", p->sent, how);
    if (settings.json == NULL && !settings.quiet)
        puts(line);
    fflush(stdout);
    transcript_event(0, line);
}

static void
print_figures(const struct pinging *p, const struct figures *f)
{
    char text[6][DURATION_SIZE];
    printf("min %s, median %s, p95 %s, max %s, mean %s, deviation %s\n",
           print_duration(f->min, text[0]), print_duration(f->median, text[1]),
           print_duration(f->p95, text[2]), print_duration(f->max, text[3]),
           print_duration(f->mean, text[4]),
           print_duration(f->deviation, text[5]));
    int width = screen_width(STDOUT_FILENO);
    if (width > 0)
        print_histogram(stdout, p->latency, p->answered, width);
}

static void
report_figures(const struct pinging *p, const struct figures *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->answered; i++)
        json_array_append_new(list, json_real((double)p->latency[i] / 1e6));
    report_ms("min_ms", f->min);
    report_ms("median_ms", f->median);
    report_ms("p95_ms", f->p95);
    report_ms("max_ms", f->max);
    report_ms("mean_ms", f->mean);
    report_ms("deviation_ms", f->deviation);
    report_value("sorted_ms", list);
}

static void
summarize(struct pinging *p)
{
    report_text("target", p->target.text);
    report_count("sent", (uint64_t)p->sent);
    report_count("answered", p->answered);
    if (settings.json == NULL)
        printf("%s: %d sent, %zu answered, %.3g%% lost\n", p->target.text,
               p->sent, p->answered,
               p->sent == 0
                   ? 0.
                   : 100 - 100 * (double)p->answered / (double)p->sent);
    if (p->answered == 0)
        return;
    struct figures f = figures_of(p);
    if (settings.json == NULL)
        print_figures(p, &f);
    report_figures(p, &f);
}

/* ---- Measuring */

static rn_time
earlier(rn_time a, rn_time b)
{
    return b == 0 || a < b ? a : b;
}

static void
ping(struct pinging *p)
{
    rn_stats stats;
    rn_error err;
    rn_time until =
        earlier(patience > 0 ? rn_in(patience) : RN_FOREVER, settings.deadline);
    rn_socket *s = dial_until(&p->target, RN_UNBUFFERED, until, &err);
    if (s == NULL && err.code == RN_E_CANCELED)
        return;
    p->sent++;
    if (s == NULL) {
        p->last = err;
        if (err.code != RN_E_VALUE)
            tell(p, err.message);
        return;
    }
    rn_get_stats(s, &stats);
    int64_t took = stats.connect + secure_took(s);
    p->latency[p->answered++] = took;
    char text[DURATION_SIZE];
    char how[RN_ADDRESS_SIZE + DURATION_SIZE];
    snprintf(how, sizeof how, "%s %s", rn_remote_address(s),
             print_duration(took, text));
    tell(p, how);
    rn_close(s);
    rn_free(s);
}

static bool
is_over(const struct pinging *p)
{
    return p->sent == times || p->last.code == RN_E_VALUE ||
        interrupt_signal() != 0 ||
        (settings.deadline != 0 && rn_now() >= settings.deadline);
}

static void
ping_on(struct pinging *p)
{
    rn_time begun = rn_now();
    for (;;) {
        ping(p);
        if (is_over(p))
            return;
        rn_time next = begun + p->sent * interval * 1000000;
        if (next > rn_now() &&
            pause_until(earlier(next, settings.deadline)) != RN_OK)
            return;
        if (is_over(p))
            return;
    }
}

static int
run(int count, char **args)
{
    static struct pinging p;
    int code = parse_target(count, args, &p.target);
    if (code != PARSED)
        return code;
    p.latency = calloc((size_t)times, sizeof *p.latency);
    if (p.latency == NULL)
        return complain_as(EXIT_OTHER, "no memory for %d latencies", times);
    ping_on(&p);
    if (p.last.code != RN_E_VALUE)
        summarize(&p);
    free(p.latency);
    if (p.answered > 0)
        report_ended("answer");
    return p.answered > 0 || p.sent == 0 ? EXIT_FINE : complain(&p.last);
}

static const struct option_spec options[] = {
    {"count", 'c', OPTION_NUMBER, &times, "N", "how many (else 10)", 0},
    {"interval", 'i', OPTION_DURATION, &interval, "TIME",
     "from one to the next (else 1s)", 0},
    {"timeout", 0, OPTION_DURATION, &patience, "TIME",
     "how long one may take (else 5s; 0: for ever)", 0},
    {0}};

const struct command command_ping = {
    .name = "ping",
    .synopsis = "HOST PORT",
    .purpose = "measure how long connecting takes",
    .more = "Name lookups are not part of it, agreeing on TLS is. On a "
            "terminal the summary has a "
            "histogram.\nThe exit code is 0 when at least one was answered, "
            "and otherwise tells why the\nlast one was not.",
    .least = 1,
    .most = 2,
    .common = COMMON_DEADLINE | COMMON_FAMILY | COMMON_NETWORK | COMMON_TLS |
        COMMON_LOG | COMMON_REPORT,
    .options = options,
    .run = run,
};
