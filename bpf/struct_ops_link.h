/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps a BPF_F_LINK struct_ops map registered. */
#pragma once

#include "bpf/link.h"
#include "bpf/syscall.h"

/*
 * BPF_LINK_CREATE with attach_type BPF_STRUCT_OPS: registers the map that link_create.map_fd names. flags and
 * target_fd are not looked at, as on Linux. The link's descriptor; -EBADF; -EINVAL: no map, no
 * struct_ops map, without BPF_F_LINK, without a value; the subsystem's error (-EEXIST); -ENOMEM.
 */
int bpf_struct_ops_link_create(struct bpf_call *call);
