// SPDX-License-Identifier: GPL-2.0-only
/* The hosted "machine": interrupt flag, clock, idling, the ways to end. */
#include "kernel/arch.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/timer.h"

/* Ticks of the time-stamp counter between two looks for events while threads run. */
#define POLL_TICKS (1U << 17)

/* One thread of the system runs everything, so there is one CPU. */
u32 nr_cpu_ids = 1;

u32 smp_processor_id(void)
{
	return 0;
}

static bool irqs_enabled, timer_started;
static u64 last_poll;

unsigned long arch_irq_save(void)
{
	unsigned long flags = irqs_enabled;

	irqs_enabled = false;
	return flags;
}

void arch_irq_restore(unsigned long flags)
{
	irqs_enabled = flags;
}

bool arch_irqs_enabled(void)
{
	return irqs_enabled;
}

void arch_irq_enable(void)
{
	irqs_enabled = true;
}

/* Runs what would have interrupted us, waiting for it until @deadline_ns. */
static void take_interrupts(u64 deadline_ns)
{
	irqs_enabled = false;
	arch_host_poll(deadline_ns);
	if (timer_started)
		timer_tick();
	last_poll = __builtin_ia32_rdtsc();
}

void arch_cpu_idle(void)
{
	take_interrupts(timer_next_ns());
	irqs_enabled = true;
}

void arch_poll(void)
{
	if (!irqs_enabled || __builtin_ia32_rdtsc() - last_poll < POLL_TICKS)
		return;
	take_interrupts(0);
	irqs_enabled = true;
}

u64 arch_clock_ns(void)
{
	static u64 start;
	struct timespec t;
	u64 now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
	if (!start)
		start = now;
	return now - start;
}

void arch_timer_start(void)
{
	timer_started = true;
}

u64 arch_random_seed(void)
{
	u64 seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		panic("getrandom: expected 8 bytes");
	return seed;
}

u32 arch_wx_audit(void (*report)(void *arg, u64 va, u64 size), void *arg)
{
	u32 found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char prot[8], line[512];

	if (!maps)
		panic("wx: expected /proc/self/maps to open");
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &start, &end, prot) != 3)
			panic("wx: expected an address range, found %s", line);
		if (!strchr(prot, 'w') || !strchr(prot, 'x'))
			continue;
		found++;
		if (report)
			report(arg, start, end - start);
	}
	fclose(maps);
	return found;
}

/* One caller: an image by our own names, everything else by the dynamic linker's. */
static void print_caller(void *ip)
{
	char **names;
	const char *name;
	u64 offset;

	if (kallsyms_lookup((uintptr_t)ip, &name, &offset)) {
		pr_err("  %p %s+0x%llx", ip, name, offset);
		return;
	}
	names = backtrace_symbols(&ip, 1);
	pr_err("  %s", names ? names[0] : "?");
	free(names);
}

void arch_backtrace(const void *fp)
{
	void *ips[32];
	int n = backtrace(ips, ARRAY_SIZE(ips));

	pr_err("Call trace:");
	for (int i = 1; i < n; i++)
		print_caller(ips[i]);
}

/*
 * 0 passed, 1 failed, 2 panicked: what tools/qemu-run makes of QEMU's statuses. Only a success runs
 * what the C library does at the end, which includes the leak check of sanitized builds.
 */
void arch_exit(enum arch_exit_code code)
{
	arch_host_console_restore();
	if (code == ARCH_EXIT_PASS)
		exit(0);
	_exit(code - ARCH_EXIT_PASS);
}

void arch_poweroff(void)
{
	arch_host_console_restore();
	exit(0);
}

void arch_reboot(void)
{
	pr_err("reboot: a hosted process ends instead");
	arch_poweroff();
}
