/* SPDX-License-Identifier: MIT */
/* nc -l: one connection, or with -k one after another. */
#include <stdio.h>
#include <string.h>

#include "exit.h"
#include "interrupt.h"
#include "nc.h"
#include "nc_ports.h"
#include "options.h"
#include "quit.h"
#include "say.h"
#include "serve.h"

enum {
    LOOKUP_MS = 5000 /* for the name of a peer */
};

/* As it is called with -v: by name, unless -n or where there is none. */
static const char *
name_of(const char *address, char name[RN_HOST_SIZE])
{
    rn_lookup_options o = {.family = RN_ANY,
                           .deadline = rn_in(LOOKUP_MS),
                           .cancel = interrupt_token()};
    bool every = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
    return !nc.numeric && !every &&
            rn_host_by_address_with(address, &o, name, RN_HOST_SIZE, NULL) ==
                RN_OK
        ? name
        : address;
}

static void
tell_peer(const rn_socket *s, const char *path)
{
    char name[RN_HOST_SIZE];
    if (!nc.verbose)
        return;
    if (path != NULL)
        NC_SAY("Connection received on %s\n", path);
    else
        NC_SAY("Connection received on %s %d\n",
               name_of(rn_remote_address(s), name), rn_remote_port(s));
}

static int
serve_all(rn_server *server, const char *path)
{
    int code;
    do {
        rn_socket *s = serve_accept(server, &code);
        if (s == NULL)
            break;
        if (!nc.keep) {
            rn_server_free(server);
            server = NULL;
        }
        tell_peer(s, path);
        code = nc_talk(s, rn_remote_address(s));
    } while (nc.keep && interrupt_signal() == 0 && !quit_came());
    rn_server_free(server);
    return code;
}

static int
run_local_server(const char *path)
{
    struct target t = {0};
    int code = nc_path(path, &t);
    if (code != PARSED)
        return code;
    rn_server *server = serve_open(0, t.host, &code);
    if (server == NULL)
        return code;
    NC_SAY("Bound on %s\nListening on %s\n", path, path);
    return serve_all(server, path);
}

/* -l PORT, -l ADDRESS PORT, -l -p PORT [ADDRESS], -lU PATH */
int
nc_server(int count, char **args)
{
    const char *port = nc.port != NULL ? nc.port
        : count > 0                    ? args[--count]
                                       : NULL;
    if (port == NULL || count > 1)
        return complain_usage("nc: -l takes a port, and before it perhaps an "
                              "address");
    if (nc.local)
        return run_local_server(port);
    int number = nc_port(port);
    if (number < 0)
        return EXIT_USAGE;
    int code;
    serving.open = true;
    rn_server *server =
        serve_open(number, count > 0 ? args[0] : nc.source, &code);
    if (server == NULL)
        return code;
    char name[RN_HOST_SIZE];
    if (nc.verbose)
        NC_SAY("Listening on %s %d\n", name_of(rn_server_address(server), name),
               rn_server_port(server));
    return serve_all(server, NULL);
}
