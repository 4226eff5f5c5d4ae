/* SPDX-License-Identifier: MIT */
/* Fuzz target: addresses and host names out of untrusted text. What is taken as
 * an address is written and read again as the same one; the system's own reader
 * agrees. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/net/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool fine)
{
    if (!fine)
        abort();
}

static void
try_ipv4(const char *text)
{
    unsigned char bytes[4];
    struct in_addr theirs;
    if (!rni_parse_ipv4(text, bytes))
        return;
    check(inet_pton(AF_INET, text, &theirs) == 1);
    check(memcmp(&theirs, bytes, 4) == 0);
    union rni_sockaddr a = rni_ipv4(bytes, 80);
    char again[RN_ADDRESS_SIZE];
    rni_address_text(&a, again);
    check(strcmp(again, text) == 0 && rni_address_port(&a) == 80);
    check(rni_host_flaw(text) == NULL || text[0] != '\0');
}

static void
try_ipv6(const char *text)
{
    union rni_sockaddr a, b;
    char scope[RNI_SCOPE_SIZE], scope2[RNI_SCOPE_SIZE];
    char again[RN_ADDRESS_SIZE];
    if (!rni_parse_ipv6(text, 443, &a, scope))
        return;
    check(strlen(scope) < sizeof scope);
    rni_address_text(&a, again);
    check(rni_parse_ipv6(again, 443, &b, scope2) && rni_same_endpoint(&a, &b));
}

static void
try_unix(const char *text)
{
    union rni_sockaddr a;
    char again[RN_ADDRESS_SIZE];
    const char *flaw = NULL;
    if (!rni_parse_unix(text, &a, &flaw) || flaw != NULL)
        return;
    rni_address_text(&a, again);
    check(rni_address_port(&a) == 0);
    check(rni_same_endpoint(&a, &a) || a.sa.sa_family == AF_UNIX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    try_ipv4(text);
    try_ipv6(text);
    try_unix(text);
    const char *flaw = rni_host_flaw(text);
    if (flaw == NULL) /* what is no flaw has a name's length and letters */
        check(strlen(text) >= 1 && strlen(text) <= 254 &&
              strpbrk(text, " \r\n\t/:@%") == NULL);
    free(text);
    return 0;
}
