// SPDX-License-Identifier: GPL-2.0-only
/* Page tables, faults that are survived, names of addresses, the clock, PCI. Kernel only. */
#include "arch/x86/acpi.h"
#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "arch/x86/layout.h"
#include "arch/x86/paging.h"
#include "arch/x86/pci.h"
#include "arch/x86/serial.h"
#include "arch/x86/trap.h"
#include "bpf/os.h"
#include "kernel/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/memory_internal.h"
#include "kernel/timer.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_x86;
extern char __text_start[], __rodata_start[], __data_start[];

/* An address in no window that is in use. */
#define TEST_VA (IMAGES_RW_BASE + IMAGES_SIZE - (16UL << 20))

static int prot_of(const void *p)
{
	u64 size, e = paging_lookup((u64)p, &size);

	if (!(e & PTE_PRESENT))
		return 0;
	return ARCH_PROT_READ | (e & PTE_WRITE ? ARCH_PROT_WRITE : 0) |
	       (e & PTE_NX ? 0 : ARCH_PROT_EXEC);
}

static void image_is_protected(struct ktest *t)
{
	u64 text = arch_virt_to_phys(__text_start);

	EXPECT_EQ(t, prot_of(__text_start), ARCH_PROT_READ | ARCH_PROT_EXEC);
	EXPECT_EQ(t, prot_of(__rodata_start), ARCH_PROT_READ);
	EXPECT_EQ(t, prot_of(__data_start), ARCH_PROT_READ | ARCH_PROT_WRITE);
	/* Nor can text be written through the direct map. */
	EXPECT_EQ(t, prot_of(arch_phys_to_virt(text)), ARCH_PROT_READ);
	EXPECT_EQ(t, prot_of(NULL), 0);
	EXPECT_TRUE(t, read_cr0() & X86_CR0_WP);
}

static void cpu_protections_are_on(struct ktest *t)
{
	struct cpuid_regs l7 = { 0 };
	u64 cr4 = read_cr4();

	if (cpuid(0, 0).eax >= 7)
		l7 = cpuid(7, 0);
	EXPECT_EQ(t, !!(cr4 & X86_CR4_SMEP), !!(l7.ebx & BIT(7)));
	EXPECT_EQ(t, !!(cr4 & X86_CR4_SMAP), !!(l7.ebx & BIT(20)));
	EXPECT_EQ(t, !!(cr4 & X86_CR4_UMIP), !!(l7.ecx & BIT(2)));
	EXPECT_EQ(t, !!(rdmsr(MSR_EFER) & EFER_NXE), !!(cpuid(0x80000001, 0).edx & BIT(20)));
}

static void mapping_and_unmapping(struct ktest *t)
{
	u8 *page = page_block_alloc(0), *alias = (u8 *)TEST_VA;
	u8 b;

	ASSERT_TRUE(t, page);
	ASSERT_TRUE(t, !arch_map(TEST_VA, arch_virt_to_phys(page), PAGE_SIZE, ARCH_PROT_WRITE));
	alias[7] = 42;
	EXPECT_EQ(t, page[7], 42);
	EXPECT_EQ(t, arch_virt_to_phys(alias + 7), arch_virt_to_phys(page) + 7);
	EXPECT_EQ(t, arch_protect(TEST_VA, PAGE_SIZE, ARCH_PROT_READ), 0);
	EXPECT_EQ(t, prot_of(alias), ARCH_PROT_READ);
	arch_unmap(TEST_VA, PAGE_SIZE);
	EXPECT_EQ(t, prot_of(alias), 0);
	EXPECT_EQ(t, copy_from_kernel_nofault(&b, alias, 1), -EFAULT);
	page_block_free(page, 0);
}

static void large_pages_are_split(struct ktest *t)
{
	u64 order_9 = PAGE_SIZE << 9, size;
	u8 *block = page_block_alloc(9);

	if (!block) {
		ktest_skip(t, "no 2 MiB of memory in one piece");
		return;
	}
	ASSERT_TRUE(t, IS_ALIGNED((u64)block, order_9));
	ASSERT_TRUE(t, !arch_map(TEST_VA, arch_virt_to_phys(block), order_9, ARCH_PROT_WRITE));
	paging_lookup(TEST_VA, &size);
	EXPECT_EQ(t, size, order_9);
	EXPECT_EQ(t, arch_protect(TEST_VA + 3 * PAGE_SIZE, PAGE_SIZE, ARCH_PROT_READ), 0);
	EXPECT_EQ(t, prot_of((void *)(TEST_VA + 2 * PAGE_SIZE)), ARCH_PROT_READ | ARCH_PROT_WRITE);
	EXPECT_EQ(t, prot_of((void *)(TEST_VA + 3 * PAGE_SIZE)), ARCH_PROT_READ);
	EXPECT_EQ(t, prot_of((void *)(TEST_VA + 4 * PAGE_SIZE)), ARCH_PROT_READ | ARCH_PROT_WRITE);
	EXPECT_EQ(t, arch_virt_to_phys((void *)(TEST_VA + 0x5123)),
		  arch_virt_to_phys(block) + 0x5123);
	arch_unmap(TEST_VA, order_9);
	page_block_free(block, 9);
}

static void bad_reads_are_refused(struct ktest *t)
{
	static const u64 bad[] = { 0,
				   0x10,
				   0x7fffffffffff,
				   0xdead000000000000,
				   DIRECT_MAP_BASE - 8,
				   STACKS_BASE,
				   IMAGES_BASE + IMAGES_SIZE - 8,
				   U64_MAX - 6 };
	u64 v;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		v = 1;
		EXPECT_EQ(t, copy_from_kernel_nofault(&v, (void *)bad[i], sizeof(v)), -EFAULT);
		EXPECT_EQ(t, v, 0);
	}
	/* Device registers are mapped, but reading them may do things. */
	EXPECT_EQ(t, copy_from_kernel_nofault(&v, (void *)IOREMAP_BASE, sizeof(v)), -EFAULT);
	EXPECT_EQ(t, copy_from_kernel_nofault(&v, bad + 3, sizeof(v)), 0);
	EXPECT_EQ(t, v, 0xdead000000000000);
}

static u64 fixed_ip;

/* Answers for one load in read_or_7(): skips it, result 7. "mov (%rdi), %rax" is 3 bytes. */
static bool fix_read(u64 ip, struct trap_frame *tf)
{
	if (ip != fixed_ip)
		return false;
	tf->rax = 7;
	tf->rip += 3;
	return true;
}

static void fixups_are_asked(struct ktest *t)
{
	static const u8 code[] = { 0x48, 0x8b, 0x07, 0xc3 }; /* mov (%rdi), %rax; ret */
	static struct trap_fixup fixup = { .fixup = fix_read };
	u8 *page = page_block_alloc(0);
	u64 (*load)(const void *p) = (void *)TEST_VA, value = 5;

	ASSERT_TRUE(t, page);
	memcpy(page, code, sizeof(code));
	if (!fixed_ip)
		trap_fixup_register(&fixup);
	fixed_ip = TEST_VA;
	ASSERT_TRUE(t, !arch_map(TEST_VA, arch_virt_to_phys(page), PAGE_SIZE, ARCH_PROT_EXEC));
	EXPECT_EQ(t, load(&value), 5);
	EXPECT_EQ(t, load(NULL), 7);
	EXPECT_EQ(t, load((void *)0xdead000000000000), 7);
	arch_unmap(TEST_VA, PAGE_SIZE);
	page_block_free(page, 0);
}

static void symbols_have_names(struct ktest *t)
{
	const char *name = "";
	u64 offset = 0;

	ASSERT_TRUE(t, kallsyms_lookup((u64)symbols_have_names + 1, &name, &offset));
	EXPECT_STREQ(t, name, "symbols_have_names");
	EXPECT_EQ(t, offset, 1);
	EXPECT_EQ(t, kallsyms_lookup_name("x86_trap"), (u64)x86_trap);
	EXPECT_EQ(t, kallsyms_lookup_name("no_such_symbol"), 0);
	EXPECT_TRUE(t, !kallsyms_lookup(0x1000, &name, &offset));
}

static void image_names_come_and_go(struct ktest *t)
{
	const char *name = "";
	u64 offset = 0;

	ASSERT_TRUE(t, !kallsyms_add_image("bpf_prog_0123_x", TEST_VA, 64));
	EXPECT_TRUE(t, kallsyms_lookup(TEST_VA + 63, &name, &offset));
	EXPECT_STREQ(t, name, "bpf_prog_0123_x");
	EXPECT_EQ(t, offset, 63);
	EXPECT_TRUE(t, !kallsyms_lookup(TEST_VA + 64, &name, &offset));
	kallsyms_remove_image(TEST_VA, 1);
	synchronize_rcu();
	EXPECT_TRUE(t, !kallsyms_lookup(TEST_VA + 1, &name, &offset));
}

static void wait_ms(u32 ms)
{
	u64 start = arch_clock_ns();

	while (arch_clock_ns() - start < ms * NSEC_PER_MSEC)
		cpu_relax();
}

static void clock_goes_forward(struct ktest *t)
{
	u64 last = arch_clock_ns(), start = last;

	while (last - start < 50 * NSEC_PER_MSEC) {
		u64 now = arch_clock_ns();

		if (!EXPECT_TRUE(t, now >= last))
			return;
		last = now;
	}
}

#define PM_TIMER_HZ   3579545ULL
#define PM_TIMER_MASK 0xffffff /* 24 bits: it goes round in 4.7 s */

/* What another clock says, and ours just before and after it was asked, however long that took. */
struct pm_reading {
	u64 before, after;
	u32 count;
};

static struct pm_reading read_pm_timer(void)
{
	struct pm_reading r = { .before = arch_clock_ns() };

	r.count = inl(acpi_info.pm_timer_port);
	r.after = arch_clock_ns();
	return r;
}

static void clock_keeps_time(struct ktest *t)
{
	struct pm_reading a = { 0 }, b = { .after = U64_MAX };
	u64 ns;

	if (!acpi_info.pm_timer_port) {
		ktest_skip(t, "this machine has no ACPI PM timer");
		return;
	}
	for (u32 i = 0; i < 5 && b.after - a.before > 2 * NSEC_PER_SEC; i++) {
		a = read_pm_timer();
		wait_ms(50);
		b = read_pm_timer();
	}
	if (b.after - a.before > 2 * NSEC_PER_SEC) {
		ktest_skip(t, "this machine stands still for seconds");
		return;
	}
	ns = ((b.count - a.count) & PM_TIMER_MASK) * NSEC_PER_SEC / PM_TIMER_HZ;
	EXPECT_TRUE(t, b.after - a.before >= ns - ns / 10);
	EXPECT_TRUE(t, b.before - a.after <= ns + ns / 10);
}

static int count_device(const struct pci_device *dev, void *arg)
{
	u32 *n = arg;

	(*n)++;
	return dev->bus || dev->vendor == 0xffff ? -EINVAL : 0;
}

static void pci_devices_are_found(struct ktest *t)
{
	u32 n = 0;

	EXPECT_EQ(t, pci_for_each(count_device, &n), 0);
	if (!n)
		ktest_skip(t, "this machine has no PCI");
}

/* QEMU's default network card on q35, an Intel 82574L: it can be told to interrupt. */
#define E1000E_ID	    0x10d3
#define E1000E_ICR	    0x00c0 /* causes that are set; what is written is cleared */
#define E1000E_ICS	    0x00c8 /* sets interrupt causes */
#define E1000E_IMS	    0x00d0 /* lets causes through */
#define E1000E_IVAR	    0x00e4 /* bits 16-19: vector of "other" causes, and valid */
#define E1000E_OTHER	    BIT(24)
#define E1000E_IVAR_OTHER_0 (8 << 16)

static struct pci_device e1000e;

static int find_e1000e(const struct pci_device *dev, void *arg)
{
	e1000e = *dev;
	return dev->vendor == 0x8086 && dev->device == E1000E_ID;
}

static u32 messages;

static void count_message(void *arg)
{
	messages++;
}

/* Sets the cause, waits for what comes of it, and clears it again: the number of messages. */
static u32 cause_messages(u8 *regs)
{
	u32 before = messages;
	u64 start = arch_clock_ns();

	writel(E1000E_OTHER, regs + E1000E_ICS);
	while (READ_ONCE(messages) == before && arch_clock_ns() - start < 1000000000)
		cpu_relax();
	writel(E1000E_OTHER, regs + E1000E_ICR);
	wait_ms(5);
	return READ_ONCE(messages) - before;
}

static void messages_arrive(struct ktest *t)
{
	u32 n;
	u64 size;
	u8 *regs;

	if (!pci_for_each(find_e1000e, NULL)) {
		ktest_skip(t, "there is no 82574L in this machine");
		return;
	}
	EXPECT_EQ(t, pci_msix_enable(&e1000e, 2000, count_message, NULL), -EINVAL);
	ASSERT_TRUE(t, !pci_msix_enable(&e1000e, 0, count_message, NULL));
	regs = pci_map_bar(&e1000e, 0, &size);
	ASSERT_TRUE(t, regs);
	EXPECT_EQ(t, size, 0x20000);
	writel(E1000E_IVAR_OTHER_0, regs + E1000E_IVAR);
	writel(E1000E_OTHER, regs + E1000E_IMS);
	wait_ms(5);
	EXPECT_EQ(t, messages, 0);
	/* One for each time that the cause is set; QEMU 10's device mostly says it twice. */
	for (u32 i = 0; i < 3; i++) {
		n = cause_messages(regs);
		EXPECT_TRUE(t, n == 1 || n == 2);
	}
	n = messages;
	wait_ms(20);
	EXPECT_EQ(t, messages, n);
}

#define COM2_MCR     0x2fc
#define COM2_SCRATCH 0x2ff
#define MCR_LOOP     0x10 /* what is sent is received */

static u32 notified;

static void count_notify(void *arg)
{
	notified++;
}

static void com2_bytes_come_back(struct ktest *t)
{
	u8 sent[3000], got[sizeof(sent)], mcr;
	u64 start = arch_clock_ns();
	size_t n = 0;

	outb(0xa5, COM2_SCRATCH);
	if (inb(COM2_SCRATCH) != 0xa5) {
		ktest_skip(t, "there is no COM2");
		return;
	}
	if (!serial_wire_start(count_notify, NULL)) {
		ktest_skip(t, "COM2 is in use");
		return;
	}
	for (u32 i = 0; i < sizeof(sent); i++)
		sent[i] = i * 7;
	mcr = inb(COM2_MCR);
	outb(mcr | MCR_LOOP, COM2_MCR);
	EXPECT_EQ(t, serial_wire_write(sent, sizeof(sent)), sizeof(sent));
	while (n < sizeof(got) && arch_clock_ns() - start < 5000000000)
		n += serial_wire_read(got + n, sizeof(got) - n);
	outb(mcr, COM2_MCR);
	EXPECT_EQ(t, n, sizeof(sent));
	EXPECT_TRUE(t, !memcmp(sent, got, sizeof(sent)));
	EXPECT_EQ(t, serial_wire_lost(), 0);
	EXPECT_TRUE(t, notified > 0);
}

static const struct ktest_case cases[] = {
	KTEST(image_is_protected),    KTEST(cpu_protections_are_on),  KTEST(mapping_and_unmapping),
	KTEST(large_pages_are_split), KTEST(bad_reads_are_refused),   KTEST(fixups_are_asked),
	KTEST(symbols_have_names),    KTEST(image_names_come_and_go), KTEST(clock_goes_forward),
	KTEST(clock_keeps_time),      KTEST(pci_devices_are_found),   KTEST(messages_arrive),
	KTEST(com2_bytes_come_back),
};

const struct ktest_suite ktest_x86 = KTEST_SUITE("x86", cases);
