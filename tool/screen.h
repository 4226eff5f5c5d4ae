/* SPDX-License-Identifier: MIT */
#ifndef SCREEN_H
#define SCREEN_H

/* How many columns the terminal has that `fd` is; 0: it is none. */
int screen_width(int fd);

#endif
