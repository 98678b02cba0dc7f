// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry and the exits of a fused trampoline (bpf/fused.h), between the JIT's prologue and the program's
 * first instruction. What there is of it:
 *
 *	mov  [rbp-8], rdx       ; arguments that the program asks for late: to their homes,
 *	mov  rcx, rsi           ; in memory or in a register that it leaves alone
 *
 * and, where the program's run context can be asked for or RCU sections are counted:
 *
 *	mov  qword [rbp-32], 0  ; the cookie
 *	mov  rdi, prog                                 exit:
 *	lea  rsi, [rbp-40]                               mov  [rbp-48], rax
 *	call __bpf_prog_enter                            mov  rdi, prog
 *	mov  [rbp-56], rax      ; start time             mov  rsi, [rbp-56]
 *	test rax, rax                                    lea  rdx, [rbp-40]
 *	jne  run                                         call __bpf_prog_exit
 *	xor  eax, eax                                    mov  rax, [rbp-48]
 *	(exit, return)
 * run:
 */
#include "arch/x86/bpf_jit.h"

#include "bpf/fused.h"

static enum x86_reg arg_reg(u32 n)
{
	return n < BPF_FUSED_ARG_REGS - 1 ? jit_reg(BPF_REG_1 + n) : X86_R9;
}

static struct x86_mem at(s16 off)
{
	return x86_mem(X86_RBP, off);
}

static void go_home(struct jit_ctx *c, const struct bpf_fused_home *home)
{
	if (home->reg == BPF_REG_10)
		x86_mov_mr(&c->b, 64, at(home->off), arg_reg(home->arg_reg));
	else
		x86_mov_rr64(&c->b, jit_reg(home->reg), arg_reg(home->arg_reg));
}

static void enter(struct jit_ctx *c)
{
	const struct bpf_fused_entry *e = c->entry;
	struct x86_mem cookie =
		at(e->run_ctx + (s16)offsetof(struct bpf_tramp_run_ctx, bpf_cookie));
	struct x86_buf *b = &c->b;
	u32 run;

	if (e->cookie) {
		x86_mov_ri64(b, X86_RAX, e->cookie);
		x86_mov_mr(b, 64, cookie, X86_RAX);
	} else {
		x86_mov_mi(b, 64, cookie, 0);
	}
	x86_mov_ri64(b, X86_RDI, (u64)(uintptr_t)e->prog);
	x86_lea64(b, X86_RSI, at(e->run_ctx));
	x86_call(b, (void *)(uintptr_t)e->enter);
	x86_mov_mr(b, 64, at(e->start), X86_RAX);
	x86_test_rr64(b, X86_RAX, X86_RAX);
	x86_jcc_8(b, X86_CC_NE, 0);
	run = b->pos;
	x86_xor_rr32(b, X86_RAX, X86_RAX);
	jit_epilogue(c);
	x86_patch_8(b, run);
}

bool jit_entry_needs_frame(const struct bpf_fused_entry *entry)
{
	for (u32 i = 0; i < entry->nr_homes; i++)
		if (entry->homes[i].reg == BPF_REG_10)
			return true;
	return entry->enter;
}

static void note_home(struct bpf_frame *frame, const struct bpf_fused_home *home)
{
	bool in_reg = home->reg != BPF_REG_10;

	bpf_frame_add(frame, (struct bpf_frame_slot){
				     .what = "argument",
				     .reg = x86_reg_name(arg_reg(home->arg_reg)),
				     .kept = in_reg ? x86_reg_name(jit_reg(home->reg)) : NULL,
				     .off = home->off,
				     .size = 8,
				     .arg = home->slot });
}

void jit_note_entry(const struct jit_ctx *c, u32 room)
{
	const struct bpf_fused_entry *e = c->entry;
	struct bpf_frame *frame = e->frame;
	u32 i;

	frame->base = c->frame ? "rbp" : "rsp at the entry";
	for (i = 0; !c->frame && i < frame->nr; i++)
		frame->slots[i].off -= 8;
	bpf_frame_note(frame, c->frame ? 8 : 0, 8, "return address", NULL);
	if (c->frame)
		bpf_frame_note(frame, 0, 8, "caller's", "rbp");
	if (c->stack && e->own_stack)
		bpf_frame_note(frame, -(s32)e->own_stack, e->own_stack, "BPF stack", NULL);
	for (i = 0; i < e->nr_homes; i++)
		note_home(frame, &e->homes[i]);
	if (e->enter) {
		bpf_frame_note(frame, e->start, 8, "start time", NULL);
		bpf_frame_note(frame, e->result, 8, "result", NULL);
		bpf_frame_note(frame, e->run_ctx, sizeof(struct bpf_tramp_run_ctx), "run context",
			       NULL);
	}
	if (c->frame && room > c->stack)
		bpf_frame_note(frame, -(s32)room, room - c->stack, "padding", NULL);
}

void jit_entry(struct jit_ctx *c)
{
	for (u32 i = 0; i < c->entry->nr_homes; i++)
		go_home(c, &c->entry->homes[i]);
	if (c->entry->enter)
		enter(c);
}

void jit_exit(struct jit_ctx *c)
{
	const struct bpf_fused_entry *e = c->entry;
	struct x86_buf *b = &c->b;

	if (!e->exit)
		return;
	x86_mov_mr(b, 64, at(e->result), X86_RAX);
	x86_mov_ri64(b, X86_RDI, (u64)(uintptr_t)e->prog);
	x86_mov_rm(b, 64, X86_RSI, at(e->start));
	x86_lea64(b, X86_RDX, at(e->run_ctx));
	x86_call(b, (void *)(uintptr_t)e->exit);
	x86_mov_rm(b, 64, X86_RAX, at(e->result));
}
