// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF that nobody wrote by hand: every byte of a small valid one flipped, cut at every length, every allocation
 * refused; then this machine's own (if it has one), and what the compiler made of this very program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/btf.h"
#include "bpf/log.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "kernel/lib/errno.h"
#include "tests/unit/btf_asm.h"
#include "tests/unit/os_unit.h"

/* One of each kind, with what refers to what. */
static const char *const small_btf[] = {
	"int int size=4 enc=1",
	"int char size=1 enc=2",
	"ptr 4",
	"struct node size=40",
	"  next 3 0",
	"  n 1 64",
	"  name 5 96",
	"  u 6 192",
	"  v 16 256",
	"array 2 1 8",
	"union - size=8",
	"  i 1 0",
	"  p 8 0",
	"enum e size=4",
	"  A 0",
	"  B 1",
	"ptr 9",
	"const 10",
	"typedef t 11",
	"volatile 7",
	"proto 1",
	"  a 3",
	"  b 10",
	"func f 12 vlen=1",
	"var counter 1 linkage=1",
	"datasec .bss size=4",
	"  14 0 4",
	"enum64 e64 size=8",
	"  BIG 0x100000000",
	"fwd later",
	"ptr 17",
	"restrict 18",
	"float d size=8",
	"type_tag user 1",
	"ptr 21",
	"decl_tag tag 13 1",
	"struct bits size=4 kflag",
	"  x 1 0:3",
	"  y 1 3:29",
};

static u8 *assemble(u32 *size)
{
	static struct btf_asm a;

	btf_asm_init(&a, 0);
	for (size_t i = 0; i < ARRAY_SIZE(small_btf); i++)
		btf_asm_line(&a, small_btf[i]);
	return btf_asm_finish(&a, size);
}

/* What a reader of an accepted BTF may do with any type. */
static void use_all(struct btf *btf)
{
	static u8 zeros[1 << 16];
	char text[64];

	for (u32 id = 0; id < btf_nr_types(btf); id++) {
		const struct btf_type *t = btf_type_by_id(btf, id);
		u32 size = 0, res = id, next, flag = 0;
		struct bpf_seq seq = { 0 };

		assert_non_null(t);
		assert_non_null(btf_type_name(btf, t));
		btf_type_str(btf, id, text, sizeof(text));
		btf_type_skip_modifiers(btf, id, NULL);
		if (btf_type_id_size(btf, &res, &size) && size <= sizeof(zeros))
			btf_type_seq_show(btf, id, zeros, &seq);
		bpf_seq_free(&seq);
		for (u32 off = 0; btf_is_struct(t) && off < size && off < 64; off++)
			btf_struct_access(NULL, btf, id, off, 1, &next, &flag, NULL);
	}
}

/* Refused with a sentence, or accepted and usable. */
static bool try_parse(const void *data, u32 size)
{
	struct bpf_verifier_log log;
	struct btf *btf;
	u8 *exact = malloc(size ? size : 1);
	int err;

	memcpy(exact, data, size);
	bpf_vlog_init(&log, 0, 0, 0);
	err = btf_parse(exact, size, NULL, &log, &btf);
	free(exact);
	if (err) {
		assert_true(err == -EINVAL || err == -EEXIST || err == -E2BIG || err == -ENOTSUPP);
		assert_true(log.last_error[0]);
		return false;
	}
	use_all(btf);
	btf_put(btf);
	return true;
}

static void the_small_one_is_valid(void **state)
{
	u32 size;
	u8 *blob = assemble(&size);

	assert_true(try_parse(blob, size));
	free(blob);
}

static void every_flipped_byte(void **state)
{
	static const u8 masks[] = { 0xff, 0x01, 0x80, 0x10 };
	u32 size, accepted = 0, refused = 0;
	u8 *blob = assemble(&size);

	for (u32 i = 0; i < size; i++)
		for (u32 m = 0; m < ARRAY_SIZE(masks); m++) {
			blob[i] ^= masks[m];
			if (try_parse(blob, size))
				accepted++;
			else
				refused++;
			blob[i] ^= masks[m];
		}
	/* A byte of a name or a value may change; most may not. */
	assert_in_range(accepted, 100, size * 2);
	assert_in_range(refused, size * 2, size * 4);
	free(blob);
}

static void every_length(void **state)
{
	u32 size;
	u8 *blob = assemble(&size);

	for (u32 n = 0; n < size; n++)
		assert_false(try_parse(blob, n));
	free(blob);
}

static void every_allocation_fails_once(void **state)
{
	u32 size, fail;
	u8 *blob = assemble(&size);
	int err = -ENOMEM;

	for (fail = 1; err; fail++) {
		struct btf *btf = NULL;
		long live = os_unit_live;

		os_unit_fail_at = fail;
		err = btf_parse(blob, size, NULL, NULL, &btf);
		os_unit_fail_at = 0;
		assert_true(err == 0 || err == -ENOMEM);
		btf_put(btf);
		assert_int_equal(os_unit_live, live);
	}
	assert_in_range(fail, 5, 20);
	free(blob);
}

/* Longer names, sizes and lists do not fit a slab; nor does this one's text fit a struct. */
static void too_big_is_refused(void **state)
{
	struct bpf_verifier_log log;
	struct btf *btf;

	bpf_vlog_init(&log, 0, 0, 0);
	assert_int_equal(btf_parse("", (16U << 20) + 1, NULL, &log, &btf), -E2BIG);
	assert_non_null(strstr(log.last_error, "too big"));
}

static void *read_file(const char *path, u32 *size)
{
	FILE *f = fopen(path, "r");
	size_t n = 0, got, alloc = 1 << 16;
	char *buf;

	if (!f)
		return NULL;
	buf = malloc(alloc);
	while ((got = fread(buf + n, 1, alloc - n, f)) > 0) {
		n += got;
		if (n == alloc)
			buf = realloc(buf, alloc *= 2);
	}
	fclose(f);
	*size = n;
	return buf;
}

/* "[3] STRUCT 'foo' size=4 vlen=1": the ID, kind and name of each type must be the same. */
static void compare_with_bpftool(struct btf *btf, const char *path)
{
	char cmd[256], line[4096], kind[32], name[512];
	u32 id, compared = 0;
	FILE *p;

	snprintf(cmd, sizeof(cmd), "bpftool btf dump file %s format raw 2>/dev/null", path);
	p = popen(cmd, "r");
	while (p && fgets(line, sizeof(line), p)) {
		const struct btf_type *t;

		if (sscanf(line, "[%u] %31s '%511[^']'", &id, kind, name) != 3)
			continue;
		t = btf_type_by_id(btf, id);
		assert_non_null(t);
		assert_string_equal(name, t->name_off ? btf_type_name(btf, t) : "(anon)");
		assert_int_equal(btf_is_struct(t),
				 !strcmp(kind, "STRUCT") || !strcmp(kind, "UNION"));
		compared++;
	}
	if (p)
		pclose(p);
	if (!compared) {
		print_message("SKIP: bpftool is not there to compare with\n");
		return;
	}
	assert_in_range(compared, 1, btf_nr_types(btf) - 1);
	assert_int_equal(id, btf_nr_types(btf) - 1);
}

static void this_machines_kernel(void **state)
{
	static const char path[] = "/sys/kernel/btf/vmlinux";
	struct bpf_verifier_log log;
	struct btf *btf;
	u32 size;
	void *data = read_file(path, &size);
	s32 task, sk;

	if (!data) {
		print_message("SKIP: this machine has no %s\n", path);
		skip();
	}
	bpf_vlog_init(&log, 0, 0, 0);
	if (btf_parse(data, size, NULL, &log, &btf))
		fail_msg("%s: %s", path, log.last_error);
	task = btf_find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT);
	sk = btf_find_by_name_kind(btf, "tcp_sock", BTF_KIND_STRUCT);
	assert_in_range(task, 1, btf_nr_types(btf));
	assert_int_equal(btf_find_by_name_kind(btf, "no such type", BTF_KIND_STRUCT), -ENOENT);
	if (sk > 0)
		assert_true(btf_struct_ids_match(
			NULL, btf, sk, 0, btf, btf_find_by_name_kind(btf, "sock", BTF_KIND_STRUCT),
			false));
	compare_with_bpftool(btf, path);
	btf_put(btf);
	free(data);
}

/* What clang makes for BPF. No variables: their sections have size 0 until libbpf fills it in. */
static void what_clang_makes(void **state)
{
	static const char make[] =
		"d=$(mktemp -d) && cd $d && echo 'struct s { int a:3; struct s *n; }; "
		" static __attribute__((noinline)) int sub(struct s *p) { return p->a; }"
		" int f(struct s *p) { return sub(p) + 1; }'"
		" | clang -target bpf -g -O1 -x c -c - -o o 2>/dev/null &&"
		" objcopy -I elf64-little --dump-section .BTF=btf o /dev/null 2>/dev/null &&"
		" cat btf;"
		" rm -r $d";
	u8 *data = malloc(1 << 16);
	FILE *p = popen(make, "r");
	size_t n = fread(data, 1, 1 << 16, p);

	pclose(p);
	if (!n) {
		free(data);
		print_message("SKIP: clang cannot make BPF objects here\n");
		skip();
	}
	assert_true(try_parse(data, n));
	for (u32 i = 0; i < n; i++) {
		data[i] ^= 0xff;
		try_parse(data, n);
		data[i] ^= 0xff;
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_small_one_is_valid),
		cmocka_unit_test(every_flipped_byte),
		cmocka_unit_test(every_length),
		cmocka_unit_test(every_allocation_fails_once),
		cmocka_unit_test(too_big_is_refused),
		cmocka_unit_test(what_clang_makes),
		cmocka_unit_test(this_machines_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
