// SPDX-License-Identifier: GPL-2.0-only
/* Helpers as programs see them: the format language, the trace ring, numbers, strings, and who may call what. */
#include "tests/unit/bpf_env.h"

#include "bpf/helpers.h"
#include "bpf/ringbuf.h"
#include "bpf/sk_storage.h"

static void check_format(const char *fmt, const u64 *args, u32 n, const char *want)
{
	char buf[64];
	int len = bpf_format(buf, sizeof(buf), fmt, args, n);

	assert_string_equal(buf, want);
	assert_int_equal(len, strlen(want) + 1);
}

#define FORMAT(want, fmt, ...) \
	check_format(fmt, (u64[]){ __VA_ARGS__ }, sizeof((u64[]){ __VA_ARGS__ }) / 8, want)

static void test_format(void **state)
{
	FORMAT("a%b", "a%%b", 0);
	FORMAT("-1 4294967295", "%d %u", (u32)-1, (u32)-1);
	FORMAT("-1 ff", "%ld %llx", (u64)-1, 255);
	FORMAT("  42|0042|42  |", "%4d|%04d|%-4d|", 42, 42, 42);
	FORMAT("xyz c", "%s %c", (u64) "xyz", 'c');
	FORMAT("(fault)", "%s", 8);
	FORMAT("xyz", "%pks", (u64) "xyz");
	FORMAT("000000000000002a 000000000000002a", "%p %px", 42, 42);
}

static void test_format_refused(void **state)
{
	static const char *const bad[] = { "%",	   "%q",   "%d%d",
					   "%f",   "%n",   "%pI4",
					   "%pus", "\x80", "%12345678901234567d" };
	u64 one = 1;
	char buf[8];

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(bpf_format(buf, sizeof(buf), bad[i], &one, 1), -EINVAL);
	/* Cut to the buffer, with the length that it would have had. */
	assert_int_equal(bpf_format(buf, sizeof(buf), "0123456789", &one, 1), 11);
	assert_string_equal(buf, "0123456");
	assert_int_equal(bpf_format(NULL, 0, "0123", &one, 1), 5);
}

static s64 call(const struct bpf_func_proto *proto, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return proto->func(a, b, c, d, e);
}

static void test_snprintf(void **state)
{
	u64 args[2] = { 7, 8 };
	char buf[16];

	assert_int_equal(call(&bpf_snprintf_proto, (u64)buf, 16, (u64) "%d-%d", (u64)args, 16), 4);
	assert_string_equal(buf, "7-8");
	assert_int_equal(call(&bpf_snprintf_proto, (u64)buf, 16, (u64) "%d", (u64)args, 7),
			 -EINVAL);
	assert_int_equal(call(&bpf_snprintf_proto, (u64)buf, 16, (u64) "x", (u64)args, 104),
			 -EINVAL);
	assert_int_equal(call(&bpf_snprintf_proto, (u64)buf, 16, (u64) "%d", 0, 8), -EINVAL);
}

static void test_trace_ring(void **state)
{
	char buf[20000], fmt[] = "n=%d";
	size_t n;

	while (bpf_trace_pipe_read(buf, sizeof(buf)))
		;
	assert_int_equal(call(&bpf_trace_printk_proto, (u64)fmt, sizeof(fmt), 5, 0, 0), 4);
	n = bpf_trace_peek(buf, sizeof(buf));
	assert_true(n > 40);
	assert_int_equal(bpf_trace_pipe_read(buf, sizeof(buf)), n); /* it was left there */
	buf[n] = '\0';
	assert_non_null(strstr(buf, "unit-7       [000] ....1 "));
	assert_non_null(strstr(buf, ": bpf_trace_printk: n=5\n"));
	assert_int_equal(bpf_trace_pipe_read(buf, sizeof(buf)), 0);
	assert_int_equal(call(&bpf_trace_printk_proto, (u64)fmt, 2, 5, 0, 0), -EINVAL);
	assert_int_equal(call(&bpf_trace_printk_proto, (u64)fmt, 0, 5, 0, 0), -EINVAL);
	/* Too much: the oldest lines go, and none is cut. */
	for (u32 i = 0; i < 1000; i++)
		call(&bpf_trace_printk_proto, (u64)fmt, sizeof(fmt), i, 0, 0);
	n = bpf_trace_pipe_read(buf, sizeof(buf) - 1);
	buf[n] = '\0';
	assert_true(n > 10000 && n <= 16384);
	assert_int_equal(strncmp(buf, "            unit-7", 18), 0);
	assert_non_null(strstr(buf, "n=999\n"));
	assert_null(strstr(buf, "n=1\n"));
	/* A reader with little room gets whole lines. */
	call(&bpf_trace_printk_proto, (u64)fmt, sizeof(fmt), 1, 0, 0);
	assert_int_equal(bpf_trace_pipe_read(buf, 10), 0);
	assert_true(bpf_trace_pipe_read(buf, 100) > 50);
}

static s64 strtol_of(const char *text, u64 base, s64 *v)
{
	return call(&bpf_strtol_proto, (u64)text, strlen(text) ?: 1, base, (u64)v, 0);
}

static void test_numbers(void **state)
{
	s64 v;
	u64 u;

	assert_int_equal(strtol_of(" -12x", 10, &v), 4);
	assert_int_equal(v, -12);
	assert_int_equal(strtol_of("0x1f", 0, &v), 4);
	assert_int_equal(v, 31);
	assert_int_equal(strtol_of("017", 0, &v), 3);
	assert_int_equal(v, 15);
	assert_int_equal(strtol_of("9", 8, &v), -EINVAL);
	assert_int_equal(strtol_of("9", 7, &v), -EINVAL);
	assert_int_equal(strtol_of("9", 32 + 10, &v), -EINVAL);
	assert_int_equal(strtol_of("-", 10, &v), -EINVAL);
	assert_int_equal(strtol_of("-9223372036854775808", 10, &v), 20);
	assert_true(v == S64_MIN);
	assert_int_equal(strtol_of("9223372036854775808", 10, &v), -ERANGE);
	assert_int_equal(strtol_of("99999999999999999999", 10, &v), -ERANGE);
	assert_int_equal(call(&bpf_strtoul_proto, (u64) "18446744073709551615", 20, 10, (u64)&u, 0),
			 20);
	assert_true(u == U64_MAX);
	assert_int_equal(call(&bpf_strtoul_proto, (u64) "-1", 2, 10, (u64)&u, 0), -EINVAL);
	assert_true(call(&bpf_strncmp_proto, (u64) "abc", 3, (u64) "abd", 0, 0) < 0);
	assert_int_equal(call(&bpf_strncmp_proto, (u64) "abx", 2, (u64) "aby", 0, 0), 0);
}

static void test_probe_read(void **state)
{
	char dst[8] = "xxxxxxx";

	assert_int_equal(call(&bpf_probe_read_kernel_proto, (u64)dst, 3, (u64) "abc", 0, 0), 0);
	assert_memory_equal(dst, "abcx", 4);
	assert_int_equal(call(&bpf_probe_read_kernel_proto, (u64)dst, 8, 16, 0, 0), -EFAULT);
	assert_memory_equal(dst, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(call(&bpf_probe_read_kernel_str_proto, (u64)dst, 8, (u64) "abc", 0, 0), 4);
	assert_string_equal(dst, "abc");
	assert_int_equal(call(&bpf_probe_read_kernel_str_proto, (u64)dst, 4, (u64) "abcdef", 0, 0),
			 4);
	assert_string_equal(dst, "abc");
	assert_int_equal(call(&bpf_probe_read_kernel_str_proto, (u64)dst, 8, 16, 0, 0), -EFAULT);
	assert_int_equal(call(&bpf_probe_read_kernel_str_proto, (u64)dst, 0, 16, 0, 0), 0);
}

static void test_map_helpers(void **state)
{
	struct bpf_map *map = env_map_of(env_map(BPF_MAP_TYPE_HASH, 4, 4, 1, 0));
	struct bpf_map *ring = env_map_of(env_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0));
	u32 key = 1, other = 2, v = 5;
	void *sample;

	assert_int_equal(call(&bpf_map_update_elem_proto, (u64)map, (u64)&key, (u64)&v, BPF_ANY, 0),
			 0);
	/* Negative in all 64 bits (R11). */
	assert_true(call(&bpf_map_update_elem_proto, (u64)map, (u64)&other, (u64)&v, BPF_ANY, 0) ==
		    -E2BIG);
	assert_int_equal(*(u32 *)call(&bpf_map_lookup_elem_proto, (u64)map, (u64)&key, 0, 0, 0), 5);
	assert_int_equal(call(&bpf_map_lookup_percpu_elem_proto, (u64)map, (u64)&key, 0, 0, 0), 0);
	assert_int_equal(call(&bpf_map_delete_elem_proto, (u64)map, (u64)&key, 0, 0, 0), 0);
	assert_true(call(&bpf_map_delete_elem_proto, (u64)map, (u64)&key, 0, 0, 0) == -ENOENT);
	assert_int_equal(call(&bpf_map_push_elem_proto, (u64)map, (u64)&key, 0, 0, 0), -EOPNOTSUPP);
	assert_int_equal(call(&bpf_map_pop_elem_proto, (u64)map, (u64)&key, 0, 0, 0), -EOPNOTSUPP);
	assert_int_equal(call(&bpf_map_peek_elem_proto, (u64)map, (u64)&key, 0, 0, 0), -EOPNOTSUPP);
	sample = (void *)call(&bpf_ringbuf_reserve_proto, (u64)ring, 8, 0, 0, 0);
	assert_non_null(sample);
	call(&bpf_ringbuf_submit_proto, (u64)sample, 0, 0, 0, 0);
	assert_int_equal(call(&bpf_ringbuf_query_proto, (u64)ring, BPF_RB_AVAIL_DATA, 0, 0, 0), 16);
	assert_int_equal(call(&bpf_ringbuf_output_proto, (u64)ring, (u64)&v, 4, 9, 0), -EINVAL);
	/* No socket. */
	assert_int_equal(call(&bpf_sk_storage_get_proto, (u64)map, 0, 0, 1, 0), 0);
	assert_int_equal(call(&bpf_sk_storage_delete_proto, (u64)map, 0, 0, 0, 0), -EINVAL);
}

static void test_who_may_call_what(void **state)
{
	struct bpf_prog *prog = bpf_prog_alloc(1);

	prog->aux->caps = BIT_ULL(CAP_BPF);
	assert_ptr_equal(bpf_base_func_proto(BPF_FUNC_map_lookup_elem, prog),
			 &bpf_map_lookup_elem_proto);
	assert_null(bpf_base_func_proto(BPF_FUNC_trace_printk, prog));
	assert_null(bpf_base_func_proto(BPF_FUNC_probe_read_kernel, prog));
	assert_null(bpf_base_func_proto(BPF_FUNC_spin_lock, prog));
	assert_null(bpf_base_func_proto(4711, prog));
	assert_null(bpf_base_func_proto(BPF_FUNC_ktime_get_coarse_ns, prog));
	prog->aux->caps |= BIT_ULL(CAP_PERFMON);
	assert_ptr_equal(bpf_base_func_proto(BPF_FUNC_trace_printk, prog), &bpf_trace_printk_proto);
	assert_non_null(bpf_tracing_func_proto(BPF_FUNC_get_current_comm, prog));
	bpf_prog_put(prog);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_format),	TEST(test_format_refused),    TEST(test_snprintf),
		TEST(test_trace_ring),	TEST(test_numbers),	      TEST(test_probe_read),
		TEST(test_map_helpers), TEST(test_who_may_call_what),
	};

	return cmocka_run_group_tests_name("helpers", tests, NULL, NULL);
}
