// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt controllers. Without an MADT the I/O APIC is where every PC has it, with 24 lines from 0.
 * x2APIC mode is used only where firmware has turned it on already.
 */
#include "arch/x86/apic.h"
#include "arch/x86/acpi.h"
#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "arch/x86/paging.h"
#include "arch/x86/tsc.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"

#define APIC_BASE_ENABLE BIT_ULL(11)
#define APIC_BASE_X2APIC BIT_ULL(10)
#define APIC_BASE_ADDR	 0x000ffffffffff000ULL

/* Register offsets; in x2APIC mode the MSR is 0x800 + offset / 16. */
#define LAPIC_ID	    0x020
#define LAPIC_TPR	    0x080
#define LAPIC_EOI	    0x0b0
#define LAPIC_SPURIOUS	    0x0f0
#define LAPIC_LVT_TIMER	    0x320
#define LAPIC_LVT_LINT0	    0x350
#define LAPIC_LVT_ERROR	    0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE  0x3e0
#define X2APIC_MSR	    0x800

#define SPURIOUS_ENABLE 0x100
#define LVT_MASKED	0x10000
#define LVT_PERIODIC	0x20000
#define DIVIDE_BY_16	0x3

#define PIC1_CMD  0x20
#define PIC1_DATA 0x21
#define PIC2_CMD  0xa0
#define PIC2_DATA 0xa1

/* The I/O APIC has two registers to reach all others by. */
#define IOAPIC_SELECT  0x00
#define IOAPIC_WINDOW  0x10
#define IOAPIC_VERSION 0x01
#define IOAPIC_ENTRY   0x10
#define ENTRY_LOW      BIT(13)
#define ENTRY_LEVEL    BIT(15)
#define ENTRY_MASKED   BIT(16)

#define IOAPIC_DEFAULT 0xfec00000

static bool x2apic;
/* The timer counts down from U32_MAX since then. */
static u64 timer_start_tsc;
static u8 *lapic;

static struct ioapic {
	u8 *regs;
	u32 gsi_base, lines;
} ioapics[MAX_IOAPICS];
static u32 nr_ioapics;

static u32 lapic_read(u32 reg)
{
	return x2apic ? (u32)rdmsr(X2APIC_MSR + reg / 16) : readl(lapic + reg);
}

static void lapic_write(u32 reg, u32 v)
{
	if (x2apic)
		wrmsr(X2APIC_MSR + reg / 16, v);
	else
		writel(v, lapic + reg);
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

u32 lapic_id(void)
{
	u32 id = lapic_read(LAPIC_ID);

	return x2apic ? id : id >> 24;
}

/* Moves the PICs' vectors away from the exceptions', then masks every line. */
static void pic_off(void)
{
	outb(0x11, PIC1_CMD); /* ICW1: initialise, ICW4 follows */
	outb(0x11, PIC2_CMD);
	outb(VECTOR_PIC, PIC1_DATA); /* ICW2: first vector */
	outb(VECTOR_PIC + 8, PIC2_DATA);
	outb(4, PIC1_DATA); /* ICW3: the second hangs on line 2 */
	outb(2, PIC2_DATA);
	outb(1, PIC1_DATA); /* ICW4: 8086 mode */
	outb(1, PIC2_DATA);
	outb(0xff, PIC1_DATA);
	outb(0xff, PIC2_DATA);
}

void lapic_init(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	pic_off();
	x2apic = base & APIC_BASE_X2APIC;
	if (!x2apic) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
		lapic = ioremap(base & APIC_BASE_ADDR, PAGE_SIZE);
		if (!lapic)
			panic("local APIC at %#llx: expected to map it", base & APIC_BASE_ADDR);
	}
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
	lapic_write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
	lapic_write(LAPIC_TIMER_INITIAL, U32_MAX);
	timer_start_tsc = rdtsc();
}

/*
 * Its rate is not architectural: ticks since lapic_init(), against the TSC's clock, which has been calibrated in
 * the meantime. Waits only if that was less than 2 ms ago.
 */
static u64 lapic_timer_hz(void)
{
	u64 start = tsc_to_ns(timer_start_tsc), ns;
	u32 ticks;

	while (arch_clock_ns() - start < 2000000)
		;
	ticks = U32_MAX - lapic_read(LAPIC_TIMER_CURRENT);
	ns = arch_clock_ns() - start;
	return ticks * 1000000000ULL / ns;
}

void lapic_timer_start(u32 hz)
{
	u64 rate = lapic_timer_hz();

	if (rate < hz)
		panic("local APIC timer: expected more than %u Hz, found %llu", hz, rate);
	lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | VECTOR_TIMER);
	lapic_write(LAPIC_TIMER_INITIAL, rate / hz);
}

static u32 ioapic_read(const struct ioapic *io, u32 reg)
{
	writel(reg, io->regs + IOAPIC_SELECT);
	return readl(io->regs + IOAPIC_WINDOW);
}

static void ioapic_write(const struct ioapic *io, u32 reg, u32 v)
{
	writel(reg, io->regs + IOAPIC_SELECT);
	writel(v, io->regs + IOAPIC_WINDOW);
}

int ioapic_route(u32 gsi, u8 vector, bool level, bool active_low)
{
	for (u32 i = 0; i < nr_ioapics; i++) {
		const struct ioapic *io = &ioapics[i];
		u32 line = gsi - io->gsi_base;

		if (gsi < io->gsi_base || line >= io->lines)
			continue;
		ioapic_write(io, IOAPIC_ENTRY + 2 * line + 1, lapic_id() << 24);
		ioapic_write(io, IOAPIC_ENTRY + 2 * line,
			     vector | (level ? ENTRY_LEVEL : 0) | (active_low ? ENTRY_LOW : 0));
		return 0;
	}
	return -EINVAL;
}

static void add_ioapic(u64 pa, u32 gsi_base)
{
	struct ioapic *io = &ioapics[nr_ioapics];

	io->regs = ioremap(pa, PAGE_SIZE);
	if (!io->regs)
		panic("I/O APIC at %#llx: expected to map it", pa);
	io->gsi_base = gsi_base;
	io->lines = (ioapic_read(io, IOAPIC_VERSION) >> 16 & 0xff) + 1;
	for (u32 line = 0; line < io->lines; line++)
		ioapic_write(io, IOAPIC_ENTRY + 2 * line, ENTRY_MASKED);
	nr_ioapics++;
}

void ioapic_init(void)
{
	for (u32 i = 0; i < acpi_info.nr_ioapics; i++)
		add_ioapic(acpi_info.ioapics[i].address, acpi_info.ioapics[i].gsi_base);
	if (!nr_ioapics)
		add_ioapic(IOAPIC_DEFAULT, 0);
}
