/* SPDX-License-Identifier: MIT */
#include "sequences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sequence sequences[MAX_SEQUENCES];
int sequence_count;

static void
need(int fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "sequences: %s\n", what);
    abort();
}

void
text_add(struct text *t, const void *data, size_t len)
{
    need(len <= MAX_TEXT - t->len, "a text is too long");
    if (len > 0)
        memcpy(t->data + t->len, data, len);
    t->len += len;
}

void
text_add_string(struct text *t, const char *string)
{
    text_add(t, string, strlen(string));
}

/* Bytes as in a C string; hexadecimal ones have two digits. */
static void
unescape(const char *from, struct text *to)
{
    static const char letters[] = "rn0tvf";
    static const char bytes[] = "\r\n\0\t\v\f";
    to->len = 0;
    while (*from != '\0') {
        char c = *from++;
        if (c == '\\' && *from == 'x') {
            char digits[3] = {from[1], from[1] != '\0' ? from[2] : '\0', 0};
            need(strlen(digits) == 2, "half a byte");
            c = (char)strtoul(digits, NULL, 16);
            from += 3;
        } else if (c == '\\') {
            const char *letter = *from != '\0' ? strchr(letters, *from) : NULL;
            need(letter != NULL, "an unknown escape");
            c = bytes[letter - letters];
            from++;
        }
        text_add(to, &c, 1);
    }
}

void
sequences_read(const char *path)
{
    char line[200];
    char escaped[100];
    FILE *f = fopen(path, "r");
    need(f != NULL, path);
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        need(sequence_count < MAX_SEQUENCES, "too many");
        struct sequence *s = &sequences[sequence_count++];
        need(sscanf(line, "%31s %99s", s->name, escaped) == 2, line);
        unescape(escaped, &s->bytes);
    }
    fclose(f);
    need(sequence_count > 0, "none");
}

void
message_around(const struct text *sequence, struct text *message)
{
    message->len = 0;
    text_add_string(message, MESSAGE_BEGINNING);
    text_add(message, sequence->data, sequence->len);
    text_add_string(message, "MAIL FROM:<evil@me.example>\r\nlast");
}
