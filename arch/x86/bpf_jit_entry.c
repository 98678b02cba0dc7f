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
