/* SPDX-License-Identifier: MIT */
/* Every subcommand; each is a file of its own, main.c lists them. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "options.h"

extern const struct command command_connect;
extern const struct command command_listen;
extern const struct command command_relay;
extern const struct command command_lookup;
extern const struct command command_hostname;
extern const struct command command_wait_for; /* command_wait: command.h */
extern const struct command command_ping;
extern const struct command command_send;
extern const struct command command_receive;
extern const struct command command_nc;
extern const struct command command_completion;
extern const struct command command_demo;

/* All of them, in the order of --help; then comes a NULL. */
extern const struct command *const commands[];

#endif
