/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may do what (R36): the one table of capabilities by command, map type and program type.
 * CAP_SYS_ADMIN stands in for the others, as on Linux. Unprivileged bpf(2) is off, as Linux's
 * distributions have it.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/cap_set.h"
#include "bpf/session.h"
#include "kernel/lib/types.h"

static inline bool bpf_capable(const struct bpf_session *s, int cap)
{
	return bpf_caps_have(s->caps, cap);
}

/* 0, or -EPERM with a sentence in the log that names the capability. */
int bpf_caps_check_cmd(const struct bpf_session *s, enum bpf_cmd cmd);
int bpf_caps_check_map(const struct bpf_session *s, enum bpf_map_type type);
int bpf_caps_check_prog(const struct bpf_session *s, enum bpf_prog_type type);
