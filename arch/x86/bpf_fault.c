// SPDX-License-Identifier: GPL-2.0-only
/* Faults in BPF programs' loads through pointers that need not be valid: the load gives 0. The machine's side. */
#include "arch/x86/percpu.h"
#include "arch/x86/trap.h"
#include "arch/x86/x86_encode.h"
#include "bpf/jit.h"

static u64 *reg_of(struct trap_frame *tf, enum x86_reg reg)
{
	u64 *const regs[16] = {
		[X86_RAX] = &tf->rax, [X86_RCX] = &tf->rcx, [X86_RDX] = &tf->rdx,
		[X86_RBX] = &tf->rbx, [X86_RSP] = &tf->rsp, [X86_RBP] = &tf->rbp,
		[X86_RSI] = &tf->rsi, [X86_RDI] = &tf->rdi, [X86_R8] = &tf->r8,
		[X86_R9] = &tf->r9,   [X86_R10] = &tf->r10, [X86_R11] = &tf->r11,
		[X86_R12] = &tf->r12, [X86_R13] = &tf->r13, [X86_R14] = &tf->r14,
		[X86_R15] = &tf->r15,
	};

	return regs[reg];
}

static bool fix_bpf_load(u64 fault_ip, struct trap_frame *tf)
{
	u8 reg;

	if (!bpf_jit_find_fault(fault_ip, &tf->rip, &reg))
		return false;
	*reg_of(tf, reg) = 0;
	return true;
}

static struct trap_fixup bpf_fixup = { .fixup = fix_bpf_load };

void bpf_jit_fault_init(void)
{
	trap_fixup_register(&bpf_fixup);
	bpf_jit_cpu_id_at = PERCPU_CPU_ID;
}
