// SPDX-License-Identifier: GPL-2.0-only
/* See linux_bpf.h. */
#define _GNU_SOURCE
#include "tests/fuzz/linux_bpf.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

long linux_bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

bool linux_bpf_init(void)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };
	int fd;

	if (syscall(SYS_capget, &hdr, data))
		return false;
	data[0].effective &= (uint32_t)FUZZ_CAPS;
	data[1].effective &= FUZZ_CAPS >> 32;
	if (syscall(SYS_capset, &hdr, data))
		return false;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	fd = linux_bpf(BPF_MAP_CREATE, &attr);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * Linux 6.18 forgets that what a fetch reads from the stack must be known precisely, and takes out branches that depend
 * on it: "what a fetch reads from the stack decides" in tests/verifier/atomics.data.
 */
bool linux_bpf_is_wrong_about(const struct bpf_insn *insns, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (bpf_is_atomic(&insns[i]) && insns[i].dst_reg == BPF_REG_10 &&
		    insns[i].imm & BPF_FETCH)
			return true;
	return false;
}
