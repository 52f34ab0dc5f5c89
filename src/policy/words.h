/* SPDX-License-Identifier: Apache-2.0 */
/* The words that keys take, NULL-terminated: read by the readers, named by the schema. */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

extern const char *const pol_words_action[];
extern const char *const pol_words_back[];
extern const char *const pol_words_device_state[];
extern const char *const pol_words_echo_inbound[];
extern const char *const pol_words_effect[];
extern const char *const pol_words_encoding[];
extern const char *const pol_words_ipv6[];
extern const char *const pol_words_kinds[];
extern const char *const pol_words_language[];
extern const char *const pol_words_mirror_kind[];
extern const char *const pol_words_model[];
extern const char *const pol_words_nd_scope[];
extern const char *const pol_words_payload[];
extern const char *const pol_words_pref[];
extern const char *const pol_words_proxy_kind[];
extern const char *const pol_words_ra_flags[];
extern const char *const pol_words_sees[];
extern const char *const pol_words_side[];
extern const char *const pol_words_spf_end[];
extern const char *const pol_words_tap_place[];
extern const char *const pol_words_tunnel_kind[];
extern const char *const pol_words_unlisted[];
extern const char *const pol_words_web[];

#endif
