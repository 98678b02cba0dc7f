// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on maps that the program names: a look-up in an array is a few instructions, any other operation a
 * call of the map's own function instead of the helper that would find it.
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
 */
static void array_lookup(struct x86_buf *b, const struct bpf_jit_map_call *mc)
{
	u32 null, done;

	x86_mov_rm(b, 32, X86_RAX, x86_mem(X86_RSI, 0));
	x86_cmp_ri32(b, X86_RAX, (s32)mc->max_entries);
	x86_jcc_8(b, X86_CC_AE, 0);
	null = b->pos;
	if (mc->elem_size & (mc->elem_size - 1))
		x86_imul_rri64(b, X86_RAX, X86_RAX, (s32)mc->elem_size);
	else
		x86_shl_ri64(b, X86_RAX, __builtin_ctz(mc->elem_size));
	x86_mov_ri64(b, JIT_TMP, mc->value);
	x86_add_rr64(b, X86_RAX, JIT_TMP);
	x86_jmp_8(b, 0);
	done = b->pos;
	x86_patch_8(b, null);
	x86_xor_rr32(b, X86_RAX, X86_RAX);
	x86_patch_8(b, done);
}

bool jit_inline_call(struct jit_ctx *c, u32 i)
{
	const struct bpf_jit *jit = c->jit;
	struct bpf_jit_map_call mc = { .func = NULL };
	u64 map;

	if (!jit->map_call || !bpf_helper_call(&jit->insns[i]) || !known_map(c, i, &map) ||
	    !jit->map_call(jit->prog, &jit->insns[i], map, &mc))
		return false;
	if (mc.func)
		x86_call(&c->b, mc.func);
	else
		array_lookup(&c->b, &mc);
	return true;
}
