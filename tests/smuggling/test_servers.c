/* SPDX-License-Identifier: MIT */
/*
 * The corpus of SMTP smuggling against real servers: what mail_write sends is
 * one message there, whole, whatever is in it. Sent as it is, each sequence
 * shows which server takes it for the end of a message; that is printed.
 * usage: test_servers FOLDER-OF-THIS-FILE
 */
#include <stdlib.h>

#include "../support/check.h"
#include "mail.h"
#include "sequences.h"
#include "servers.h"

/* ---- The conversation */

/* The code of a reply, or 0 at the end of the stream. */
static int
reply(rn_socket *c)
{
    const char *line;
    int rc;
    while ((rc = rn_readln(c, &line, NULL)) == 1)
        if (strlen(line) < 4 || line[3] != '-')
            return atoi(line);
    return 0;
}

static void
say(rn_socket *c, const char *text, int code)
{
    assert_code(rn_writeln(c, text, strlen(text)), RN_OK);
    assert_int_equal(reply(c), code);
}

/* A connection on which a message may be sent. */
static rn_socket *
begin(const struct server *s)
{
    rn_socket *c = server_connect(s, RN_BUFFERED);
    rn_set_newline(c, RN_NEWLINE_CRLF);
    rn_set_timeout(c, RN_BOTH, 30000);
    assert_int_equal(reply(c), 220);
    say(c, "HELO me.example", 250);
    say(c, "MAIL FROM:<a@me.example>", 250);
    say(c, "RCPT TO:<b@you.example>", 250);
    say(c, "DATA", 354);
    return c;
}

/* All is said. How many messages were taken on the connection: an answer of 250
 * to DATA's text each. */
static int
count_messages(const struct smtp_server *kind, rn_socket *c)
{
    if (kind->half_close)
        assert_code(rn_shutdown_write(c), RN_OK);
    int messages = 0;
    bool in_data = true;
    for (int code = reply(c); code != 0; code = reply(c)) {
        messages += in_data && code == 250;
        in_data = code == 354;
    }
    return messages;
}

/* The body, behind the first empty line, with an LF for each kind of ending and
 * none at the end. */
static size_t
body_of(const char *data, size_t len, char *body)
{
    size_t n = 0;
    bool in_body = false;
    bool empty = true;
    for (size_t i = 0; i < len; i++) {
        bool ends = data[i] == '\r' || data[i] == '\n';
        if (in_body)
            body[n++] = ends ? '\n' : data[i];
        if (data[i] == '\r' && i + 1 < len && data[i + 1] == '\n')
            i++;
        in_body = in_body || (ends && empty);
        empty = ends;
    }
    while (n > 0 && body[n - 1] == '\n')
        n--;
    return n;
}

static void
assert_same_body(const struct text *sent, char *got, size_t len)
{
    char want[MAX_MESSAGE];
    char body[MAX_MESSAGE];
    size_t want_len = body_of(sent->data, sent->len, want);
    size_t body_len = body_of(got, len, body);
    assert_int_equal(body_len, want_len);
    assert_memory_equal(body, want, want_len);
}

/* Sent by mail_write it is one message, and whole. */
static void
send_safely(const struct smtp_server *kind, struct server *s,
            const struct text *sequence)
{
    struct text t;
    char got[MAX_MESSAGE];
    message_around(sequence, &t);
    rn_socket *c = begin(s);
    assert_code(mail_write(c, t.data, t.len), RN_OK);
    assert_code(rn_writeln(c, "QUIT", 4), RN_OK);
    assert_int_equal(count_messages(kind, c), 1);
    /* Not closed in order: a system that is out of room for connections in
     * TIME_WAIT answers that with a reset. */
    rn_abort(c);
    rn_free(c);
    size_t len = kind->message(s, got);
    assert_same_body(&t, got, len);
}

/* Sent as it is: how many messages come of it. */
static int
send_raw(const struct smtp_server *kind, const struct server *s,
         const struct text *sequence)
{
    static const char smuggled[] =
        "MAIL FROM:<evil@me.example>\r\nRCPT TO:<b@you.example>\r\nDATA\r\n"
        "Subject: two\r\n\r\nsecond\r\n.\r\nQUIT\r\n.\r\nQUIT\r\n";
    rn_socket *c = begin(s);
    assert_code(rn_printf(c, MESSAGE_BEGINNING), RN_OK);
    assert_code(rn_write(c, sequence->data, sequence->len), RN_OK);
    assert_code(rn_write(c, smuggled, sizeof smuggled - 1), RN_OK);
    int messages = count_messages(kind, c);
    rn_abort(c);
    rn_free(c);
    return messages;
}

static void
print_figures(const char *name, const bool *fell)
{
    int held = -1; /* the true end is none to hold against */
    for (int i = 0; i < sequence_count; i++)
        held += !fell[i];
    print_message("smuggling: %s held against %d of %d, fell for:", name, held,
                  sequence_count - 1);
    for (int i = 0; i < sequence_count; i++)
        if (fell[i])
            print_message(" %s", sequences[i].name);
    print_message("\n");
}

static void
try_server(struct server *s, const struct smtp_server *kind)
{
    bool fell[MAX_SEQUENCES];
    smtp_server_start(s, kind);
    for (int i = 0; i < sequence_count; i++)
        send_safely(kind, s, &sequences[i].bytes);
    for (int i = 0; i < sequence_count; i++) {
        fell[i] = send_raw(kind, s, &sequences[i].bytes) == 2;
        if (strcmp(sequences[i].name, "crlf-dot-crlf") != 0)
            continue;
        /* The true end: otherwise nothing here would tell anything. */
        assert_true(fell[i]);
        fell[i] = false;
    }
    print_figures(kind->name, fell);
}

static void
aiosmtpd_takes_one_message(void **state)
{
    try_server(*state, &aiosmtpd);
}

static void
pythons_smtpd_takes_one_message(void **state)
{
    try_server(*state, &smtpd);
}

static void
net_smtp_server_takes_one_message(void **state)
{
    try_server(*state, &net_smtp_server);
}

static void
exim_takes_one_message(void **state)
{
    try_server(*state, &exim);
}

static int
set_up(void **state)
{
    static struct server s;
    server_prepare(&s);
    *state = &s;
    return 0;
}

static int
tear_down(void **state)
{
    server_stop(*state);
    return 0;
}

#define SERVER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    char list[256];
    smtp_folder = argv[1];
    snprintf(list, sizeof list, "%s/sequences.list", argv[1]);
    sequences_read(list);
    const struct CMUnitTest tests[] = {
        SERVER(aiosmtpd_takes_one_message),
        SERVER(pythons_smtpd_takes_one_message),
        SERVER(net_smtp_server_takes_one_message),
        SERVER(exim_takes_one_message),
    };
    return cmocka_run_group_tests_name("smuggling", tests, NULL, NULL);
}
