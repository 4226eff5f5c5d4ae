/* SPDX-License-Identifier: MIT */
/* Scenarios of what makes streams and servers, and asks for names. */
#ifndef SWEEP_MAKERS_H
#define SWEEP_MAKERS_H

#include "sweep.h"

typedef void sw_scene(const struct sw_scenario *self);

sw_scene scene_connect;
sw_scene scene_connect_timeout;
sw_scene scene_connect_name;
sw_scene scene_connect_name_timeout;
sw_scene scene_connect_many;
sw_scene scene_connect_late_answer;
sw_scene scene_connect_silent;
sw_scene scene_connect_unix;
sw_scene scene_connect_source;
sw_scene scene_connect_nobody;
sw_scene scene_accept;
sw_scene scene_accept_limits;
sw_scene scene_accept_ipv6;
sw_scene scene_accept_unix;
sw_scene scene_listen_leftover;
sw_scene scene_names;
sw_scene scene_names_timeout;
sw_scene scene_scope;
sw_scene scene_broken_pipe;
sw_scene scene_keep;
sw_scene scene_free;

#endif
