// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of helpers that are a few instructions: look-ups in arrays that the program names, the CPU's number. Any
 * other operation on such a map is a call of the map's own function instead of the helper that would find it.
 */
#include "arch/x86/bpf_jit.h"

#define LOOK_BACK 8

/* The constant in R1 at the call at @i, if it was loaded just before, on the only way there. */
static bool known_map(const struct jit_ctx *c, u32 i, u64 *map)
{
	const struct bpf_jit *jit = c->jit;
	u32 k, n;

	for (k = i, n = 0; k > 0 && n < LOOK_BACK; n++) {
		if (jit->flags[k] & (JIT_TARGET | JIT_FUNC))
			return false;
		k--;
		if (jit->flags[k] & JIT_SECOND)
			continue;
		if (!(bpf_insn_regs_written(&jit->insns[k]) & BIT(BPF_REG_1)))
			continue;
		*map = bpf_ld_imm64_value(&jit->insns[k]);
		return bpf_is_ld_imm64(&jit->insns[k]);
	}
	return false;
}

/* dst = this CPU's number, its upper half 0. */
static void cpu_id(struct x86_buf *b, enum x86_reg dst, s32 at)
{
	if (at < 0)
		x86_xor_rr32(b, dst, dst);
	else
		x86_mov_r_gs32(b, dst, at);
}

/*
 * r0 = bpf_map_lookup_elem(array of 1000 values of 24 bytes, r2):
 *	mov  eax, [rsi]
 *	cmp  eax, 1000
 *	jae  null
 *	imul rax, rax, 24
 *	mov  r11, value
 *	add  rax, r11
 *	jmp  done
 * null: xor eax, eax
 * done:
 * and, if each CPU has its own, in front of the jmp:
 *	mov  r9d, gs:[8]
 *	imul r9, r9, 24000
 *	add  rax, r9
 */
static void array_lookup(struct x86_buf *b, const struct bpf_jit_call *jc)
{
	u32 null, done;

	x86_mov_rm(b, 32, X86_RAX, x86_mem(X86_RSI, 0));
	x86_cmp_ri32(b, X86_RAX, (s32)jc->max_entries);
	x86_jcc_8(b, X86_CC_AE, 0);
	null = b->pos;
	if (jc->elem_size & (jc->elem_size - 1))
		x86_imul_rri64(b, X86_RAX, X86_RAX, (s32)jc->elem_size);
	else
		x86_shl_ri64(b, X86_RAX, __builtin_ctz(jc->elem_size));
	x86_mov_ri64(b, JIT_TMP, jc->value);
	x86_add_rr64(b, X86_RAX, JIT_TMP);
	if (jc->kind == BPF_JIT_CALL_PERCPU_ARRAY && jc->cpu_id_at >= 0) {
		cpu_id(b, JIT_TMP2, jc->cpu_id_at);
		x86_imul_rri64(b, JIT_TMP2, JIT_TMP2, jc->stride);
		x86_add_rr64(b, X86_RAX, JIT_TMP2);
	}
	x86_jmp_8(b, 0);
	done = b->pos;
	x86_patch_8(b, null);
	x86_xor_rr32(b, X86_RAX, X86_RAX);
	x86_patch_8(b, done);
}

bool jit_inline_call(struct jit_ctx *c, u32 i)
{
	const struct bpf_jit *jit = c->jit;
	struct bpf_jit_call jc = { .func = NULL };
	u64 map;

	if (!jit->call || !bpf_helper_call(&jit->insns[i]))
		return false;
	if (!known_map(c, i, &map))
		map = 0;
	if (!jit->call(jit->prog, &jit->insns[i], map, &jc))
		return false;
	switch (jc.kind) {
	case BPF_JIT_CALL_FUNC:
		jit_call_function(c, i, jc.func);
		break;
	case BPF_JIT_CALL_ARRAY:
	case BPF_JIT_CALL_PERCPU_ARRAY:
		array_lookup(&c->b, &jc);
		break;
	case BPF_JIT_CALL_CPU_ID:
		cpu_id(&c->b, X86_RAX, jc.cpu_id_at);
		break;
	}
	return true;
}
