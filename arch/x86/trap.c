// SPDX-License-Identifier: GPL-2.0-only
/* Sends each trap to who can deal with it; reading of memory that may not be there. */
#include "arch/x86/trap.h"
#include "arch/x86/apic.h"
#include "arch/x86/layout.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "bpf/os.h"

/* An instruction that may fault, and where to go on if it does; both relative to themselves. */
struct ex_entry {
	s32 insn, fixup;
};

extern const struct ex_entry __start___ex_table[], __stop___ex_table[];
static struct trap_fixup *fixups;

int x86_copy_nofault(void *dst, const void *src, size_t n);

/* Neither the user half, nor device registers: reading those may change the device. */
static bool nofault_allowed(u64 start, size_t n)
{
	u64 end;

	if (__builtin_add_overflow(start, n, &end) || start < DIRECT_MAP_BASE)
		return false;
	return end <= IOREMAP_BASE || start >= IOREMAP_BASE + IOREMAP_SIZE;
}

int copy_from_kernel_nofault(void *dst, const void *src, size_t n)
{
	int err = nofault_allowed((u64)src, n) ? x86_copy_nofault(dst, src, n) : -EFAULT;

	if (err)
		memset(dst, 0, n);
	return err;
}

void trap_fixup_register(struct trap_fixup *f)
{
	f->next = fixups;
	WRITE_ONCE(fixups, f);
}

static bool fixup_fault(struct trap_frame *tf)
{
	const struct ex_entry *e;

	for (e = __start___ex_table; e < __stop___ex_table; e++) {
		if ((u64)&e->insn + e->insn != tf->rip)
			continue;
		tf->rip = (u64)&e->fixup + e->fixup;
		return true;
	}
	for (struct trap_fixup *f = READ_ONCE(fixups); f; f = f->next)
		if (f->fixup(tf->rip, tf))
			return true;
	return false;
}

void x86_trap(struct trap_frame *tf)
{
	bool may_fix = tf->vector == TRAP_PF || tf->vector == TRAP_GP;

	if (tf->vector >= NR_EXCEPTIONS)
		irq_dispatch(tf->vector);
	else if (!may_fix || !fixup_fault(tf))
		x86_fault_panic(tf);
}
