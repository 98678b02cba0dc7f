/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that run inside the kernel (in QEMU, and in the hosted process), reported as KTAP on the
 * console. A suite is a table of cases, listed in tests/kernel/suites.c:
 *
 *   static void adds(struct ktest *t) { EXPECT_EQ(t, 1 + 1, 2); }
 *   static const struct ktest_case cases[] = { KTEST(adds) };
 *   const struct ktest_suite ktest_arithmetic = KTEST_SUITE("arithmetic", cases);
 *
 * After each case nothing of it may be left: heap objects, pages and images are counted, and the page
 * tables audited for mappings that are writable and executable.
 */
#pragma once

#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

struct ktest {
	const char *name;
	u32 failures;
	const char *skipped; /* why, or NULL */
};

struct ktest_case {
	const char *name;
	void (*run)(struct ktest *t);
};

struct ktest_suite {
	const char *name;
	const struct ktest_case *cases;
	u32 n;
};

#define KTEST(func)         \
	{                   \
#func, func \
	}
#define KTEST_SUITE(name, table)               \
	{                                      \
		name, table, ARRAY_SIZE(table) \
	}

/* Notes a failure: prints "# FILE:LINE: ..." */
void ktest_fail(struct ktest *t, const char *file, int line, const char *fmt, ...) __printf(4, 5);
/* Marks the case as not run, and why; then return. */
void ktest_skip(struct ktest *t, const char *why);

#define EXPECT_TRUE(t, cond)                                                     \
	({                                                                       \
		bool _ok = (cond);                                               \
		if (!_ok)                                                        \
			ktest_fail(t, __FILE__, __LINE__, "expected %s", #cond); \
		_ok;                                                             \
	})

/* Integers. */
#define EXPECT_EQ(t, found, expected)                                                             \
	({                                                                                        \
		s64 _f = (s64)(found), _e = (s64)(expected);                                      \
		if (_f != _e)                                                                     \
			ktest_fail(t, __FILE__, __LINE__,                                         \
				   "%s: expected %lld (0x%llx), found %lld (0x%llx)", #found, _e, \
				   _e, _f, _f);                                                   \
		_f == _e;                                                                         \
	})

#define EXPECT_STREQ(t, found, expected)                                                       \
	({                                                                                     \
		const char *_f = (found), *_e = (expected);                                    \
		bool _ok = _f && !strcmp(_f, _e);                                              \
		if (!_ok)                                                                      \
			ktest_fail(t, __FILE__, __LINE__, "%s: expected \"%s\", found \"%s\"", \
				   #found, _e, _f ? _f : "NULL");                              \
		_ok;                                                                           \
	})

/* As EXPECT_TRUE(), and the case returns when it fails. */
#define ASSERT_TRUE(t, cond)               \
	do {                               \
		if (!EXPECT_TRUE(t, cond)) \
			return;            \
	} while (0)

/* The table of suites (tests/kernel/suites.c). */
extern const struct ktest_suite *const ktest_suites[];
extern const u32 nr_ktest_suites;

/* Test builds: registers the commands that crash the machine on purpose. */
void ktest_init(void);
/* Runs all suites, or the one named, and ends the machine: ARCH_EXIT_PASS or _FAIL. */
void ktest_main(const char *which);
