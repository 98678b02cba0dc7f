/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 256 entry stubs and the common path to x86_trap().
 *
 * CPU mode: 64-bit, ring 0, interrupts off (interrupt gates). Clobbers nothing: all general
 * registers are saved and restored. Stack at the call, from high to low addresses:
 *
 *	ss, rsp, rflags, cs, rip	pushed by the CPU, which aligned the stack to 16 first
 *	error				pushed by the CPU, or 0 by the stub
 *	vector				pushed by the stub
 *	rax rcx rdx rbx rbp rsi rdi r8..r15	= struct trap_frame, rdi points at r15
 *	rip, rbp			a made-up call frame: backtraces go through it
 *
 * One stub, as the macro makes it for vector 33 (16 bytes each):
 *
 *		push $0 ; push $33 ; jmp trap_common
 */
#define STUB_SIZE 16

	.text
	.balign STUB_SIZE
	.global trap_stubs
	.type trap_stubs, @function
trap_stubs:
	.set vector, 0
	.rept 256
	.balign STUB_SIZE
	/* SDM vol. 3A, table 6-1: 8, 10-14, 17, 21, 29 and 30 come with an error code. */
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
	      vector == 29 || vector == 30)
	push $0
	.endif
	push $vector
	jmp trap_common
	.set vector, vector + 1
	.endr
	.balign STUB_SIZE
	.size trap_stubs, . - trap_stubs

	/* void trap_common(void): see above for the stack */
	.type trap_common, @function
trap_common:
	push %rax
	push %rcx
	push %rdx
	push %rbx
	push %rbp
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, %rdi
	push 17 * 8(%rdi)
	push %rbp
	mov %rsp, %rbp
	cld
	call x86_trap
	add $16, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp			/* vector, error */
	iretq
	.size trap_common, . - trap_common
