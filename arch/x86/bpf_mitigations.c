// SPDX-License-Identifier: GPL-2.0-only
/*
 * Indirect jumps and returns whose prediction others may have trained: each behind a call that leads the prediction
 * into a loop of its own, which ends as soon as the real address is known. Where that is not wanted, plain ones.
 *
 *	call 1f                 the CPU will predict the ret to come to 2:
 * 2:	pause
 *	lfence
 *	jmp  2b
 * 1:	mov  [rsp], rax         and for a return: lea rsp, [rsp+8]
 *	ret
 */
#include "arch/x86/bpf_mitigations.h"

u32 bpf_jit_mitigations;

/* Behind it the stack has one address more, to which the CPU believes the next ret goes. */
static void catch_prediction(struct x86_buf *b)
{
	u32 call, trap;

	x86_call_32(b, 0);
	call = b->pos;
	trap = b->pos;
	x86_pause(b);
	x86_lfence(b);
	x86_jmp_8(b, (s8)(trap - (b->pos + 2)));
	x86_patch_32(b, call);
}

void x86_return(struct x86_buf *b)
{
	if (bpf_jit_mitigations & BPF_JIT_RETURN_THUNKS) {
		catch_prediction(b);
		x86_lea64(b, X86_RSP, x86_mem(X86_RSP, 8));
	}
	x86_ret(b);
}

void x86_jump_indirect(struct x86_buf *b, enum x86_reg r)
{
	if (!(bpf_jit_mitigations & BPF_JIT_RETPOLINES))
		return x86_jmp_r(b, r);
	catch_prediction(b);
	x86_mov_mr(b, 64, x86_mem(X86_RSP, 0), r);
	x86_ret(b);
}
