/* SPDX-License-Identifier: GPL-2.0-only */
/* Links of tracing programs: a program at a function of the kernel or of another program. */
#pragma once

#include "bpf/syscall.h"

/* BPF_LINK_CREATE with a program that is not a struct_ops map's: its handler, past the program. */
int bpf_tracing_link_create(struct bpf_call *call, struct bpf_prog *prog);
/* BPF_RAW_TRACEPOINT_OPEN. */
int bpf_cmd_raw_tracepoint_open(struct bpf_call *call);
