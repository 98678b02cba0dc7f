/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching threads, and calls that may fault.
 *
 * CPU mode: 64-bit, ring 0. Only what the psABI calls callee-saved has to survive a switch: for the
 * thread it looks like any other call. Stack of a thread that does not run, from its sp upwards:
 *
 *	sp ->	r15 r14 r13 r12 rbx rbp		popped by the switch to it
 *		rip				where it goes on: its caller, or thread_start
 */
	.text
	/* void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next); sp is at 0 */
	.global arch_thread_switch
	.type arch_thread_switch, @function
	.balign 16
arch_thread_switch:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov (%rsi), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
	.size arch_thread_switch, . - arch_thread_switch

	/*
	 * Where a thread's first switch returns to: r12 = entry, r13 = arg (arch_thread_init() put
	 * them there), rbp = 0 so that backtraces end. The stack is 16-byte aligned here.
	 */
	.global thread_start
	.type thread_start, @function
	.balign 16
thread_start:
	mov %r13, %rdi
	call *%r12
	ud2				/* entry() must not return */
	.size thread_start, . - thread_start

	/*
	 * int x86_copy_nofault(void *dst, const void *src, size_t n);
	 * 0, or -EFAULT if a byte of @src could not be read. Clobbers rax, rcx, rsi, rdi.
	 */
	.global x86_copy_nofault
	.type x86_copy_nofault, @function
	.balign 16
x86_copy_nofault:
	mov %rdx, %rcx
1:	rep movsb
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	.size x86_copy_nofault, . - x86_copy_nofault

	.section __ex_table, "a"
	.balign 4
	.long 1b - ., 2b - .
