/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf_setsockopt() and bpf_getsockopt() for programs of congestion controls (R38). */
#pragma once

#include "bpf/verifier.h"

extern const struct bpf_func_proto bpf_sk_setsockopt_proto;
extern const struct bpf_func_proto bpf_sk_getsockopt_proto;
