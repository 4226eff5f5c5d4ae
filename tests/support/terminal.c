/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

void
terminal_open(int *master, int *slave)
{
    struct termios t;
    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0) {
        print_message("SKIPPED: no terminal can be had here (is /dev/pts "
                      "mounted?)\n");
        if (*master >= 0)
            close(*master);
        skip();
    }
    *slave = open(ptsname(*master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(*slave >= 0 && tcgetattr(*slave, &t) == 0);
    cfmakeraw(&t);
    assert_int_equal(tcsetattr(*slave, TCSANOW, &t), 0);
}
