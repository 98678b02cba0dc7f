// SPDX-License-Identifier: GPL-2.0-only
/* Faults in BPF programs' loads through pointers that need not be valid: the load gives 0. The process's side. */
#define _GNU_SOURCE
#include "arch/host/fault.h"

#include <ucontext.h>

#include "arch/x86/x86_encode.h"
#include "bpf/jit.h"

static const u8 greg_of[16] = {
	[X86_RAX] = REG_RAX, [X86_RCX] = REG_RCX, [X86_RDX] = REG_RDX, [X86_RBX] = REG_RBX,
	[X86_RSP] = REG_RSP, [X86_RBP] = REG_RBP, [X86_RSI] = REG_RSI, [X86_RDI] = REG_RDI,
	[X86_R8] = REG_R8,   [X86_R9] = REG_R9,	  [X86_R10] = REG_R10, [X86_R11] = REG_R11,
	[X86_R12] = REG_R12, [X86_R13] = REG_R13, [X86_R14] = REG_R14, [X86_R15] = REG_R15,
};

static bool fix_bpf_load(u64 fault_ip, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	u64 resume;
	u8 reg;

	if (!bpf_jit_find_fault(fault_ip, &resume, &reg))
		return false;
	regs[REG_RIP] = resume;
	regs[greg_of[reg]] = 0;
	return true;
}

static struct host_fixup bpf_fixup = { .fixup = fix_bpf_load };

void bpf_jit_fault_init(void)
{
	arch_host_fixup_register(&bpf_fixup);
}
