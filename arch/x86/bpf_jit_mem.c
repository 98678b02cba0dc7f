// SPDX-License-Identifier: GPL-2.0-only
/* Loads, stores, atomics, tail calls and frames of the JIT. */
#include "arch/x86/bpf_jit.h"

#include "bpf/fused.h"

#include "arch/x86/bpf_mitigations.h"

#include "bpf/os.h"

static struct x86_mem dst_mem(const struct bpf_insn *insn)
{
	return x86_mem(jit_reg(insn->dst_reg), insn->off);
}

static struct x86_mem src_mem(const struct bpf_insn *insn)
{
	return x86_mem(jit_reg(insn->src_reg), insn->off);
}

void jit_access(struct jit_ctx *c, const struct bpf_insn *insn, struct x86_mem m)
{
	u32 bits = bpf_size_to_bytes(insn->code) * 8;

	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		if (BPF_MODE(insn->code) == BPF_MEMSX)
			x86_movsx_rm64(&c->b, bits, jit_reg(insn->dst_reg), m);
		else
			x86_mov_rm(&c->b, bits, jit_reg(insn->dst_reg), m);
		return;
	case BPF_ST:
		return x86_mov_mi(&c->b, bits, m, insn->imm);
	case BPF_STX:
		return x86_mov_mr(&c->b, bits, m, jit_reg(insn->src_reg));
	}
}

void jit_memory(struct jit_ctx *c, const struct bpf_insn *insn)
{
	jit_access(c, insn, BPF_CLASS(insn->code) == BPF_LDX ? src_mem(insn) : dst_mem(insn));
}

/*
 * r2 = atomic64_fetch_or((u64 *)(r1 +8), r2): a loop, as x86 has no such instruction.
 *	lea  r9, [rdi+8]
 *	mov  r11, rax           ; R0
 *	mov  rax, [r9]
 * 1:	mov  r10, rax
 *	or   r10, rsi           ; r11 if the operand is R0
 *	lock cmpxchg [r9], r10  ; rax is the old value, or what came in between
 *	jne  1b
 *	mov  rsi, rax
 *	mov  rax, r11           ; both not if R0 is the operand: rax is the result
 * r10 is pushed and popped where a fixup uses AX; and if AX is the operand, rdi is what is pushed.
 */
static void fetch_loop(struct jit_ctx *c, const struct bpf_insn *insn, u32 bits)
{
	enum x86_reg src = jit_reg(insn->src_reg);
	enum x86_reg operand = src == X86_RAX ? JIT_TMP : src;
	enum x86_reg result = src == X86_R10 ? X86_RDI : X86_R10;
	bool keep = result == X86_RDI || c->live & BIT(BPF_REG_AX);
	struct x86_buf *b = &c->b;
	struct x86_mem m = x86_mem(JIT_TMP2, 0);
	u32 loop;

	jit_tmp2_take(c);
	x86_lea64(b, JIT_TMP2, dst_mem(insn));
	x86_mov_rr64(b, JIT_TMP, X86_RAX);
	if (keep)
		x86_push_r(b, result);
	x86_mov_rm(b, bits, X86_RAX, m);
	loop = b->pos;
	x86_mov_rr64(b, result, X86_RAX);
	switch (insn->imm & ~BPF_FETCH) {
	case BPF_AND:
		x86_and_rr64(b, result, operand);
		break;
	case BPF_OR:
		x86_or_rr64(b, result, operand);
		break;
	case BPF_XOR:
		x86_xor_rr64(b, result, operand);
		break;
	}
	x86_lock_cmpxchg_mr(b, bits, m, result);
	x86_jcc_8(b, X86_CC_NE, (s8)(loop - (b->pos + 2)));
	if (keep)
		x86_pop_r(b, result);
	jit_tmp2_give(c);
	if (src == X86_RAX)
		return;
	x86_mov_rr64(b, src, X86_RAX);
	x86_mov_rr64(b, X86_RAX, JIT_TMP);
}

void jit_atomic(struct jit_ctx *c, const struct bpf_insn *insn)
{
	u32 bits = bpf_size_to_bytes(insn->code) * 8;
	enum x86_reg src = jit_reg(insn->src_reg);
	struct x86_mem m = dst_mem(insn);

	switch (insn->imm) {
	case BPF_ADD:
		return x86_lock_add_mr(&c->b, bits, m, src);
	case BPF_AND:
		return x86_lock_and_mr(&c->b, bits, m, src);
	case BPF_OR:
		return x86_lock_or_mr(&c->b, bits, m, src);
	case BPF_XOR:
		return x86_lock_xor_mr(&c->b, bits, m, src);
	case BPF_ADD | BPF_FETCH:
		return x86_lock_xadd_mr(&c->b, bits, m, src);
	case BPF_XCHG:
		return x86_xchg_mr(&c->b, bits, m, src);
	case BPF_CMPXCHG:
		x86_lock_cmpxchg_mr(&c->b, bits, m, src);
		if (bits == 32) /* eax is not written when they were equal */
			x86_mov_rr32(&c->b, X86_RAX, X86_RAX);
		return;
	default:
		return fetch_loop(c, insn, bits);
	}
}

/*
 * A load that may fault: a plain one that is entered in the table of such. Where nothing can be read, the
 * fault's handler clears the register and goes on behind the load.
 */
void jit_probe_load(struct jit_ctx *c, const struct bpf_insn *insn)
{
	enum x86_reg dst = jit_reg(insn->dst_reg);
	u32 bits = bpf_size_to_bytes(insn->code) * 8, load = c->b.pos;

	if (BPF_MODE(insn->code) == BPF_PROBE_MEMSX && bits < 64)
		x86_movsx_rm64(&c->b, bits, dst, src_mem(insn));
	else
		x86_mov_rm(&c->b, bits, dst, src_mem(insn));
	c->faults[c->nr_faults++] = (struct bpf_jit_fault){ load, c->b.pos, dst };
}

/* --- Frames --- */

static const u8 saved_regs[] = { BPF_REG_6, BPF_REG_7, BPF_REG_8, BPF_REG_9, JIT_SPARE_SAVED };

static u32 nr_saved(const struct jit_ctx *c)
{
	u32 i, n = 0;

	for (i = 0; i < ARRAY_SIZE(saved_regs); i++)
		n += !!(c->callee_saved & BIT(saved_regs[i]));
	return n;
}

/* Between rbp and the saved registers: the BPF stack, and what makes the frame a multiple of 16 bytes. */
static u32 frame_room(const struct jit_ctx *c)
{
	return ALIGN(c->stack + nr_saved(c) * 8, 16) - nr_saved(c) * 8;
}

/* For runs that are compared: who reads what was never written reads 0. */
static void clear_stack(struct jit_ctx *c)
{
	jit_code_grow(c);
	x86_xor_rr32(&c->b, JIT_TMP, JIT_TMP);
	for (u32 off = 8; off <= c->stack; off += 8)
		x86_mov_mr(&c->b, 64, x86_mem(X86_RBP, -(s32)off), JIT_TMP);
	jit_code_grow(c);
}

/*
 * Of each function, main program or not:
 *	push rbp                      +8  return address
 *	mov  rbp, rsp                  0  caller's rbp        <- R10
 *	sub  rsp, 64                 -64  the BPF stack, as much as it uses; then padding to 16 bytes
 *	push rbx r13 r14 r15 r12          those that it uses
 * A function that neither has a stack nor calls others does without the first three.
 */
void jit_prologue(struct jit_ctx *c)
{
	u32 i, room = frame_room(c);
	s32 at = c->frame ? -(s32)room : 0; /* the last push, from rbp or from rsp at the entry */
	struct bpf_frame *noted = c->entry ? c->entry->frame : NULL;

	if (noted)
		jit_note_entry(c, room);
	if (c->frame) {
		x86_push_r(&c->b, X86_RBP);
		x86_mov_rr64(&c->b, X86_RBP, X86_RSP);
	}
	if (c->frame && room)
		x86_sub_ri64(&c->b, X86_RSP, room);
	for (i = 0; i < ARRAY_SIZE(saved_regs); i++)
		if (c->callee_saved & BIT(saved_regs[i])) {
			x86_push_r(&c->b, jit_reg(saved_regs[i]));
			bpf_frame_note(noted, at -= 8, 8, "caller's",
				       x86_reg_name(jit_reg(saved_regs[i])));
		}
	if (c->jit->recorder && c->frame)
		clear_stack(c);
}

/*
 * Back to the state at the function's entry: rsp at the return address. "leave" would be three bytes shorter, but
 * takes a tenth of what a call of a small function does.
 */
void jit_teardown(struct jit_ctx *c)
{
	int i;

	for (i = ARRAY_SIZE(saved_regs) - 1; i >= 0; i--)
		if (c->callee_saved & BIT(saved_regs[i]))
			x86_pop_r(&c->b, jit_reg(saved_regs[i]));
	if (c->frame && frame_room(c))
		x86_mov_rr64(&c->b, X86_RSP, X86_RBP);
	if (c->frame)
		x86_pop_r(&c->b, X86_RBP);
}

void jit_epilogue(struct jit_ctx *c)
{
	if (c->entry)
		jit_exit(c);
	jit_teardown(c);
	x86_return(&c->b);
}

/*
 * In front of a program that makes tail calls: a counter for this run, which all programs and frames
 * that follow share through r12. A tail call enters behind it.
 *	push r12
 *	push 0
 *	mov  r12, rsp
 *	sub  rsp, 8             ; the call leaves rsp as a call of C would
 *	call inner
 *	add  rsp, 16
 *	pop  r12
 *	ret
 * inner:
 */
void jit_tail_call_stub(struct jit_ctx *c)
{
	struct x86_buf *b = &c->b;
	u32 call;

	x86_push_r(b, JIT_TCC);
	x86_push_i(b, 0);
	x86_mov_rr64(b, JIT_TCC, X86_RSP);
	x86_sub_ri64(b, X86_RSP, 8);
	x86_call_32(b, 0);
	call = b->pos;
	x86_add_ri64(b, X86_RSP, 16);
	x86_pop_r(b, JIT_TCC);
	x86_return(b);
	x86_patch_32(b, call);
}

/*
 * tail_call(R1 = ctx, R2 = map, R3 = index). The frame goes before the target starts.
 *	cmp  dword [r12], 33
 *	jae  out
 *	push rdi
 *	sub  rsp, 8
 *	mov  rdi, rsi
 *	mov  esi, edx
 *	call bpf_jit_tail_call_target
 *	add  rsp, 8
 *	pop  rdi
 *	test rax, rax
 *	je   out
 *	add  dword [r12], 1
 *	(teardown)
 *	jmp  rax
 * out:
 */
void jit_tail_call(struct jit_ctx *c)
{
	struct x86_buf *b = &c->b;
	u32 limit, none;

	x86_cmp_mi32(b, x86_mem(JIT_TCC, 0), MAX_TAIL_CALL_CNT);
	x86_jcc_8(b, X86_CC_AE, 0);
	limit = b->pos;
	x86_push_r(b, X86_RDI);
	x86_sub_ri64(b, X86_RSP, 8);
	x86_mov_rr64(b, X86_RDI, X86_RSI);
	x86_mov_rr32(b, X86_RSI, X86_RDX);
	x86_call(b, c->jit->tail_call_target ?: (void *)(uintptr_t)bpf_jit_tail_call_target);
	x86_add_ri64(b, X86_RSP, 8);
	x86_pop_r(b, X86_RDI);
	x86_test_rr64(b, X86_RAX, X86_RAX);
	x86_jcc_8(b, X86_CC_E, 0);
	none = b->pos;
	x86_add_mi32(b, x86_mem(JIT_TCC, 0), 1);
	jit_teardown(c);
	x86_jump_indirect(b, X86_RAX);
	x86_patch_8(b, limit);
	x86_patch_8(b, none);
}
