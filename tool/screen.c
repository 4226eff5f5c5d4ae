/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum {
    USUAL = 80
};

int
screen_width(int fd)
{
    struct winsize size;
    if (!isatty(fd))
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                : USUAL;
}
