// SPDX-License-Identifier: GPL-2.0-only
/* Runs suites and prints KTAP version 1: plan, nested suites, one line for each case, totals. */
#include "tests/kernel/ktest.h"
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/execmem.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "tests/kernel/crash.h"
#include "tests/kernel/kt_ops.h"

static void say(const char *fmt, ...) __printf(1, 2);
static void say(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	console_write(text, vscnprintf(text, sizeof(text), fmt, ap));
	va_end(ap);
}

void ktest_fail(struct ktest *t, const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say("  # %s: %s:%d: %s\n", t->name, file, line, text);
	t->failures++;
}

void ktest_skip(struct ktest *t, const char *why)
{
	t->skipped = why;
}

/* What may not change from before a case to after it. */
struct counts {
	struct memory_stats memory;
	struct execmem_stats images;
};

static void take_counts(struct counts *c)
{
	rcu_barrier();
	memory_stats(&c->memory);
	execmem_stats(&c->images);
}

static void report_wx(void *arg, u64 va, u64 size)
{
	ktest_fail(arg, __FILE__, __LINE__, "writable and executable: 0x%llx, %llu bytes", va,
		   size);
}

/* Empty image packs and slabs may be kept for the next user: they are not counted. */
static void check_counts(struct ktest *t, const struct counts *before)
{
	struct counts after;
	u64 packs;

	take_counts(&after);
	packs = after.images.packs -
		before->images.packs; /* each is one object and one page block */
	EXPECT_EQ(t, after.memory.heap_objects, before->memory.heap_objects + packs);
	if (after.memory.page_blocks != before->memory.page_blocks)
		EXPECT_EQ(t, after.memory.page_blocks, before->memory.page_blocks + packs);
	EXPECT_EQ(t, after.images.images, before->images.images);
	EXPECT_EQ(t, after.images.used_bytes, before->images.used_bytes);
	EXPECT_EQ(t, after.images.areas, before->images.areas);
	EXPECT_TRUE(t, arch_irqs_enabled());
}

static bool run_case(const struct ktest_case *c, u32 number)
{
	struct ktest t = { .name = c->name };
	struct counts before;

	take_counts(&before);
	c->run(&t);
	memory_fail_nth(0);
	arch_wx_audit(report_wx, &t);
	check_counts(&t, &before);
	say("  %sok %u %s%s%s\n", t.failures ? "not " : "", number, c->name,
	    t.skipped ? " # SKIP " : "", t.skipped ? t.skipped : "");
	return !t.failures;
}

static bool run_suite(const struct ktest_suite *s, u32 number)
{
	u32 failed = 0;

	say("  KTAP version 1\n  # Subtest: %s\n  1..%u\n", s->name, s->n);
	for (u32 i = 0; i < s->n; i++)
		failed += !run_case(&s->cases[i], i + 1);
	say("%sok %u %s\n", failed ? "not " : "", number, s->name);
	return !failed;
}

static bool is_wanted(const struct ktest_suite *s, const char *which)
{
	return s && (!strcmp(which, "all") || !strcmp(which, s->name));
}

void ktest_main(const char *which)
{
	u32 wanted = 0, number = 0, failed = 0;

	for (u32 i = 0; i < nr_ktest_suites; i++)
		wanted += is_wanted(ktest_suites[i], which);
	say("KTAP version 1\n1..%u\n", wanted);
	for (u32 i = 0; i < nr_ktest_suites; i++)
		if (is_wanted(ktest_suites[i], which))
			failed += !run_suite(ktest_suites[i], ++number);
	if (!wanted)
		pr_err("test=%s: there is no such suite", which);
	arch_exit(failed || !wanted ? ARCH_EXIT_FAIL : ARCH_EXIT_PASS);
}

void ktest_init(void)
{
	crash_init();
	misuse_init();
	jit_plant_init();
	kt_ops_register();
}
