// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report of an exception that nobody handles: the cause in a sentence, where it happened, the
 * registers, and the callers, each address with its symbol. An annotator may add lines of its own.
 *
 * Trusts nothing: what it reads besides its own stack it reads with copy_from_kernel_nofault().
 */
#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/layout.h"
#include "arch/x86/trap.h"
#include "bpf/os.h"
#include "kernel/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/thread.h"

/* Frames followed, and lines shown for them. */
#define MAX_DEPTH   4096
#define MAX_CALLERS 32

/* What functions that have a frame begin with. */
#define PUSH_RBP 0x55

/* Page-fault error code (SDM vol. 3A, 4.7). */
#define PF_PRESENT  BIT(0)
#define PF_WRITE    BIT(1)
#define PF_RESERVED BIT(3)
#define PF_FETCH    BIT(4)

static const char *const exception_names[NR_EXCEPTIONS] = {
	[0] = "divide error (division by zero, or the quotient is too large)",
	[1] = "debug exception",
	[2] = "non-maskable interrupt",
	[3] = "breakpoint (int3: also what unused executable memory is filled with)",
	[4] = "overflow",
	[5] = "bound range exceeded",
	[6] = "invalid opcode",
	[7] = "floating-point or vector instruction, which the kernel does not use",
	[8] = "double fault",
	[10] = "invalid TSS",
	[11] = "segment not present",
	[12] = "stack-segment fault (non-canonical address through rsp or rbp)",
	[13] = "general protection fault",
	[14] = "page fault",
	[16] = "x87 floating-point error",
	[17] = "alignment check",
	[18] = "machine check (the hardware reports an error)",
	[19] = "SIMD floating-point exception",
	[20] = "virtualization exception",
	[21] = "control protection exception",
};

/* "function+0x12" or just the number. */
static void format_address(char *buf, size_t size, u64 addr)
{
	const char *name;
	u64 offset;

	if (kallsyms_lookup(addr, &name, &offset))
		scnprintf(buf, size, "%016llx %s+%#llx", addr, name, offset);
	else
		scnprintf(buf, size, "%016llx", addr);
}

/* Names the part of layout.h's drawing that @addr is in. */
static const char *region_name(u64 addr)
{
	static const struct {
		u64 start, end;
		const char *name;
	} regions[] = {
		{ 0, PAGE_SIZE, "the first page, so probably a null pointer" },
		{ PAGE_SIZE, 1ULL << 47, "the user half, which is never mapped" },
		{ DIRECT_MAP_BASE, DIRECT_MAP_BASE + DIRECT_MAP_SIZE, "the direct map of RAM" },
		{ STACKS_BASE, STACKS_BASE + STACKS_SIZE, "the thread stacks" },
		{ IOREMAP_BASE, IOREMAP_BASE + IOREMAP_SIZE, "the device registers" },
		{ IMAGES_RW_BASE, IMAGES_RW_BASE + IMAGES_SIZE, "the images' writable aliases" },
		{ KERNEL_BASE, IMAGES_BASE, "the kernel's image" },
		{ IMAGES_BASE, IMAGES_BASE + IMAGES_SIZE, "the executable images" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(regions); i++)
		if (addr >= regions[i].start && addr < regions[i].end)
			return regions[i].name;
	return "no part of the address space that is used";
}

static void report_page_fault(const struct trap_frame *tf, u64 addr)
{
	const char *what = tf->error & PF_FETCH	  ? "execution of"
			   : tf->error & PF_WRITE ? "write to"
						  : "read of";
	const char *why = tf->error & PF_RESERVED     ? "a page-table entry is malformed"
			  : !(tf->error & PF_PRESENT) ? "it is not mapped"
			  : tf->error & PF_FETCH      ? "it is not executable"
						      : "it is read-only";

	pr_err("page fault: %s %016llx, but %s (error code %#llx)", what, addr, why, tf->error);
	pr_err("  it is in %s", region_name(addr));
}

/* The stack whose guard page @addr is in, into @name. */
static bool find_guard(u64 addr, char *name, size_t size)
{
	const struct thread *t = thread_of_guard(addr);

	if (t)
		scnprintf(name, size, "stack of thread \"%s\"", t->name);
	for (u32 i = 0; i < nr_guarded_stacks && !t; i++) {
		if (ALIGN_DOWN(addr, PAGE_SIZE) != guarded_stacks[i].guard)
			continue;
		scnprintf(name, size, "%s stack", guarded_stacks[i].name);
		return true;
	}
	return t != NULL;
}

/* An unmapped page under a stack is reached by a fault whose own frame cannot be pushed. */
static void report_double_fault(const struct trap_frame *tf, u64 addr)
{
	char name[64];

	if (find_guard(addr, name, sizeof(name)))
		pr_err("double fault: stack overflow: %016llx is in the guard page of the %s", addr,
		       name);
	else
		pr_err("double fault: an exception could not be delivered (last page fault: "
		       "%016llx)",
		       addr);
}

/* Error codes of these name a descriptor (SDM vol. 3A, 6.13). */
static void report_selector_error(const struct trap_frame *tf)
{
	const char *table = tf->error & 2 ? "IDT" : tf->error & 4 ? "LDT" : "GDT";

	pr_err("%s", exception_names[tf->vector]);
	if (tf->error)
		pr_err("  error code %#llx: %s entry %llu%s", tf->error, table, tf->error >> 3,
		       tf->error & 1 ? ", external event" : "");
	else if (tf->vector == TRAP_GP)
		pr_err("  error code 0: often a non-canonical address in one of the registers");
}

static void report_cause(const struct trap_frame *tf, u64 cr2)
{
	const char *name = exception_names[tf->vector];

	switch (tf->vector) {
	case TRAP_PF:
		report_page_fault(tf, cr2);
		break;
	case TRAP_DF:
		report_double_fault(tf, cr2);
		break;
	case 10:
	case 11:
	case 12:
	case TRAP_GP:
		report_selector_error(tf);
		break;
	default:
		pr_err("%s", name ? name : "reserved exception");
		if (tf->error)
			pr_err("  error code %#llx", tf->error);
	}
}

static void show_registers(const struct trap_frame *tf, u64 cr2)
{
	char where[128];

	format_address(where, sizeof(where), tf->rip);
	pr_err("at rip %s", where);
	panic_annotate(tf->rip);
	pr_err("registers:");
	pr_err("  rax %016llx  rbx %016llx  rcx %016llx", tf->rax, tf->rbx, tf->rcx);
	pr_err("  rdx %016llx  rsi %016llx  rdi %016llx", tf->rdx, tf->rsi, tf->rdi);
	pr_err("  rbp %016llx  rsp %016llx  r8  %016llx", tf->rbp, tf->rsp, tf->r8);
	pr_err("  r9  %016llx  r10 %016llx  r11 %016llx", tf->r9, tf->r10, tf->r11);
	pr_err("  r12 %016llx  r13 %016llx  r14 %016llx", tf->r12, tf->r13, tf->r14);
	pr_err("  r15 %016llx  rflags %08llx  cs %04llx  ss %04llx", tf->r15, tf->rflags, tf->cs,
	       tf->ss);
	pr_err("  cr0 %08llx  cr2 %016llx  cr3 %08llx  cr4 %08llx", read_cr0(), cr2, read_cr3(),
	       read_cr4());
}

static void show_code(u64 rip)
{
	char line[80] = "";
	u8 bytes[16];
	size_t n = 0;

	if (copy_from_kernel_nofault(bytes, (void *)rip, sizeof(bytes)))
		return;
	for (u32 i = 0; i < sizeof(bytes); i++)
		n += scnprintf(line + n, sizeof(line) - n, " %02x", bytes[i]);
	pr_err("code at rip:%s", line);
}

/* The call is before the address that it returns to, which may be another function's. */
static void show_caller(u64 return_ip)
{
	char where[128];

	format_address(where, sizeof(where), return_ip - 1);
	pr_err("  %s", where);
	panic_annotate(return_ip - 1);
}

void arch_backtrace(const void *fp)
{
	u64 at = (u64)(fp ? fp : __builtin_frame_address(0)), last = 0;
	u32 shown = 0, repeated = 0;

	pr_err("callers, innermost first:");
	/* Recursion counts as one line, so that who started it is seen. */
	for (u32 depth = 0; at && depth < MAX_DEPTH && shown < MAX_CALLERS; depth++) {
		struct {
			u64 fp, ip;
		} frame;

		if (copy_from_kernel_nofault(&frame, (void *)at, sizeof(frame)) || !frame.ip)
			break;
		at = frame.fp;
		if (frame.ip == last) {
			repeated++;
			continue;
		}
		if (repeated)
			pr_err("  (and %u time%s more)", repeated, PLURAL(repeated));
		repeated = 0;
		last = frame.ip;
		show_caller(frame.ip);
		shown++;
	}
}

/*
 * The caller of a function without a frame of its own (a leaf, or one at its first instruction) is not in
 * the chain of frames but on top of the stack. So it is after a call to what cannot be executed.
 */
static void show_frameless_caller(const struct trap_frame *tf)
{
	const char *name;
	u64 offset, return_ip;
	u8 first;

	if (kallsyms_lookup(tf->rip, &name, &offset) && offset != 0 &&
	    !copy_from_kernel_nofault(&first, (void *)(tf->rip - offset), 1) && first == PUSH_RBP)
		return;
	if (copy_from_kernel_nofault(&return_ip, (void *)tf->rsp, sizeof(return_ip)))
		return;
	if (kallsyms_lookup(return_ip - 1, &name, &offset)) {
		pr_err("called from:");
		show_caller(return_ip);
	}
}

void x86_fault_panic(const struct trap_frame *tf)
{
	u64 cr2 = read_cr2();

	panic_begin();
	pr_err("Kernel panic in thread \"%s\": exception %llu on CPU %u",
	       current ? current->name : "none yet", tf->vector, smp_processor_id());
	report_cause(tf, cr2);
	show_registers(tf, cr2);
	show_code(tf->rip);
	show_frameless_caller(tf);
	arch_backtrace((void *)tf->rbp);
	arch_exit(ARCH_EXIT_PANIC);
}
