/* SPDX-License-Identifier: MIT */
/* Scenarios of TLS, and what they need. Only where there is OpenSSL. */
#ifndef SWEEP_SECRETS_H
#define SWEEP_SECRETS_H

#include "makers.h"
#include "peer.h"

/* Which end the library is, and the version that the far end insists on. */
enum sw_tls {
    TLS_CLIENT,
    TLS_SERVER,
    TLS_CLIENT_OLD, /* 1.2 */
    TLS_SERVER_OLD
};

/* Once, before and after all runs. */
void sw_tls_begin(void);
void sw_tls_end(void);

sw_scene scene_tls;
sw_scene scene_tls_openssl;
sw_scene scene_tls_cut;
sw_scene scene_tls_start;
sw_scene scene_tls_start_limit;
sw_scene scene_tls_start_silent;
sw_scene scene_tls_connect;
sw_scene scene_tls_config;
sw_scene scene_tls_trust;

/* ---- OpenSSL's memory (openssl.c) */

/* Before anything asks OpenSSL for anything. */
void sw_openssl_set_up(void);

/* Of one run: whether its allocations are points. */
void sw_openssl_begin(bool with_points);
void sw_openssl_end(void);

/* A call of the library is over: it has left no error. */
void sw_openssl_left(void);

#endif
