/* SPDX-License-Identifier: MIT */
/* runnel receive PORT FILE: one whole file from `runnel send`. */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "commands.h"
#include "exit.h"
#include "interrupt.h"
#include "progress.h"
#include "report.h"
#include "say.h"
#include "serve.h"
#include "transcript.h"
#include "transfer.h"

static bool force;

static const int64_t FAREWELL = 2000; /* ms, to tell the sender of a failure */

/* PORT, ADDRESS:PORT, unix:/path */
static int
parse_place(char **args, struct target *place, const char **address)
{
    *address = NULL;
    if (strchr(args[0], ':') == NULL) {
        place->port = parse_port(args[0]);
        return place->port < 0 ? EXIT_USAGE : PARSED;
    }
    *address = place->host;
    return parse_target(1, args, place);
}

/* Whoever says nothing, such as `runnel wait`, is no sender. */
static rn_socket *
accept_sender(rn_server *server, int *code)
{
    for (;;) {
        rn_socket *s = serve_accept(server, code);
        if (s == NULL)
            return NULL;
        transfer_prepare(s);
        int rc = transfer_eof(s);
        if (rc == 0)
            return s;
        if (rc != 1 && rc != RN_E_RESET) {
            *code = transfer_failed(s);
            rn_free(s);
            return NULL;
        }
        detail("which said nothing");
        rn_free(s);
    }
}

static int
take_offer(rn_socket *s, struct transfer *t, struct store *store)
{
    const char *line;
    char shown[QUOTE_SIZE];
    int rc = transfer_line(s, &line);
    if (rc < 0 && rn_error_of(s, NULL) != RN_E_LIMIT)
        return transfer_failed(s);
    if (rc <= 0 || !transfer_parse_offer(t, line)) {
        strcpy(store->why, "this is runnel receive, and that was no offer");
        return complain_as(EXIT_OTHER, "this is no runnel send: %s",
                           quoted(shown, rc > 0 ? line : ""));
    }
    int code = store_begin(store, t->name);
    if (code == EXIT_FINE && transfer_write(s, "go\n", 3) < 0)
        return transfer_failed(s);
    return code;
}

static int
take_bytes(rn_socket *s, struct transfer *t, struct store *store)
{
    static char data[TRANSFER_CHUNK];
    while (t->bytes < t->size) {
        uint64_t left = t->size - t->bytes;
        ptrdiff_t n = transfer_read(
            s, data, left < sizeof data ? (size_t)left : sizeof data);
        if (n < 0)
            return transfer_failed(s);
        if (n == 0)
            return complain_as(
                EXIT_RESET, "the sender ended after %llu of %llu bytes",
                (unsigned long long)t->bytes, (unsigned long long)t->size);
        int code = store_add(store, data, (size_t)n);
        if (code != EXIT_FINE)
            return code;
        if (!checksum_add(t->checksum, data, (size_t)n))
            return complain_as(EXIT_OTHER, "no checksum to be had");
        t->bytes += (uint64_t)n;
        progress_at(t->bytes);
    }
    return EXIT_FINE;
}

static int
take_sum(rn_socket *s, struct transfer *t, struct store *store)
{
    const char *line;
    char wanted[CHECKSUM_SIZE + 8];
    bool ok = checksum_end(t->checksum, t->hex);
    t->checksum = NULL;
    if (!ok)
        return complain_as(EXIT_OTHER, "no checksum to be had");
    int rc = transfer_line(s, &line);
    if (rc < 0)
        return transfer_failed(s);
    if (rc == 0)
        return complain_as(EXIT_RESET, "the sender ended before its checksum");
    snprintf(wanted, sizeof wanted, "sha256 %s", t->hex);
    if (strcmp(line, wanted) == 0)
        return EXIT_FINE;
    strcpy(store->why, "the checksum differs");
    return complain_as(EXIT_OTHER,
                       "the checksum of %s differs from the sent "
                       "one: not stored",
                       store_text(store));
}

static int
take_file(rn_socket *s, struct transfer *t, struct store *store)
{
    int code = take_offer(s, t, store);
    if (code != EXIT_FINE)
        return code;
    t->begun = rn_now();
    progress_begin(store->name, t->size);
    code = take_bytes(s, t, store);
    progress_end();
    if (code == EXIT_FINE)
        code = take_sum(s, t, store);
    if (code == EXIT_FINE)
        code = store_commit(store);
    return code;
}

/* Tell the sender how it went. After a signal there is little time. */
static int
answer(rn_socket *s, const struct transfer *t, const struct store *store,
       int code)
{
    char line[sizeof store->why + CHECKSUM_SIZE];
    const char *why = interrupt_signal() != 0 ? "interrupted"
        : store->why[0] != '\0'               ? store->why
                                              : "it failed";
    int len = code == EXIT_FINE
        ? snprintf(line, sizeof line, "stored %s\n", t->hex)
        : snprintf(line, sizeof line, "no %s\n", why);
    if (code != EXIT_FINE) {
        rn_set_cancel(s, NULL);
        rn_set_deadline(s, RN_BOTH, rn_in(FAREWELL));
        rn_set_timeout(s, RN_BOTH, RN_NO_TIMEOUT);
    }
    /* Not transfer_write: --idle is no longer a reason to go on. */
    int rc = rn_write(s, line, (size_t)len);
    transcript_bytes(SENT, 0, line, (size_t)len);
    int closed = rn_close(s);
    if (code == EXIT_FINE && (rc < 0 || closed < 0))
        note("%s is stored, but the sender does not know", store_text(store));
    return code;
}

static int
receive(rn_server *server, struct transfer *t, struct store *store)
{
    int code;
    rn_socket *s = accept_sender(server, &code);
    rn_server_free(server);
    if (s == NULL)
        return code;
    code = answer(s, t, store, take_file(s, t, store));
    rn_free(s);
    if (code == EXIT_FINE)
        transfer_tell(t, store_text(store));
    return code;
}

static int
run(int count, char **args)
{
    (void)count;
    struct target place;
    const char *address;
    struct store store;
    struct transfer t = {0};
    int code = parse_place(args, &place, &address);
    if (code != PARSED)
        return code;
    code = store_plan(&store, args[1], force);
    if (code != EXIT_FINE)
        return code;
    t.checksum = checksum_new();
    if (t.checksum == NULL)
        code = complain_as(EXIT_OTHER, "no checksum to be had");
    rn_server *server =
        t.checksum == NULL ? NULL : serve_open(place.port, address, &code);
    if (server != NULL)
        code = receive(server, &t, &store);
    store_end(&store);
    if (t.checksum != NULL)
        checksum_end(t.checksum, NULL);
    return code;
}

static const struct option_spec options[] = {
    {"force", 'f', OPTION_FLAG, &force, NULL, "replace a file that is there",
     0},
    {"public", 0, OPTION_FLAG, &serving.open, NULL,
     "on every interface, not loopback alone", 0},
    {0}};

const struct command command_receive = {
    .name = "receive",
    .synopsis = "PORT FILE",
    .purpose = "store one whole file from runnel send",
    .more = "FILE may be a folder: then the sender names the file, plainly. "
            "ADDRESS:PORT and\nunix:/path are fine, too. Under its name there "
            "is the whole file or nothing, and\nits SHA-256 is printed as "
            "sha256sum does.",
    .least = 2,
    .most = 2,
    .common = COMMON_TIME | COMMON_FAMILY | COMMON_LOG | COMMON_REPORT,
    .options = options,
    .run = run,
};
