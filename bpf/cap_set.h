/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of capabilities, one bit each: their names, and what is in them. The kernel and the host command
 * read the same names. Relies on kernel/lib only.
 */
#pragma once

#include "kernel/lib/types.h"

#define BPF_CAPS_ALL  U64_MAX
/* What bpf_caps_parse() knows, for people. */
#define BPF_CAP_NAMES "bpf, perfmon, net_admin, sys_admin, sys_boot, sys_module"

/*
 * Reads @text, of @n bytes: "all", "none" or names joined by @separator. NULL; or where in it the first word
 * begins that is no name, and an empty set.
 */
const char *bpf_caps_parse(const char *text, size_t n, char separator, u64 *caps);
/* Does this set of capabilities hold @cap, or CAP_SYS_ADMIN? */
bool bpf_caps_have(u64 caps, int cap);
/* The first of @needs, a set of the capabilities above, that @caps lacks, as "CAP_BPF"; NULL if none. */
const char *bpf_caps_lacking(u64 caps, u64 needs);
