/* SPDX-License-Identifier: MIT */
/* runnel listen PORT [ADDRESS]: one connection with the standard streams, many
 * into standard output, or a command for each. */
#include <string.h>

#include "address.h"
#include "commands.h"
#include "converse.h"
#include "exit.h"
#include "line_output.h"
#include "pump.h"
#include "say.h"
#include "secure.h"
#include "serve.h"

static char **words; /* --exec */

static int
run_command(rn_socket *s, int number, void *context)
{
    (void)context;
    struct pump p = {.number = number, .target = rn_remote_address(s)};
    end_socket(&p.far, s);
    int code = end_command(&p.near, words, s);
    if (code == EXIT_FINE)
        code = pump(&p);
    else
        end_close(&p.far, true);
    return serve_code(code, number);
}

/* All that many connections send, as it comes, or by whole lines. */
static int
print_all(rn_socket *s, int number, void *context)
{
    (void)context;
    bool lines = conversing_gather() == RN_LINE_BUFFERED;
    struct pump p = {.number = number,
                     .line = conversing.line,
                     .gather = lines ? RN_UNBUFFERED : conversing_gather(),
                     .target = rn_remote_address(s)};
    end_socket(&p.far, s);
    int code = lines ? end_line_output(&p.near) : end_standard(&p.near, false);
    if (code == EXIT_FINE)
        return pump(&p);
    end_close(&p.far, true);
    return code;
}

static int
talk(rn_socket *s, int number, void *context)
{
    (void)number;
    (void)context;
    return converse(s, rn_remote_address(s));
}

/* PORT, PORT ADDRESS, ADDRESS:PORT or unix:/path. */
static int
parse(int count, char **args, int *port, const char **address,
      struct target *target)
{
    *address = count > 1 ? args[1] : NULL;
    if (count == 1 && strchr(args[0], ':') != NULL) {
        int code = parse_target(1, args, target);
        *address = target->host;
        *port = target->port;
        return code;
    }
    *port = parse_port(args[0]);
    return *port < 0 ? EXIT_USAGE : PARSED;
}

static int
run(int count, char **args)
{
    struct target target;
    int port;
    const char *address;
    int code = parse(count, args, &port, &address, &target);
    if (code != PARSED)
        return code;
    if (serving.max > 0 && !serving.keep)
        return complain_usage("listen: --max is for --keep");
    if (words != NULL && (code = end_check_command(words[0])) != EXIT_FINE)
        return code;
    if (securing.on && (code = secure_begin(true)) != PARSED)
        return code;
    serving.tls = securing.on;
    rn_server *server = serve_open(port, address, &code);
    if (server == NULL)
        return code;
    return serve(server,
                 words != NULL      ? run_command
                     : serving.keep ? print_all
                                    : talk,
                 NULL);
}

static const struct option_spec options[] = {
    SERVE_OPTIONS,
    {"exec", 'e', OPTION_COMMAND, &words, "CMD...",
     "run CMD for each connection, without a shell", 0},
    CONVERSE_OPTIONS,
    {0}};

const struct command command_listen = {
    .name = "listen",
    .synopsis = "PORT [ADDRESS]",
    .purpose = "wait for one that connects, and talk as connect does",
    .more = "PORT 0 is a free one, which is told. On loopback alone unless "
            "there is an ADDRESS\nor --public; also ADDRESS:PORT and "
            "unix:/path. With --keep all that comes goes\nto standard output "
            "and standard input is not used; with --exec it is the\ncommand "
            "that reads and writes.",
    .least = 1,
    .most = 2,
    .common = COMMON_TIME | COMMON_FAMILY | COMMON_TLS | COMMON_TLS_SERVER |
        COMMON_LOG | COMMON_REPORT,
    .options = options,
    .prints_data = true,
    .run = run,
};
