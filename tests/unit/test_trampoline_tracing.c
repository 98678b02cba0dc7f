// SPDX-License-Identifier: GPL-2.0-only
/* Trampolines for tracing: programs before, instead of and after a function of twelve arguments. */
#include "tests/unit/unit.h"

#include <sys/mman.h>

#include "arch/x86/x86_encode.h"
#include "tests/unit/trampoline_env.h"

static u64 orig_seen[12];
static u32 nr_orig;

static u64 orig12(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j, u64 k,
		  u64 l)
{
	u64 all[] = { a, b, c, d, e, f, g, h, i, j, k, l };

	memcpy(orig_seen, all, sizeof(all));
	nr_orig++;
	return 77;
}

static struct bpf_tramp_links tracing[BPF_TRAMP_MAX];

static void trace_with(enum bpf_tramp_prog_type type)
{
	memset(tracing, 0, sizeof(tracing));
	tracing[type].links[0] = &link;
	tracing[type].nr_links = 1;
	nr_orig = 0;
	memset(orig_seen, 0, sizeof(orig_seen));
}

static u64 call12(fn12 f)
{
	return f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
}

static void fexit_sees_the_result_behind_the_arguments(void **state)
{
	struct btf_func_model m = plain(12, 8);
	u32 i;

	trace_with(BPF_TRAMP_FEXIT);
	to_return = 5;
	assert_int_equal(call12(make(&m, DIRECT | BPF_TRAMP_F_CALL_ORIG, tracing, orig12)), 77);
	for (i = 0; i < 12; i++) {
		assert_int_equal(orig_seen[i], i + 1);
		assert_int_equal(seen[i], i + 1);
	}
	assert_int_equal(nr_runs, 1);
}

static void fmod_ret_replaces_the_function(void **state)
{
	struct btf_func_model m = plain(12, 8);
	fn12 f;

	trace_with(BPF_TRAMP_MODIFY_RETURN);
	f = make(&m, DIRECT | BPF_TRAMP_F_CALL_ORIG, tracing, orig12);
	to_return = 5;
	assert_int_equal(call12(f), 5);
	assert_int_equal(nr_orig, 0);
	to_return = 0;
	assert_int_equal(call12(f), 77);
	assert_int_equal(nr_orig, 1);
	assert_int_equal(orig_seen[11], 12);
}

static void the_address_is_in_front_of_the_count(void **state)
{
	struct btf_func_model m = plain(2, 8);

	trace_with(BPF_TRAMP_FENTRY);
	call12(make(&m, DIRECT | BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_IP_ARG, tracing, orig12));
	assert_int_equal(seen_ip, (u64)(uintptr_t)orig12);
	assert_int_equal(seen_nr, 2);
}

/* A function whose first instruction calls the trampoline, as a patched one does; then @rest. */
static fn12 patched_function(void *rest)
{
	struct x86_buf b = { .buf = code + 8192, .size = 64, .ip = (u64)(uintptr_t)code + 8192 };

	assert_int_equal(mprotect(code, PAGES, PROT_READ | PROT_WRITE), 0);
	x86_call(&b, code);
	x86_jmp_to(&b, rest);
	assert_int_equal(b.error, 0);
	assert_int_equal(mprotect(code, PAGES, PROT_READ | PROT_EXEC), 0);
	return (fn12)(code + 8192);
}

static void fentry_gives_the_registers_back(void **state)
{
	struct btf_func_model m = plain(12, 8);
	u32 i;

	trace_with(BPF_TRAMP_FENTRY);
	make(&m, BPF_TRAMP_F_RESTORE_REGS, tracing, orig12);
	assert_int_equal(call12(patched_function(orig12)), 77);
	for (i = 0; i < 12; i++) {
		assert_int_equal(seen[i], i + 1);
		assert_int_equal(orig_seen[i], i + 1);
	}
}

static void skip_frame_returns_to_the_callers_caller(void **state)
{
	struct btf_func_model m = plain(12, 8);

	trace_with(BPF_TRAMP_FEXIT);
	make(&m, BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_SKIP_FRAME, tracing, code + 8192);
	assert_int_equal(call12(patched_function(orig12)), 77);
	assert_int_equal(nr_orig, 1);
	assert_int_equal(orig_seen[11], 12);
	assert_int_equal(seen[11], 12);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CLAIM(fexit_sees_the_result_behind_the_arguments),
		CLAIM(fmod_ret_replaces_the_function),
		CLAIM(the_address_is_in_front_of_the_count),
		CLAIM(fentry_gives_the_registers_back),
		CLAIM(skip_frame_returns_to_the_callers_caller),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
