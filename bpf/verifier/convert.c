// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that become several: accesses to a ctx whose fields lie elsewhere in the kernel's own struct (the
 * program type's convert_ctx_access() says where), the classic packet loads, and calls of helpers that are a few
 * instructions themselves. Jumps, functions and lines of source are moved along.
 *
 *   w0 = *(u8 *)(r1 +16)    __sk_buff.protocol     ->    r0 = *(u16 *)(r1 +OFFSET); w0 &= 0xff
 */
#include "bpf/verifier/packet.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

/* Loads less than the field: takes the bytes asked for out of the whole. (Little endian.) */
static u32 cut_out(struct bpf_insn *to, u8 dst, u32 shift, u32 size, u32 field_size)
{
	u64 mask = (1ULL << size * 8) - 1;
	u32 n = 0;

	if (field_size <= 4) {
		if (shift)
			to[n++] = BPF_ALU32_IMM(BPF_RSH, dst, shift);
		to[n++] = BPF_ALU32_IMM(BPF_AND, dst, (s32)mask);
		return n;
	}
	if (shift)
		to[n++] = BPF_ALU64_IMM(BPF_RSH, dst, shift);
	if (size == 4)
		to[n++] = BPF_MOV32_REG(dst, dst);
	else
		to[n++] = BPF_ALU64_IMM(BPF_AND, dst, (s32)mask);
	return n;
}

static u8 size_code(u32 bytes)
{
	return bytes == 8 ? BPF_DW : bytes == 4 ? BPF_W : bytes == 2 ? BPF_H : BPF_B;
}

/* Instructions for the ctx access @insn, or -errno. */
static int convert_ctx(struct bpf_verifier_env *env, const struct bpf_insn_aux_data *aux,
		       struct bpf_insn insn, struct bpf_insn *to)
{
	bool load = BPF_CLASS(insn.code) == BPF_LDX, sx = BPF_MODE(insn.code) == BPF_MEMSX;
	u32 field = (u32)aux->ctx_field_size, size = bpf_size_to_bytes(insn.code), n, target = 0;
	bool narrow = load && size < field;
	u32 shift = narrow ? (u32)(insn.off & (s32)(field - 1)) * 8 : 0;

	if (load)
		insn.code = BPF_LDX | BPF_MEM | (narrow ? size_code(field) : BPF_SIZE(insn.code));
	if (narrow)
		insn.off = (s16)(insn.off & ~(s32)(field - 1));
	n = env->ops->convert_ctx_access(load ? BPF_READ : BPF_WRITE, &insn, to, env->prog,
					 &target);
	if (!n || n > BPF_MAX_EXPANSION - 3)
		return verifier_bug(env, "a ctx access was allowed that cannot be converted");
	if (narrow && size < target)
		n += cut_out(&to[n], insn.dst_reg, shift, size, field);
	if (sx)
		to[n++] = BPF_MOVSX64_REG(insn.dst_reg, insn.dst_reg, (s16)(size * 8));
	return (int)n;
}

static bool is_ctx_access(const struct bpf_insn_aux_data *aux, const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return (class == BPF_LDX || class == BPF_ST || class == BPF_STX) &&
	       base_type(aux->ptr_type) == PTR_TO_CTX;
}

static bool is_inlined(const struct bpf_insn_aux_data *aux, const struct bpf_insn *insn)
{
	return bpf_helper_call(insn) && aux->gen_inline;
}

/* What stands for instruction @i: how many (1: itself, if @to is as it was), or -errno. */
static int expand(struct bpf_verifier_env *env, u32 i, struct bpf_insn *to)
{
	const struct bpf_insn_aux_data *aux = &env->insn_aux[i];
	const struct bpf_insn *insn = &env->insns[i];

	to[0] = *insn;
	if (!aux->seen)
		return 1;
	if (env->ops->convert_ctx_access && is_ctx_access(aux, insn))
		return convert_ctx(env, aux, *insn, to);
	if (is_inlined(aux, insn))
		return (int)aux->gen_inline(to);
	if (!bpf_is_ld_abs(insn))
		return 1;
	if (!env->ops->gen_ld_abs)
		return verifier_bug(env, "a packet load was allowed that cannot be converted");
	return (int)env->ops->gen_ld_abs(insn, to);
}

/* pos[i]: where what stands for instruction i begins. Total, or -errno. */
static int measure(struct bpf_verifier_env *env, u32 *pos)
{
	struct bpf_insn to[BPF_MAX_EXPANSION];
	u32 total = 0;

	for (u32 i = 0; i < env->insn_cnt; i++) {
		int n = expand(env, i, to);

		if (n < 0)
			return n;
		pos[i] = total;
		total += n;
		if (bpf_is_ld_imm64(&env->insns[i]))
			pos[++i] = total++;
	}
	pos[env->insn_cnt] = total;
	return (int)total;
}

/* The jump or call at @i, in its new place. */
static int retarget(struct bpf_verifier_env *env, struct bpf_insn *insn, const u32 *pos, u32 i)
{
	s64 off;

	if (bpf_is_jump(insn)) {
		off = (s64)pos[i + 1 + bpf_jmp_offset(insn)] - pos[i] - 1;
		if (insn->code == (BPF_JMP32 | BPF_JA)) {
			insn->imm = (s32)off;
		} else if (off == (s16)off) {
			insn->off = (s16)off;
		} else {
			verbose(env, "insn %d cannot be patched due to 16-bit range\n", i);
			return -ERANGE;
		}
	} else if (bpf_pseudo_call(insn) || bpf_pseudo_func(insn)) {
		insn->imm = (s32)(pos[i + 1 + insn->imm] - pos[i] - 1);
	}
	return 0;
}

static int fill(struct bpf_verifier_env *env, const u32 *pos, struct bpf_insn *insns,
		struct bpf_insn_aux_data *aux)
{
	int err = 0;

	for (u32 i = 0; !err && i < env->insn_cnt; i++) {
		struct bpf_insn to[BPF_MAX_EXPANSION];
		int n = expand(env, i, to);

		if (n < 0)
			return n;
		if (n == 1 && env->insn_aux[i].seen)
			err = retarget(env, &to[0], pos, i);
		memcpy(&insns[pos[i]], to, n * sizeof(*to));
		for (int k = 0; k < n; k++)
			aux[pos[i] + k] = env->insn_aux[i];
		if (!bpf_is_ld_imm64(&env->insns[i]))
			continue;
		i++;
		insns[pos[i]] = env->insns[i];
		aux[pos[i]] = env->insn_aux[i];
	}
	return err;
}

static int move_tables(struct bpf_verifier_env *env, const u32 *pos, u32 total)
{
	struct bpf_prog_aux *aux = env->prog->aux;

	if (aux->meta) {
		struct bpf_insn_meta *meta = krealloc(aux->meta, total * sizeof(*meta));

		if (!meta)
			return -ENOMEM;
		aux->meta = meta;
	}
	for (u32 i = 0; i <= env->subprog_cnt; i++)
		env->subprog[i].start = pos[env->subprog[i].start];
	for (u32 i = 0; i < aux->nr_linfo; i++)
		aux->linfo[i].insn_off = pos[aux->linfo[i].insn_off];
	for (u32 i = 0; aux->func_info && i < aux->func_info_cnt; i++)
		aux->func_info[i].insn_off = pos[aux->func_info[i].insn_off];
	return 0;
}

static int expand_all(struct bpf_verifier_env *env, u32 *pos)
{
	struct bpf_insn_aux_data *aux;
	struct bpf_insn *insns;
	int total = measure(env, pos), err;

	if (total < 0)
		return total;
	insns = kcalloc(total, sizeof(*insns));
	aux = kcalloc(total, sizeof(*aux));
	err = insns && aux ? fill(env, pos, insns, aux) ?: move_tables(env, pos, total) : -ENOMEM;
	if (err) {
		kfree(insns);
		kfree(aux);
		return err;
	}
	/* The states are of no use any more, and belong to instructions as they were. */
	free_states(env);
	kfree(env->explored);
	env->explored = NULL;
	kfree(env->insn_aux);
	kfree(env->insns);
	env->insn_aux = aux;
	env->insns = insns;
	env->prog->insnsi = insns;
	env->prog->len = env->insn_cnt = total;
	return 0;
}

int convert_program(struct bpf_verifier_env *env)
{
	bool any = false;
	u32 *pos;
	int err;

	for (u32 i = 0; !any && i < env->insn_cnt; i++) {
		any = bpf_is_ld_abs(&env->insns[i]) ||
		      is_inlined(&env->insn_aux[i], &env->insns[i]) ||
		      (env->ops->convert_ctx_access &&
		       is_ctx_access(&env->insn_aux[i], &env->insns[i]));
		i += bpf_is_ld_imm64(&env->insns[i]);
	}
	if (!any)
		return 0;
	pos = kcalloc(env->insn_cnt + 1, sizeof(*pos));
	err = pos ? expand_all(env, pos) : -ENOMEM;
	kfree(pos);
	return err;
}
