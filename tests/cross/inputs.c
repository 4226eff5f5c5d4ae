/* SPDX-License-Identifier: MIT */
/* A fuzz target on a machine that has no fuzzer: the inputs of its corpus, and
 * each of them with some bytes changed, the same ones each time.
 * usage: inputs CORPUS.hex VARIANTS */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MOST = 600
};

/* One line of the corpus: two hexadecimal digits a byte. */
static size_t
bytes_of(const char *line, uint8_t data[MOST])
{
    size_t n = 0;
    unsigned byte;
    while (n < MOST && sscanf(line + 2 * n, "%2x", &byte) == 1)
        data[n++] = (uint8_t)byte;
    return n;
}

static uint32_t
chance(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static void
run(const uint8_t *data, size_t n)
{
    /* Exactly as large as it is, for who looks at what is behind it. */
    uint8_t *input = malloc(n + 1);
    if (input == NULL)
        abort();
    memcpy(input, data, n);
    LLVMFuzzerTestOneInput(input, n);
    free(input);
}

int
main(int argc, char **argv)
{
    char line[2 * MOST + 2];
    uint8_t data[MOST];
    long runs = 0;
    FILE *f = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (f == NULL)
        return 2;
    alarm(60);
    while (fgets(line, sizeof line, f) != NULL) {
        size_t n = bytes_of(line, data);
        for (int left = atoi(argv[2]); left >= 0; left--, runs++) {
            run(data, n);
            if (n > 0)
                data[chance() % n] = (uint8_t)chance();
        }
    }
    fclose(f);
    printf("%ld inputs\n", runs);
    return runs == 0;
}
