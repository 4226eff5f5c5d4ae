/* SPDX-License-Identifier: MIT */
/*
 * Addresses and host names as text. Stricter than inet_aton(3), which takes
 * 127.1 and 0177.0.0.1: what a person meant by those is a guess, and guessing
 * has let addresses slip past filters.
 */
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One number from 0 to 255 at *p, which moves behind it; -1 if there is none.
 */
static int
octet(const char **p)
{
    const char *start = *p;
    int value = 0;
    while (is_digit(**p) && value <= 255)
        value = value * 10 + (*(*p)++ - '0');
    if (*p == start || value > 255 || (start[0] == '0' && *p - start > 1))
        return -1;
    return value;
}

bool
rni_parse_ipv4(const char *text, unsigned char bytes[4])
{
    unsigned char parsed[4];
    const char *p = text;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && *p++ != '.')
            return false;
        int value = octet(&p);
        if (value < 0)
            return false;
        parsed[i] = (unsigned char)value;
    }
    if (*p != '\0')
        return false;
    memcpy(bytes, parsed, sizeof parsed);
    return true;
}

union rni_sockaddr
rni_ipv4(const unsigned char bytes[4], int port)
{
    union rni_sockaddr a;
    memset(&a, 0, sizeof a);
    a.in4.sin_family = AF_INET;
    a.in4.sin_port = htons((uint16_t)port);
    memcpy(&a.in4.sin_addr, bytes, 4);
    return a;
}

void
rni_address_text(const union rni_sockaddr *a, char text[RN_ADDRESS_SIZE])
{
    text[0] = '\0';
    if (a->sa.sa_family == AF_INET) {
        unsigned char b[4];
        memcpy(b, &a->in4.sin_addr, 4);
        snprintf(text, RN_ADDRESS_SIZE, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
    } else if (a->sa.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->in6.sin6_addr, text, RN_ADDRESS_SIZE);
    }
}

int
rni_address_port(const union rni_sockaddr *a)
{
    if (a->sa.sa_family == AF_INET)
        return ntohs(a->in4.sin_port);
    if (a->sa.sa_family == AF_INET6)
        return ntohs(a->in6.sin6_port);
    return 0;
}

static bool
is_host_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        c == '-' || c == '_';
}

/* No top-level domain is a number, so a name that ends in one is an address
 * gone wrong, which inet_aton would take. */
static bool
is_number(const char *label, size_t len)
{
    if (len > 1 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
        return strspn(label + 2, "0123456789abcdefABCDEF") == len - 2;
    return strspn(label, "0123456789") == len;
}

const char *
rni_host_flaw(const char *name)
{
    size_t len = strlen(name);
    if (len == 0)
        return "a host name cannot be empty";
    if (name[len - 1] == '.') /* the root, written out */
        len--;
    if (len > 253)
        return "a host name has at most 253 bytes";
    size_t start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '.') {
            if (!is_host_char(name[i]))
                return "a host name has only letters, digits, '-', '_' and "
                       "'.' (write others in their xn-- form)";
            continue;
        }
        if (i == start)
            return "a host name has no empty part";
        if (i - start > 63)
            return "a part of a host name has at most 63 bytes";
        if (i == len && is_number(name + start, i - start))
            return "an IPv4 address is four decimal numbers from 0 to 255, "
                   "without leading zeros";
        start = i + 1;
    }
    return NULL;
}
