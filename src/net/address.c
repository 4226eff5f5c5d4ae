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

union rni_sockaddr
rni_wildcard(int family, int port)
{
    static const unsigned char zero[4];
    union rni_sockaddr a = rni_ipv4(zero, port);
    if (family == AF_INET6) { /* all else is zero already */
        a.in6.sin6_family = AF_INET6;
        a.in6.sin6_port = htons((uint16_t)port);
    }
    return a;
}

bool
rni_parse_ipv6(const char *text, int port, union rni_sockaddr *a,
               char scope[RNI_SCOPE_SIZE])
{
    char copy[RN_ADDRESS_SIZE];
    size_t len = strlen(text);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    scope[0] = '\0';
    char *percent = strchr(copy, '%');
    if (percent != NULL) {
        size_t rest = strlen(percent + 1);
        if (rest == 0 || rest >= RNI_SCOPE_SIZE)
            return false;
        memcpy(scope, percent + 1, rest + 1);
        *percent = '\0';
    }
    memset(a, 0, sizeof *a);
    a->in6.sin6_family = AF_INET6;
    a->in6.sin6_port = htons((uint16_t)port);
    return inet_pton(AF_INET6, copy, &a->in6.sin6_addr) == 1;
}

bool
rni_parse_unix(const char *text, union rni_sockaddr *a, const char **flaw)
{
    if (strncmp(text, "unix:", 5) != 0)
        return false;
    const char *path = text + 5;
    size_t len = strlen(path);
    *flaw = NULL;
    if (len == 0 || strcmp(path, "@") == 0)
        *flaw = "a path is missing behind unix:";
    else if (len >= sizeof a->un.sun_path)
        *flaw = "a unix socket's path has at most 107 bytes";
    if (*flaw != NULL)
        return true;
    memset(a, 0, sizeof *a);
    a->un.sun_family = AF_UNIX;
    memcpy(a->un.sun_path, path, len);
    if (path[0] == '@')
        a->un.sun_path[0] = '\0';
    return true;
}

bool
rni_same_endpoint(const union rni_sockaddr *a, const union rni_sockaddr *b)
{
    if (a->sa.sa_family != b->sa.sa_family)
        return false;
    if (a->sa.sa_family == AF_INET)
        return a->in4.sin_port == b->in4.sin_port &&
            a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr;
    return a->sa.sa_family == AF_INET6 &&
        a->in6.sin6_port == b->in6.sin6_port &&
        memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) ==
        0;
}

/* A link-local address means nothing without its interface, by number. */
static void
ipv6_text(const struct sockaddr_in6 *a, char text[RN_ADDRESS_SIZE])
{
    inet_ntop(AF_INET6, &a->sin6_addr, text, RN_ADDRESS_SIZE);
    if (a->sin6_scope_id != 0) {
        size_t len = strlen(text);
        snprintf(text + len, RN_ADDRESS_SIZE - len, "%%%u",
                 (unsigned)a->sin6_scope_id);
    }
}

/* Every connection is told so, and snprintf takes its time. */
static void
ipv4_text(const struct sockaddr_in *a, char *text)
{
    unsigned char byte[4];
    memcpy(byte, &a->sin_addr, sizeof byte);
    for (int i = 0; i < 4; i++) {
        unsigned n = byte[i];
        if (n >= 100)
            *text++ = (char)('0' + n / 100);
        if (n >= 10)
            *text++ = (char)('0' + n / 10 % 10);
        *text++ = (char)('0' + n % 10);
        *text++ = i < 3 ? '.' : '\0';
    }
}

void
rni_address_text(const union rni_sockaddr *a, char text[RN_ADDRESS_SIZE])
{
    text[0] = '\0';
    if (a->sa.sa_family == AF_INET) {
        ipv4_text(&a->in4, text);
    } else if (a->sa.sa_family == AF_INET6) {
        ipv6_text(&a->in6, text);
    } else if (a->sa.sa_family == AF_UNIX) {
        size_t start = a->un.sun_path[0] == '\0' ? 1 : 0;
        if (a->un.sun_path[start] != '\0')
            snprintf(text, RN_ADDRESS_SIZE, "%s%.107s", start ? "@" : "",
                     a->un.sun_path + start);
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
