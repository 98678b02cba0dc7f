// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock: nanoseconds from the time-stamp counter, whose rate is found out, never guessed. The
 * first of these that gives an answer decides:
 *
 *	CPUID 15h	 crystal and ratio, exact		(SDM vol. 3B, 18.7.3)
 *	KVM's clock page the hypervisor's own factor, exact	(KVM: MSR_KVM_SYSTEM_TIME_NEW)
 *	CPUID 40000010h	 kHz, from some hypervisors
 *	PIT channel 2	 measured against 1.193182 MHz
 *	ACPI PM timer	 measured against 3.579545 MHz
 *	CPUID 16h	 the nominal frequency: right to a percent or so
 *	RTC		 measured from one second's start to the next
 *
 * Every loop has a bound, since any of the devices may be missing. With none of them: panic.
 */
#include "arch/x86/tsc.h"
#include "arch/x86/acpi.h"
#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "kernel/arch.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

#define PIT_HZ	    1193182ULL
#define PIT_CH2	    0x42
#define PIT_COMMAND 0x43
#define PIT_GATE    0x61 /* bit 0: gate of channel 2, bit 1: speaker, bit 5: its output */

#define PM_TIMER_HZ 3579545ULL

#define RTC_INDEX 0x70
#define RTC_DATA  0x71

/*
 * A measurement ends as soon as what is not known of its two ends is at most 1/MEASURE_PARTS of it: 1 to 3 ms,
 * where reading the counter takes 1 to 3 us. After MEASURE_MS it is taken as good as it is.
 */
#define MEASURE_PARTS 500
#define MEASURE_MS    10
/* Port reads in a measurement at most: one takes about 1 us on a PC, 0.3 us in an emulator. */
#define MAX_READS     200000

#define NSEC_PER_SEC 1000000000ULL

static u64 tsc_base;
static u64 tsc_hz;
static u64 ns_per_tick_32; /* fixed point, 32 fractional bits */
static const char *tsc_source = "none";

/* A value of some counter and the TSC at the same time, give or take @slack TSC ticks. */
struct sample {
	u64 tsc, slack;
	u32 count;
};

static struct sample take_sample(u32 (*read)(void))
{
	struct sample s;
	u64 before = rdtsc();

	s.count = read();
	s.slack = rdtsc() - before;
	s.tsc = before + s.slack / 2;
	return s;
}

/* The better of a few: an emulator's thread may be put aside in the middle of one. */
static struct sample best_sample(u32 (*read)(void))
{
	struct sample best = take_sample(read);

	for (u32 i = 0; i < 4; i++) {
		struct sample s = take_sample(read);

		if (s.slack < best.slack)
			best = s;
	}
	return best;
}

/* Counts TSC ticks while @read's counter, @hz ticks a second and @mask wide, goes up. 0: it stands. */
static u64 measure(u32 (*read)(void), u64 hz, u32 mask)
{
	u64 most = hz * MEASURE_MS / 1000;
	struct sample a = best_sample(read), b;

	for (u32 i = 0; i < MAX_READS; i++) {
		u64 ticks, window, doubt;

		b = take_sample(read);
		ticks = (b.count - a.count) & mask;
		if (!ticks)
			continue;
		window = b.tsc - a.tsc;
		doubt = (a.slack + b.slack) / 2 + window / ticks;
		if (window >= doubt * MEASURE_PARTS || ticks >= most)
			return window * hz / ticks;
	}
	return 0;
}

static u64 hz_from_cpuid15(void)
{
	struct cpuid_regs r;

	if (cpuid(0, 0).eax < 0x15)
		return 0;
	r = cpuid(0x15, 0);
	return r.eax && r.ebx && r.ecx ? (u64)r.ecx * r.ebx / r.eax : 0;
}

static u64 hz_from_cpuid16(void)
{
	return cpuid(0, 0).eax < 0x16 ? 0 : (cpuid(0x16, 0).eax & 0xffff) * 1000000ULL;
}

static bool have_hypervisor(void)
{
	return cpuid(1, 0).ecx & BIT(31);
}

static u64 hz_from_hypervisor_leaf(void)
{
	if (!have_hypervisor() || cpuid(0x40000000, 0).eax < 0x40000010)
		return 0;
	return cpuid(0x40000010, 0).eax * 1000ULL;
}

/* What KVM keeps up to date at the address it is given: ns = (ticks << shift) * mul >> 32. */
struct kvm_clock {
	u32 version, pad;
	u64 tsc_timestamp, system_time;
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags, pad2[2];
};

static u64 hz_from_kvm(void)
{
	static volatile struct kvm_clock clock __aligned_to(64);
	struct cpuid_regs r = cpuid(0x40000000, 0);
	u64 hz;

	if (!have_hypervisor() || r.ebx != 0x4b4d564b || !(cpuid(0x40000001, 0).eax & BIT(3)))
		return 0;
	wrmsr(MSR_KVM_SYSTEM_TIME, arch_virt_to_phys((void *)&clock) | 1);
	hz = clock.tsc_to_system_mul ? (NSEC_PER_SEC << 32) / clock.tsc_to_system_mul : 0;
	hz = clock.tsc_shift < 0 ? hz << -clock.tsc_shift : hz >> clock.tsc_shift;
	wrmsr(MSR_KVM_SYSTEM_TIME, 0);
	return hz;
}

/* Latches channel 2, which counts down from 65536 and around. */
static u32 read_pit(void)
{
	u8 low;

	outb(0x80, PIT_COMMAND);
	low = inb(PIT_CH2);
	return -(u32)(inb(PIT_CH2) << 8 | low);
}

static u64 hz_from_pit(void)
{
	u8 gate = inb(PIT_GATE);

	outb((gate & ~2) | 1, PIT_GATE);
	outb(0xb4, PIT_COMMAND); /* channel 2, low then high byte, mode 2: rate generator */
	outb(0, PIT_CH2);
	outb(0, PIT_CH2);
	return measure(read_pit, PIT_HZ, 0xffff);
}

static u32 read_pm_timer(void)
{
	return inl(acpi_info.pm_timer_port);
}

static u64 hz_from_pm_timer(void)
{
	return acpi_info.pm_timer_port ? measure(read_pm_timer, PM_TIMER_HZ, 0xffffff) : 0;
}

static u8 rtc_seconds(void)
{
	outb(0, RTC_INDEX);
	return inb(RTC_DATA);
}

/* The TSC when the RTC's second changes; 0 if it does not within the bound. */
static u64 next_second(void)
{
	u8 now = rtc_seconds();

	for (u32 i = 0; i < 20 * MAX_READS; i++)
		if (rtc_seconds() != now)
			return rdtsc();
	return 0;
}

static u64 hz_from_rtc(void)
{
	u64 first = next_second(), second = first ? next_second() : 0;

	return second ? second - first : 0;
}

static const struct {
	const char *name;
	u64 (*hz)(void);
} sources[] = {
	{ "CPUID 15h", hz_from_cpuid15 },
	{ "KVM clock", hz_from_kvm },
	{ "hypervisor CPUID 40000010h", hz_from_hypervisor_leaf },
	{ "PIT", hz_from_pit },
	{ "ACPI PM timer", hz_from_pm_timer },
	{ "CPUID 16h", hz_from_cpuid16 },
	{ "RTC", hz_from_rtc },
};

u64 tsc_to_ns(u64 tsc)
{
	return (unsigned __int128)(tsc - tsc_base) * ns_per_tick_32 >> 32;
}

u64 arch_clock_ns(void)
{
	return tsc_to_ns(rdtsc());
}

void tsc_start(void)
{
	tsc_base = rdtsc();
}

void tsc_calibrate(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(sources) && !tsc_hz; i++) {
		tsc_hz = sources[i].hz();
		tsc_source = sources[i].name;
	}
	if (!tsc_hz)
		panic("TSC: expected one of CPUID, PIT, PM timer, RTC to tell its rate, found "
		      "none");
	ns_per_tick_32 = (NSEC_PER_SEC << 32) / tsc_hz;
	pr_info("clock: TSC at %llu.%03llu MHz, from %s", tsc_hz / 1000000, tsc_hz / 1000 % 1000,
		tsc_source);
}
