// SPDX-License-Identifier: GPL-2.0-only
/* Which kfuncs programs of each type may call: registered by the subsystems that have them. */
#include "bpf/verifier/verifier.h"

#include "bpf/btf_ids.h"

#define MAX_KFUNC_SETS	8
#define NR_PROG_TYPES	64
/* Programs of every type may call these. */
#define COMMON_SET_TYPE BPF_PROG_TYPE_UNSPEC

static struct {
	const struct btf_kfunc_id_set *sets[MAX_KFUNC_SETS];
	u32 cnt;
} kfunc_sets[NR_PROG_TYPES];

int register_btf_kfunc_id_set(enum bpf_prog_type type, const struct btf_kfunc_id_set *set)
{
	if ((u32)type >= NR_PROG_TYPES || !btf_vmlinux)
		return -EINVAL;
	for (u32 i = 0; i < set->set->cnt; i++) {
		const struct btf_type *t = btf_type_by_id(btf_vmlinux, set->set->pairs[i].id);

		if (!t || btf_kind(t) != BTF_KIND_FUNC)
			return -EINVAL;
	}
	if (kfunc_sets[type].cnt >= MAX_KFUNC_SETS)
		return -E2BIG;
	kfunc_sets[type].sets[kfunc_sets[type].cnt++] = set;
	return 0;
}

static const u32 *find_in_type(u32 type, const struct bpf_prog *prog, u32 id)
{
	for (u32 i = 0; i < kfunc_sets[type].cnt; i++) {
		const struct btf_kfunc_id_set *set = kfunc_sets[type].sets[i];
		const u32 *flags = btf_id_set8_contains(set->set, id);

		if (flags && (!set->filter || !set->filter(prog, id)))
			return flags;
	}
	return NULL;
}

const u32 *btf_kfunc_id_set_contains(const struct bpf_prog *prog, u32 kfunc_btf_id)
{
	const u32 *flags = find_in_type(COMMON_SET_TYPE, prog, kfunc_btf_id);

	if (!flags && (u32)prog->type < NR_PROG_TYPES)
		flags = find_in_type(prog->type, prog, kfunc_btf_id);
	return flags;
}
