/* SPDX-License-Identifier: MIT */
/*
 * Storing a file: a temporary one in the same folder, which a link gives its
 * name, as a link fails where the name is taken and rename(2) does not. All by
 * the folder's descriptor: it is the same folder from beginning to end.
 */
#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit.h"
#include "say.h"

const char *
store_text(const struct store *s)
{
    static char text[PATH_MAX];
    const char *slash = strrchr(s->path, '/');
    const char *last = slash != NULL ? slash + 1 : s->path;
    bool folder = strcmp(last, s->name) != 0;
    snprintf(text, sizeof text, folder ? "%s%s%s" : "%s", s->path,
             *last == '\0' ? "" : "/", s->name);
    return text;
}

/* Complain of errno, to the other side, too. */
static int
fail(struct store *s)
{
    char shown[QUOTE_SIZE];
    int sys = errno;
    snprintf(s->why, sizeof s->why, "%s", strerror(sys));
    quoted(shown, store_text(s));
    errno = sys;
    return complain_local(shown);
}

/* ---- Where to */

static int
open_folder(struct store *s, const char *path, size_t len)
{
    char folder[PATH_MAX];
    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    s->folder =
        open(len > 0 ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->folder < 0)
        return -1;
    return faccessat(s->folder, ".", W_OK | X_OK, AT_EACCESS);
}

/* What has the name already must be a file, and only with `force`. */
static int
look(const struct store *s)
{
    struct stat st;
    if (fstatat(s->folder, s->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
    return s->force && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) ? 0 : -1;
}

static int
plan(struct store *s)
{
    struct stat st;
    if (stat(s->path, &st) == 0 && S_ISDIR(st.st_mode))
        return open_folder(s, s->path, strlen(s->path));
    const char *slash = strrchr(s->path, '/');
    const char *name = slash != NULL ? slash + 1 : s->path;
    size_t len = (size_t)(name - s->path);
    if (*name == '\0') {
        errno = ENOENT;
        return -1;
    }
    if (strlen(name) >= sizeof s->name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(s->name, name);
    return open_folder(s, s->path, len) == 0 ? look(s) : -1;
}

int
store_plan(struct store *s, const char *path, bool force)
{
    *s = (struct store){.path = path, .force = force, .folder = -1, .fd = -1};
    int rc = plan(s);
    if (rc == 0)
        return EXIT_FINE;
    int code = fail(s);
    store_end(s);
    return code;
}

/* ---- The file */

/* A name that leads nowhere else, hides nothing and plays no trick on a
 * terminal. */
static bool
is_plain(const char *name)
{
    const unsigned char *p = (const unsigned char *)name;
    if (*p == '\0' || *p == '.' || strlen(name) >= STORE_NAME)
        return false;
    for (; *p != '\0'; p++)
        if (*p < ' ' || *p == 0x7f || *p == '/' ||
            (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
            return false;
    return true;
}

int
store_begin(struct store *s, const char *sent)
{
    char shown[QUOTE_SIZE];
    if (s->name[0] == '\0') {
        if (!is_plain(sent)) {
            snprintf(s->why, sizeof s->why, "this name is not taken");
            return complain_as(EXIT_OTHER, "the sent name %s is not plain",
                               quoted(shown, sent));
        }
        strcpy(s->name, sent);
    }
    if (look(s) != 0)
        return fail(s);
    for (unsigned i = 0; s->fd < 0; i++) {
        snprintf(s->temporary, sizeof s->temporary, ".runnel-%ld-%u",
                 (long)getpid(), i);
        s->fd = openat(s->folder, s->temporary,
                       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (s->fd < 0 && errno != EEXIST) {
            s->temporary[0] = '\0';
            return fail(s);
        }
    }
    return EXIT_FINE;
}

int
store_add(struct store *s, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(s->fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(s);
        p += n;
        len -= (size_t)n;
    }
    return EXIT_FINE;
}

/* Give it its name, unless it is taken. Where there are no links, such as on
 * FAT, renameat2(2) does the same; where it does not, this may be the slower of
 * two that look first. */
static int
name_it(const struct store *s)
{
    int folder = s->folder;
    if (!s->force && linkat(folder, s->temporary, folder, s->name, 0) == 0)
        return unlinkat(folder, s->temporary, 0);
    if (!s->force && errno == EEXIST)
        return -1;
    if (!s->force &&
        renameat2(folder, s->temporary, folder, s->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (!s->force && errno == EEXIST)
        return -1;
    return look(s) != 0 ? -1 : renameat(folder, s->temporary, folder, s->name);
}

int
store_commit(struct store *s)
{
    int fd = s->fd;
    int rc = fsync(fd);
    s->fd = -1;
    if (close(fd) != 0 || rc != 0 || name_it(s) != 0)
        return fail(s);
    s->temporary[0] = '\0';
    fsync(s->folder); /* not every file system can */
    return EXIT_FINE;
}

void
store_end(struct store *s)
{
    if (s->temporary[0] != '\0')
        unlinkat(s->folder, s->temporary, 0);
    if (s->fd >= 0)
        close(s->fd);
    if (s->folder >= 0)
        close(s->folder);
    s->temporary[0] = '\0';
    s->fd = s->folder = -1;
}
