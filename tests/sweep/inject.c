/* SPDX-License-Identifier: MIT */
/* The run at hand: its points are counted, and its fault is given out. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep.h"

struct sw_run sw;

enum {
    SPIN = 200000 /* points: nobody needs so many */
};

const char *
sw_call_name(enum sw_call call)
{
#define SW_CALL_NAME(id, name) name,
    static const char *const names[] = {SW_CALLS(SW_CALL_NAME)};
    return (unsigned)call < SW_CALL_COUNT ? names[call] : "?";
}

bool
sw_is_allocation(enum sw_call call)
{
    return call <= SW_OPENSSL;
}

/* Whether a fault that lasts holds for this call too. */
static bool
lasts_for(const struct sw_fault *fault, enum sw_call call)
{
    return fault->call == call ||
        (sw_is_allocation(fault->call) && sw_is_allocation(call));
}

static bool
is_lasting(void)
{
    return (sw.plan.mode == SW_ALWAYS || sw.plan.mode == SW_HEALED) &&
        !sw.healed;
}

bool
sw_lasts(enum sw_call call)
{
    return sw.hit[0] != NULL && is_lasting() && lasts_for(sw.hit[0], call);
}

/* A storm comes to an end, as in the world. */
static bool
goes_on(const struct sw_fault *fault)
{
    return fault->code != SW_STORM || ++sw.storm <= SW_STORM_LENGTH;
}

static const struct sw_fault *
first_fault(enum sw_call call, int point)
{
    const struct sw_fault *fault = &sw_faults[sw.plan.fault];
    if (point == sw.plan.point && fault->call != call)
        sw.moved = true;
    if (point == sw.plan.point ? fault->call != call : sw.hit[0] == NULL)
        return NULL;
    if (point > sw.plan.point &&
        (!is_lasting() || !lasts_for(fault, call) || !goes_on(fault)))
        return NULL;
    sw.hit[0] = fault;
    return fault;
}

static const struct sw_fault *
second_fault(enum sw_call call, int point)
{
    /* Where the first was not met the run is another one, and tried again. */
    if (sw.plan.mode != SW_PAIR || point != sw.plan.point2 || sw.hit[0] == NULL)
        return NULL;
    int first;
    int count = sw_faults_of(call, &first);
    sw.hit[1] = &sw_faults[first + (int)(sw.plan.pick2 % (unsigned)count)];
    return sw.hit[1];
}

const struct sw_fault *
sw_point(enum sw_call call)
{
    if (sw.quiet)
        return NULL;
    int point = sw.points++;
    if (point < SW_POINTS)
        sw.call_at[point] = (unsigned char)call;
    if (point > SPIN)
        sw_stuck("it spins");
    if (sw.plan.mode == SW_CLEAN || point < sw.plan.point)
        return NULL;
    const struct sw_fault *fault = first_fault(call, point);
    if (fault == NULL)
        fault = second_fault(call, point);
    sw.met += fault != NULL;
    return fault;
}

bool
sw_met(enum sw_kind kind)
{
    return (sw.hit[0] != NULL && sw.hit[0]->kind == kind) ||
        (sw.hit[1] != NULL && sw.hit[1]->kind == kind);
}

void
sw_bad(const char *format, ...)
{
    char name[256];
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sw.bad = true;
    dprintf(STDERR_FILENO, "BAD %s\n    %s\n", sw_run_name(name, sizeof name),
            text);
}

_Noreturn void
sw_stuck(const char *where)
{
    sw_bad("stuck: %s", where);
    _exit(3);
}
