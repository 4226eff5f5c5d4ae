/* SPDX-License-Identifier: MIT */
/* The two limits: see limits.h. */
#define _DEFAULT_SOURCE
#include "limits.h"

#include <sys/ioctl.h>

#include "duration.h"
#include "exit.h"
#include "options.h"
#include "say.h"

enum {
    SLICES = 4
};

bool
deadline_over(void)
{
    return settings.deadline != 0 && rn_now() >= settings.deadline;
}

rn_time
deadline_or_never(void)
{
    return settings.deadline != 0 ? settings.deadline : RN_FOREVER;
}

int
complain_over(const char *target, const char **ended)
{
    char text[DURATION_SIZE];
    bool deadline = deadline_over();
    *ended = deadline ? "deadline" : "idle";
    print_duration((deadline ? settings.deadline_ms : settings.idle) * 1000000,
                   text);
    return complain_as(EXIT_TIMEOUT,
                       deadline ? "%s: not through after %s"
                                : "%s: no byte has moved for %s",
                       target, text);
}

int64_t
idle_slice(void)
{
    return (settings.idle + SLICES - 1) / SLICES;
}

/* What the system has taken and the peer has not confirmed (tcp(7)). */
static int
unconfirmed(const rn_stream *s)
{
    int n = 0;
    int fd = s != NULL ? rn_fd(s) : -1;
    return fd >= 0 && ioctl(fd, TIOCOUTQ, &n) == 0 ? n : 0;
}

void
idle_begin(struct idle *i)
{
    *i = (struct idle){.moved = rn_now()};
}

bool
idle_over(struct idle *i, uint64_t bytes, const rn_stream *a,
          const rn_stream *b)
{
    int queued = unconfirmed(a) + unconfirmed(b);
    rn_time now = rn_now();
    if (bytes > 0)
        i->moved = now - idle_slice() * 1000000;
    if (queued != i->unconfirmed)
        i->moved = now;
    i->unconfirmed = queued;
    return now - i->moved >= settings.idle * 1000000;
}
