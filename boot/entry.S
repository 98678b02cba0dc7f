/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the loader's 32-bit protected mode to x86_start() in long mode at -2 GiB.
 *
 * On entry (both doors): flat 32-bit segments, paging off, interrupts off, no usable stack.
 *	mb2_entry: eax = 0x36d76289, ebx = physical address of the Multiboot2 information
 *	pvh_entry: ebx = physical address of struct hvm_start_info
 * Clobbers everything; no stack is used before long mode.
 * Ends in: void x86_start(u32 magic, u32 info), boot stack, interrupts off.
 *
 * The first page tables map the first 4 GiB twice, with 2 MiB pages, writable and executable:
 *
 *	boot_pml4[0] and [511] --> boot_pdpt[0..3] --> boot_pd (4 pages): physical 0..4 GiB
 *				   boot_pdpt[510]  --> the first page of boot_pd (KERNEL_BASE)
 *
 * One third-level table serves both halves. paging_init() replaces all of this.
 */
#include "arch/x86/layout.h"

#define PHYS(sym) ((sym) - KERNEL_BASE)
#define PVH_MAGIC   0x336ec578
#define PTE_TABLE   0x003 /* present, writable */
#define PTE_2M	    0x083 /* present, writable, large */
#define CR4_PAE	    0x20
#define EFER	    0xc0000080
#define EFER_LME    0x100
#define EFER_NXE    0x800
#define CR0_ON	    0x80010033 /* PG, WP, NE, ET, MP, PE */
#define COM1	    0x3f8
#define EXIT_PORT   0xf4 /* isa-debug-exit */
#define EXIT_FAIL   0x11

	.section .boot.text, "ax"
	.code32
	.global pvh_entry
	.type pvh_entry, @function
pvh_entry:
	mov $PVH_MAGIC, %eax
	.size pvh_entry, . - pvh_entry

	.global mb2_entry
	.type mb2_entry, @function
mb2_entry:
	cli
	cld
	mov %eax, %edi			/* first argument of x86_start() */
	mov %ebx, %esi			/* second */

	/* Does the image end in RAM? Where there is none, writes do not stick. */
	mov $0x5aa5c33c, %eax
	mov %eax, PHYS(__kernel_end) - 8
	cmp %eax, PHYS(__kernel_end) - 8
	mov $no_memory, %ebx
	jne refuse
	movl $0, PHYS(__kernel_end) - 8

	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	mov $no_long_mode, %ebx
	jb refuse
	mov $0x80000001, %eax
	cpuid
	bt $29, %edx
	mov $no_long_mode, %ebx
	jnc refuse
	mov %edx, %ebp			/* bit 20: NX */

	movl $PHYS(boot_pdpt) + PTE_TABLE, PHYS(boot_pml4)
	movl $PHYS(boot_pdpt) + PTE_TABLE, PHYS(boot_pml4) + 511 * 8
	movl $PHYS(boot_pd) + PTE_TABLE, PHYS(boot_pdpt)
	movl $PHYS(boot_pd) + 0x1000 + PTE_TABLE, PHYS(boot_pdpt) + 8
	movl $PHYS(boot_pd) + 0x2000 + PTE_TABLE, PHYS(boot_pdpt) + 16
	movl $PHYS(boot_pd) + 0x3000 + PTE_TABLE, PHYS(boot_pdpt) + 24
	movl $PHYS(boot_pd) + PTE_TABLE, PHYS(boot_pdpt) + 510 * 8
	xor %ecx, %ecx
1:	mov %ecx, %eax
	shl $21, %eax
	or $PTE_2M, %eax
	mov %eax, PHYS(boot_pd)(, %ecx, 8)
	inc %ecx
	cmp $2048, %ecx
	jne 1b

	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov $PHYS(boot_pml4), %eax
	mov %eax, %cr3
	mov $EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	bt $20, %ebp
	jnc 2f
	or $EFER_NXE, %eax
2:	wrmsr
	mov $CR0_ON, %eax
	mov %eax, %cr0
	lgdt boot_gdt_ptr
	ljmp $KERNEL_CS, $start64

/* ebx = sentence: writes it to COM1, ends QEMU with the failure code, else stops. */
refuse:
	mov (%ebx), %al
	test %al, %al
	jz 4f
	mov $COM1, %edx
	out %al, %dx
	mov $COM1 + 5, %edx
	mov $0x100000, %ecx		/* a bound: there may be no UART */
3:	in %dx, %al
	test $0x20, %al
	loopz 3b
	inc %ebx
	jmp refuse
4:	mov $EXIT_FAIL, %al
	out %al, $EXIT_PORT
5:	hlt
	jmp 5b

	.code64
start64:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	/* Not null, though it would do: iretq makes of that another one, for which QEMU's TCG translates code anew. */
	mov $KERNEL_DS, %eax
	mov %eax, %ss
	mov $boot_stack + 4096 + BOOT_STACK_SIZE, %rsp
	xor %ebp, %ebp
	mov $x86_start, %rax
	push %rbp			/* no caller: returns nowhere, and backtraces end here */
	jmp *%rax
	.size mb2_entry, . - mb2_entry

	.balign 8
boot_gdt:
	/* null; code, 64-bit, ring 0; data, as in descriptors.c */
	.quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
boot_gdt_ptr:
	.short boot_gdt_ptr - boot_gdt - 1
	.long boot_gdt
no_memory:
	.asciz "\r\nTrellis: the machine has too little memory: RAM ends before the kernel does.\r\n"
no_long_mode:
	.asciz "\r\nTrellis: this CPU has no 64-bit mode (CPUID 80000001h, EDX bit 29).\r\n"

	.section .bss.boot_tables, "aw", @nobits
	.balign 4096
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_pd:   .skip 4 * 4096
	.type boot_pml4, @object
	.size boot_pml4, 4096
	.type boot_pdpt, @object
	.size boot_pdpt, 4096
	.type boot_pd, @object
	.size boot_pd, 4 * 4096
