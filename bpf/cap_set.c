// SPDX-License-Identifier: GPL-2.0-only
/* Sets of capabilities: names, and what is in them. */
#include "bpf/cap_set.h"
#include <linux/capability.h>
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static const struct {
	const char *name; /* as caps= and people's tools have it */
	const char *constant;
	int cap;
} cap_names[] = {
	{ "bpf", "CAP_BPF", CAP_BPF },
	{ "perfmon", "CAP_PERFMON", CAP_PERFMON },
	{ "net_admin", "CAP_NET_ADMIN", CAP_NET_ADMIN },
	{ "sys_admin", "CAP_SYS_ADMIN", CAP_SYS_ADMIN },
	{ "sys_boot", "CAP_SYS_BOOT", CAP_SYS_BOOT },
	{ "sys_module", "CAP_SYS_MODULE", CAP_SYS_MODULE },
};

static u64 named(const char *word, size_t n)
{
	for (u32 i = 0; i < ARRAY_SIZE(cap_names); i++)
		if (word_is(word, n, cap_names[i].name))
			return BIT_ULL(cap_names[i].cap);
	return 0;
}

const char *bpf_caps_parse(const char *text, size_t n, char separator, u64 *caps)
{
	const char *word = text, *end = text + n, *stop;
	u64 set = 0, one;

	*caps = word_is(text, n, "all") ? BPF_CAPS_ALL : 0;
	if (*caps || word_is(text, n, "none"))
		return NULL;
	for (;; word = stop + 1) {
		stop = memchr(word, separator, end - word) ?: end;
		one = named(word, stop - word);
		if (!one)
			return word;
		set |= one;
		if (stop == end)
			break;
	}
	*caps = set;
	return NULL;
}

bool bpf_caps_have(u64 caps, int cap)
{
	return caps & (BIT_ULL(cap) | BIT_ULL(CAP_SYS_ADMIN));
}

const char *bpf_caps_lacking(u64 caps, u64 needs)
{
	for (u32 i = 0; i < ARRAY_SIZE(cap_names); i++)
		if (needs & BIT_ULL(cap_names[i].cap) && !bpf_caps_have(caps, cap_names[i].cap))
			return cap_names[i].constant;
	return NULL;
}
