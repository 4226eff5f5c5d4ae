/* SPDX-License-Identifier: MIT */
/* Ports as nc(1) takes them: one, a service's name, or LOW-HIGH. */
#include "nc_ports.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "say.h"

static bool
complain_of_port(const char *text, const char *kinds)
{
    char shown[QUOTE_SIZE];
    complain_usage("nc: %s is no %s", quoted(shown, text), kinds);
    return false;
}

static int
number(const char *text, size_t len)
{
    int port = 0;
    for (size_t i = 0; i < len && port <= 65535; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        port = port * 10 + (text[i] - '0');
    }
    return len > 0 && port <= 65535 ? port : -1;
}

static int
number_or_service(const char *text)
{
    int port = number(text, strlen(text));
    const struct servent *s = port < 0 ? getservbyname(text, "tcp") : NULL;
    return s != NULL ? ntohs((uint16_t)s->s_port) : port;
}

bool
nc_ports(const char *text, int *low, int *high)
{
    const char *dash = strchr(text, '-');
    *low = dash != NULL ? number(text, (size_t)(dash - text)) : -1;
    *high = dash != NULL ? number(dash + 1, strlen(dash + 1)) : -1;
    if (*low < 0 || *high < 0) /* some services have a dash in their names */
        *low = *high = number_or_service(text);
    if (*low > *high) {
        int swap = *low;
        *low = *high;
        *high = swap;
    }
    return *low >= 0 || complain_of_port(text, "port, service or range");
}

int
nc_port(const char *text)
{
    int port = number_or_service(text);
    if (port < 0)
        complain_of_port(text, "port or service");
    return port;
}
