// SPDX-License-Identifier: GPL-2.0-only
/*
 * After the walk: the program as it will run. Code that no way reached goes; calls get their functions'
 * addresses; loads through pointers that may be stale become probing ones. Then what others need to
 * know about the program is put into prog->aux.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"

/* ---- each instruction by itself ---- */

static int fixup_helper_call(struct bpf_verifier_env *env, u32 i)
{
	struct bpf_insn *insn = &env->insns[i];
	const struct bpf_func_proto *fn = env->ops->get_func_proto(insn->imm, env->prog);
	s64 distance;

	if (insn->imm == BPF_FUNC_tail_call) {
		insn->imm = 0;
		insn->code = BPF_JMP | BPF_TAIL_CALL;
		return 0;
	}
	if (!fn || !fn->func)
		return verifier_bug(env, "a helper that was called has no function");
	distance = (s64)(unsigned long)fn->func - (s64)(unsigned long)__bpf_call_base;
	if (distance != (s32)distance)
		return verifier_bug(env, "a helper is too far from __bpf_call_base");
	insn->imm = (s32)distance;
	env->insn_aux[i].gen_inline = fn->gen_inline;
	return 0;
}

static int fixup_kfunc_call(struct bpf_verifier_env *env, struct bpf_insn *insn)
{
	const struct bpf_kfunc_desc *d = find_kfunc_desc(env, insn->imm, insn->off);

	if (!d)
		return verifier_bug(env, "a kfunc that was called has no description");
	insn->imm = d->imm;
	insn->off = 0;
	return 0;
}

/* The object may be gone, or the pointer NULL: the load must survive that. */
static void fixup_load(const struct bpf_insn_aux_data *aux, struct bpf_insn *insn)
{
	u32 type = aux->ptr_type;

	if (base_type(type) != PTR_TO_BTF_ID || (type & PTR_TRUSTED && !(type & PTR_UNTRUSTED)))
		return;
	if (BPF_MODE(insn->code) == BPF_MEM)
		insn->code = BPF_LDX | BPF_PROBE_MEM | BPF_SIZE(insn->code);
	else if (BPF_MODE(insn->code) == BPF_MEMSX)
		insn->code = BPF_LDX | BPF_PROBE_MEMSX | BPF_SIZE(insn->code);
}

/* What it stands for is in it by now; but functions are found later. One that is never called goes away. */
static void fixup_constant(struct bpf_verifier_env *env, u32 i)
{
	struct bpf_insn *insn = &env->insns[i];

	if (bpf_pseudo_func(insn) && env->insn_aux[i + 1 + insn->imm].seen)
		return;
	if (bpf_pseudo_func(insn))
		insn->imm = 0;
	insn->src_reg = 0;
}

static int fixup_insns(struct bpf_verifier_env *env)
{
	int err = 0;

	for (u32 i = 0; !err && i < env->insn_cnt; i++) {
		struct bpf_insn *insn = &env->insns[i];

		if (!env->insn_aux[i].seen)
			continue;
		if (BPF_CLASS(insn->code) == BPF_LDX)
			fixup_load(&env->insn_aux[i], insn);
		else if (bpf_helper_call(insn))
			err = fixup_helper_call(env, i);
		else if (bpf_pseudo_kfunc_call(insn))
			err = fixup_kfunc_call(env, insn);
		else if (bpf_is_ld_imm64(insn))
			fixup_constant(env, i);
		i += bpf_is_ld_imm64(insn);
	}
	return err;
}

/* ---- code that is never reached ---- */

/* A conditional jump one way of which is never taken is none. */
static void hard_wire_branches(struct bpf_verifier_env *env)
{
	for (u32 i = 0; i < env->insn_cnt; i++) {
		struct bpf_insn *insn = &env->insns[i];
		u32 target;

		if (!env->insn_aux[i].seen || !bpf_is_jump(insn) || BPF_OP(insn->code) == BPF_JA) {
			i += bpf_is_ld_imm64(insn);
			continue;
		}
		target = i + 1 + bpf_jmp_offset(insn);
		if (!env->insn_aux[i + 1].seen)
			*insn = BPF_JMP_A(insn->off);
		else if (!env->insn_aux[target].seen)
			*insn = BPF_JMP_A(0);
	}
}

static bool kept(const struct bpf_verifier_env *env, u32 i)
{
	return env->insn_aux[i].seen;
}

/* pos[i]: where instruction i, or the next one that is kept, will be. */
static u32 place(struct bpf_verifier_env *env, u32 *pos)
{
	u32 n = 0;

	for (u32 i = 0; i < env->insn_cnt; i++) {
		pos[i] = n;
		n += kept(env, i);
	}
	pos[env->insn_cnt] = n;
	return n;
}

/* Jumps to the next instruction do nothing. */
static u32 drop_nops(struct bpf_verifier_env *env, u32 *pos)
{
	for (u32 i = 0; i < env->insn_cnt; i++) {
		struct bpf_insn *insn = &env->insns[i];

		if (kept(env, i) && bpf_is_jump(insn) && BPF_OP(insn->code) == BPF_JA &&
		    pos[i + 1 + bpf_jmp_offset(insn)] == pos[i] + 1)
			env->insn_aux[i].seen = false;
		i += bpf_is_ld_imm64(insn);
	}
	return place(env, pos);
}

static void retarget(struct bpf_verifier_env *env, const u32 *pos, u32 i)
{
	struct bpf_insn *insn = &env->insns[i];

	if (bpf_is_jump(insn)) {
		s32 off = (s32)pos[i + 1 + bpf_jmp_offset(insn)] - (s32)pos[i] - 1;

		if (insn->code == (BPF_JMP32 | BPF_JA))
			insn->imm = off;
		else
			insn->off = (s16)off;
	} else if (bpf_pseudo_call(insn) || bpf_pseudo_func(insn)) {
		insn->imm = (s32)pos[i + 1 + insn->imm] - (s32)pos[i] - 1;
	}
}

static void move_linfo(struct bpf_prog_aux *aux, const u32 *pos, u32 len)
{
	u32 n = 0;

	/* Of the lines that now begin at one instruction, the last one is its own. */
	for (u32 i = 0; i < aux->nr_linfo; i++) {
		struct bpf_line_info l = aux->linfo[i];

		l.insn_off = pos[l.insn_off];
		if (l.insn_off >= len)
			break;
		if (n && aux->linfo[n - 1].insn_off == l.insn_off)
			n--;
		aux->linfo[n++] = l;
	}
	aux->nr_linfo = n;
}

static void move_subprogs(struct bpf_verifier_env *env, const u32 *pos)
{
	struct bpf_prog_aux *aux = env->prog->aux;
	bool have_info = aux->func_info && aux->func_info_cnt == env->subprog_cnt;
	u32 n = 0;

	for (u32 i = 0; i < env->subprog_cnt; i++) {
		u32 start = pos[env->subprog[i].start], end = pos[env->subprog[i + 1].start];

		if (start == end)
			continue;
		env->subprog[n] = env->subprog[i];
		env->subprog[n].start = start;
		if (have_info) {
			aux->func_info[n] = aux->func_info[i];
			aux->func_info[n].insn_off = start;
			if (aux->func_info_aux)
				aux->func_info_aux[n] = aux->func_info_aux[i];
		}
		n++;
	}
	env->subprog[n].start = pos[env->insn_cnt];
	env->subprog_cnt = n;
	if (have_info)
		aux->func_info_cnt = n;
}

static int remove_dead_code(struct bpf_verifier_env *env)
{
	u32 *pos = kcalloc(env->insn_cnt + 1, sizeof(*pos)), len;

	if (!pos)
		return -ENOMEM;
	hard_wire_branches(env);
	place(env, pos);
	len = drop_nops(env, pos);
	for (u32 i = 0; i < env->insn_cnt; i++) {
		bool wide = bpf_is_ld_imm64(&env->insns[i]);

		if (kept(env, i))
			retarget(env, pos, i);
		i += wide;
	}
	move_linfo(env->prog->aux, pos, len);
	move_subprogs(env, pos);
	for (u32 i = 0; i < env->insn_cnt; i++) {
		if (!kept(env, i))
			continue;
		env->insns[pos[i]] = env->insns[i];
		env->insn_aux[pos[i]] = env->insn_aux[i];
	}
	kfree(pos);
	env->fixed_cnt = len;
	return 0;
}

/* ---- what others need to know ---- */

static int keep_subprogs(struct bpf_verifier_env *env)
{
	struct bpf_prog_aux *aux = env->prog->aux;
	u32 n = env->subprog_cnt;

	aux->subprog_starts = kcalloc(n, sizeof(u32));
	aux->subprog_stack = kcalloc(n, sizeof(u32));
	if (!aux->subprog_starts || !aux->subprog_stack)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		aux->subprog_starts[i] = env->subprog[i].start;
		aux->subprog_stack[i] = env->subprog[i].stack_depth;
	}
	aux->func_cnt = n;
	return 0;
}

static int keep_meta(struct bpf_verifier_env *env)
{
	struct bpf_prog_aux *aux = env->prog->aux;

	/* check_btf made it for the program as loaded: it is large enough. */
	if (!aux->meta)
		aux->meta = kcalloc(env->fixed_cnt, sizeof(*aux->meta));
	if (!aux->meta)
		return -ENOMEM;
	for (u32 i = 0, l = 0; i < env->fixed_cnt; i++) {
		while (l < aux->nr_linfo && aux->linfo[l].insn_off <= i)
			l++;
		aux->meta[i].orig_idx = env->insn_aux[i].orig_idx;
		aux->meta[i].linfo = l;
	}
	return 0;
}

static int compare_kfuncs(const void *a, const void *b)
{
	const struct bpf_kfunc_desc *x = a, *y = b;

	return x->imm < y->imm ? -1 : x->imm > y->imm;
}

/* References go from the environment to the program. */
static int keep_objects(struct bpf_verifier_env *env)
{
	struct bpf_prog_aux *aux = env->prog->aux;

	if (env->used_map_cnt) {
		aux->used_maps = kcalloc(env->used_map_cnt, sizeof(*aux->used_maps));
		if (!aux->used_maps)
			return -ENOMEM;
		memcpy(aux->used_maps, env->used_maps, env->used_map_cnt * sizeof(*aux->used_maps));
		aux->used_map_cnt = env->used_map_cnt;
		env->used_map_cnt = 0;
	}
	if (env->nr_kfuncs) {
		sort(env->kfuncs, env->nr_kfuncs, sizeof(*env->kfuncs), compare_kfuncs);
		aux->kfuncs = env->kfuncs;
		aux->nr_kfuncs = env->nr_kfuncs;
		env->kfuncs = NULL;
	}
	return 0;
}

int fixup_program(struct bpf_verifier_env *env)
{
	int err = fixup_insns(env) ?: convert_program(env) ?: remove_dead_code(env) ?: keep_subprogs(env);

	err = err ?: keep_meta(env) ?: keep_objects(env);
	if (!err) {
		env->prog->len = env->fixed_cnt;
		env->prog->aux->verified_insns = env->insn_processed;
	}
	return err;
}
