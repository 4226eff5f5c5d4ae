/* SPDX-License-Identifier: MIT */
/* The history's file. That it cannot be read or written is no failure. */
#include "history.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LINES = 1000
};

/* Make the folders of `path`, as mkdir -p. */
static void
make_folders(char *path)
{
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
}

static bool
find_file(char path[PATH_MAX])
{
    const char *own = getenv("RUNNEL_HISTORY");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n = -1;
    if (own != NULL)
        n = snprintf(path, PATH_MAX, "%s", own);
    else if (state != NULL && *state == '/')
        n = snprintf(path, PATH_MAX, "%s/runnel/history", state);
    else if (home != NULL && *home == '/')
        n = snprintf(path, PATH_MAX, "%s/.local/state/runnel/history", home);
    return n > 0 && n < PATH_MAX;
}

History *
history_open(void)
{
    HistEvent event;
    char path[PATH_MAX];
    History *h = history_init();
    if (h == NULL)
        return NULL;
    history(h, &event, H_SETSIZE, LINES);
    history(h, &event, H_SETUNIQUE, 1);
    if (find_file(path))
        history(h, &event, H_LOAD, path);
    return h;
}

void
history_close(History *h)
{
    HistEvent event;
    char path[PATH_MAX];
    if (h == NULL)
        return;
    if (find_file(path)) {
        make_folders(path);
        mode_t before = umask(077);
        history(h, &event, H_SAVE, path);
        umask(before);
    }
    history_end(h);
}
