/* SPDX-License-Identifier: MIT */
/* The progress bar: ten times a second at most, in what room there is. */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "say.h"
#include "screen.h"

enum {
    FIGURES = 50, /* columns without name and bar */
    NAME = 24,
    LINE = 256
};
static const rn_time PERIOD = 100000000;

static struct {
    bool on;
    char name[QUOTE_SIZE];
    uint64_t total;
    uint64_t bytes;
    rn_time begun;
    rn_time shown;        /* the last line */
    uint64_t shown_bytes; /* what it said */
    double rate;          /* bytes a second, smoothed */
} bar;

const char *
print_bytes(double bytes, char buf[BYTES_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int i = 0;
    for (; bytes >= 999.5 && i < 4; i++)
        bytes /= 1024;
    int decimals = i == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
    snprintf(buf, BYTES_SIZE, "%.*f %s", decimals, bytes, units[i]);
    return buf;
}

static void
print_time(double seconds, char *buf, size_t size)
{
    unsigned long s =
        seconds < 359999 ? (unsigned long)(seconds + 0.5) : 359999;
    if (s >= 3600)
        snprintf(buf, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(buf, size, "%lu:%02lu", s / 60, s % 60);
}

/* The time that is left; at the end, what it took and the mean rate. */
static void
print_figures(rn_time now, char *line, size_t size)
{
    char done[BYTES_SIZE];
    char rate[BYTES_SIZE];
    char clock[32];
    bool through = bar.bytes == bar.total;
    double left = (double)(bar.total - bar.bytes);
    double took = (double)(now - bar.begun) / 1e9;
    double mean = through && took > 0 ? (double)bar.bytes / took : bar.rate;
    if (!through && bar.rate <= 0)
        snprintf(clock, sizeof clock, "-:--");
    else
        print_time(through ? took : left / bar.rate, clock, sizeof clock);
    int percent = bar.total == 0
        ? 100
        : (int)(100 * ((double)bar.bytes / (double)bar.total));
    snprintf(line, size, " %3d%%  %8s  %8s/s  %7s %s", percent,
             print_bytes((double)bar.bytes, done), print_bytes(mean, rate),
             clock, through ? "took" : "left");
}

static void
draw(rn_time now)
{
    char figures[LINE];
    char cells[LINE];
    print_figures(now, figures, sizeof figures);
    int width = screen_width(STDERR_FILENO);
    /* The last column stays free: some terminals would go to the next line. */
    int room = width - 1 - FIGURES - NAME - 3;
    if (room > LINE - 1)
        room = LINE - 1;
    if (room < 4) {
        fprintf(stderr, "\r%.*s", width > 0 ? width - 1 : 0, figures + 1);
        return;
    }
    double part = bar.total == 0 ? 1 : (double)bar.bytes / (double)bar.total;
    size_t full = (size_t)(part * room);
    memset(cells, ' ', (size_t)room);
    memset(cells, '#', full);
    fprintf(stderr, "\r%-*.*s [%.*s]%-*s", NAME, NAME, bar.name, room, cells,
            FIGURES, figures);
}

void
progress_begin(const char *name, uint64_t total)
{
    bar.on = !settings.quiet && screen_width(STDERR_FILENO) > 0;
    bar.total = total;
    bar.begun = bar.shown = rn_now();
    char shown[QUOTE_SIZE];
    quoted(shown, name);
    snprintf(bar.name, sizeof bar.name, "%.*s", (int)strlen(shown) - 2,
             shown + 1);
    if (bar.on)
        draw(bar.begun);
}

void
progress_at(uint64_t bytes)
{
    bar.bytes = bytes;
    if (!bar.on)
        return;
    rn_time now = rn_now();
    rn_time passed = now - bar.shown;
    if (passed < PERIOD)
        return;
    double rate = (double)(bytes - bar.shown_bytes) / ((double)passed / 1e9);
    bar.rate = bar.rate > 0 ? 0.8 * bar.rate + 0.2 * rate : rate;
    bar.shown = now;
    bar.shown_bytes = bytes;
    draw(now);
}

void
progress_end(void)
{
    if (!bar.on)
        return;
    draw(rn_now());
    putc('\n', stderr);
    bar.on = false;
}
