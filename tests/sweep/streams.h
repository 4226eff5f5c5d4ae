/* SPDX-License-Identifier: MIT */
/* What is done with a stream, for the table of scenarios. */
#ifndef SWEEP_STREAMS_H
#define SWEEP_STREAMS_H

#include "peer.h"

sw_talk talk_tls_cut;
sw_talk talk_tls_dialogue;
sw_talk talk_tls_write_timeout;
sw_talk talk_write;
sw_talk talk_write_much;
sw_talk talk_write_pieces;
sw_talk talk_read;
sw_talk talk_lines;
sw_talk talk_strict_lines;
sw_talk talk_read_all;
sw_talk talk_read_nothing;
sw_talk talk_read_lines;
sw_talk talk_ask_and_read_all;
sw_talk talk_dialogue;
sw_talk talk_both_full;
sw_talk talk_abort;
sw_talk talk_leave_unread;
sw_talk talk_set;
sw_talk talk_timeout;
sw_talk talk_write_timeout;
sw_talk talk_now;
sw_talk talk_cancel;
sw_talk talk_echo;
sw_talk talk_echo_beside_threads;
sw_talk talk_echo_stopped;
sw_talk talk_relay_pipe;

bool sw_writeln_now(rn_stream *s, const char *text);

#endif
