// SPDX-License-Identifier: GPL-2.0-only
/* func_info and line_info of BPF_PROG_LOAD: what is kept, and each refusal with its errno and message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/btf.h"
#include "bpf/check_btf.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/lib/errno.h"
#include "tests/unit/btf_asm.h"
#include "tests/unit/os_unit.h"

#define BTF_FD 7
#define MAP_FD 8

/* Two functions: instructions 0 to 3 (of which 1 and 2 are one of 16 bytes) and 4 to 5. */
static struct bpf_insn insns[6] = {
	{ .code = 0xb7 }, { .code = 0x18 }, { .code = 0 },
	{ .code = 0x95 }, { .code = 0xb7 }, { .code = 0x95 },
};
static const u32 starts[] = { 0, 4 };

/* A record as a newer loader's: one word more than ours. */
struct long_line {
	struct bpf_line_info li;
	u32 more;
};

static struct fixture {
	struct bpf_prog prog;
	struct bpf_prog_aux aux;
	struct bpf_verifier_log log;
	union bpf_attr attr;
	struct bpf_func_info funcs[3];
	struct bpf_line_info lines[8];
	struct btf *btf;
	u32 src, src2, file;
} fx;

static struct bpf_file btf_file, map_file;
static struct bpf_object map_obj = { .kind = BPF_OBJ_MAP };

static int from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	if (usrc < 4096)
		return -EFAULT;
	memcpy(dst, (void *)usrc, n);
	return 0;
}

static int fget(struct bpf_session *s, int fd, struct bpf_file **file)
{
	if (fd != BTF_FD && fd != MAP_FD)
		return -EBADF;
	*file = fd == BTF_FD ? &btf_file : &map_file;
	return 0;
}

static const struct bpf_session_ops ops = { .copy_from_user = from_user, .fget = fget };
static struct bpf_session session = { .ops = &ops };

static u32 string_off(const char *text)
{
	for (u32 off = 1; off < fx.btf->hdr.str_len; off++)
		if (!strcmp(btf_name_by_offset(fx.btf, off), text))
			return off;
	fail();
	return 0;
}

static int setup(void **state)
{
	static const char *const text[] = {
		"int int size=4 enc=1",	   "proto 1",
		"func main 2 vlen=1",	   "func sub 2 vlen=0",
		"typedef src__return_0 1", "typedef src__sub 1",
		"typedef dir.x.c 1",
	};
	static struct btf_asm a;
	u32 size;
	u8 *blob;

	memset(&fx, 0, sizeof(fx));
	btf_asm_init(&a, 0);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		btf_asm_line(&a, text[i]);
	/* Strings that no type has. */
	memcpy(a.strings + a.str_len, "\t  return 0;\0/a/b/x.c", 22);
	a.str_len += 22;
	blob = btf_asm_finish(&a, &size);
	assert_int_equal(btf_parse(blob, size, NULL, NULL, &fx.btf), 0);
	free(blob);
	btf_file.obj = &fx.btf->obj;
	map_file.obj = &map_obj;
	fx.src = string_off("\t  return 0;");
	fx.src2 = string_off("src__sub");
	fx.file = string_off("/a/b/x.c");
	fx.prog.aux = &fx.aux;
	fx.prog.insnsi = insns;
	fx.prog.len = 6;
	bpf_vlog_init(&fx.log, 0, 0, 0);
	fx.funcs[0] = (struct bpf_func_info){ 0, 3 };
	fx.funcs[1] = (struct bpf_func_info){ 4, 4 };
	fx.lines[0] = (struct bpf_line_info){ 0, fx.file, fx.src, 12 << 10 | 3 };
	fx.lines[1] = (struct bpf_line_info){ 3, fx.file, fx.src, 12 << 10 | 9 };
	fx.lines[2] = (struct bpf_line_info){ 4, fx.file, fx.src2, 20 << 10 };
	fx.attr.prog_btf_fd = BTF_FD;
	fx.attr.func_info = (u64)fx.funcs;
	fx.attr.func_info_cnt = 2;
	fx.attr.func_info_rec_size = sizeof(struct bpf_func_info);
	fx.attr.line_info = (u64)fx.lines;
	fx.attr.line_info_cnt = 3;
	fx.attr.line_info_rec_size = sizeof(struct bpf_line_info);
	return 0;
}

static int teardown(void **state)
{
	kfree(fx.aux.func_info);
	kfree(fx.aux.func_info_aux);
	kfree(fx.aux.linfo);
	kfree(fx.aux.meta);
	btf_put(fx.aux.btf);
	btf_put(fx.btf);
	return os_unit_live;
}

static int check(void)
{
	return check_btf_info(&fx.prog, &fx.attr, &session, &fx.log, starts, 2);
}

static void refused(int err, const char *says)
{
	assert_int_equal(check(), err);
	if (says && !strstr(fx.log.last_error, says))
		fail_msg("\"%s\" is not in \"%s\"", says, fx.log.last_error);
}

static void all_is_kept(void **state)
{
	assert_int_equal(check(), 0);
	assert_ptr_equal(fx.aux.btf, fx.btf);
	assert_int_equal(fx.aux.func_info_cnt, 2);
	assert_int_equal(fx.aux.func_info_aux[0].linkage, BTF_FUNC_GLOBAL);
	assert_int_equal(fx.aux.func_info_aux[1].linkage, BTF_FUNC_STATIC);
	assert_int_equal(fx.aux.nr_linfo, 3);
	for (u32 i = 0; i < 6; i++) {
		assert_int_equal(fx.aux.meta[i].orig_idx, i);
		assert_int_equal(fx.aux.meta[i].linfo, i < 3 ? 1 : i < 4 ? 2 : 3);
	}
	assert_ptr_equal(bpf_find_linfo(&fx.prog, 0), &fx.aux.linfo[0]);
	assert_ptr_equal(bpf_find_linfo(&fx.prog, 2), &fx.aux.linfo[0]);
	assert_ptr_equal(bpf_find_linfo(&fx.prog, 5), &fx.aux.linfo[2]);
	assert_null(bpf_find_linfo(&fx.prog, 6));
}

static void lines_are_printed_once(void **state)
{
	const struct bpf_line_info *prev = NULL;

	assert_int_equal(check(), 0);
	bpf_log_linfo(&fx.log, &fx.prog, 0, "; ", &prev);
	assert_string_equal(fx.log.last_error, "; return 0; @ x.c:12");
	bpf_log(&fx.log, "between\n");
	bpf_log_linfo(&fx.log, &fx.prog, 3, "; ", &prev);
	assert_string_equal(fx.log.last_error, "between");
	bpf_log_linfo(&fx.log, &fx.prog, 4, "; ", &prev);
	assert_string_equal(fx.log.last_error, "; src__sub @ x.c:20");
}

static void none_is_fine(void **state)
{
	struct bpf_source_line line;

	fx.attr.func_info_cnt = fx.attr.line_info_cnt = 0;
	fx.attr.prog_btf_fd = 0;
	assert_int_equal(check(), 0);
	assert_null(fx.aux.btf);
	assert_non_null(fx.aux.meta);
	assert_int_equal(fx.aux.meta[5].linfo, 0);
	assert_null(bpf_find_linfo(&fx.prog, 0));
	assert_false(bpf_source_line(&fx.prog, NULL, &line));
}

static void functions_without_lines(void **state)
{
	fx.attr.line_info_cnt = 0;
	assert_int_equal(check(), 0);
	assert_int_equal(fx.aux.nr_linfo, 0);
}

static void lines_without_functions(void **state)
{
	fx.attr.func_info_cnt = 0;
	assert_int_equal(check(), 0);
	assert_int_equal(fx.aux.nr_linfo, 3);
}

static void longer_records_of_zeros(void **state)
{
	struct long_line l[3];

	memset(l, 0, sizeof(l));
	for (int i = 0; i < 3; i++)
		l[i].li = fx.lines[i];
	fx.attr.line_info = (u64)l;
	fx.attr.line_info_rec_size = sizeof(l[0]);
	assert_int_equal(check(), 0);
	assert_int_equal(fx.aux.linfo[2].insn_off, 4);
}

static void longer_records_with_something(void **state)
{
	struct long_line l[3];

	memset(l, 0, sizeof(l));
	for (int i = 0; i < 3; i++)
		l[i].li = fx.lines[i];
	l[1].more = 1;
	fx.attr.line_info = (u64)l;
	fx.attr.line_info_rec_size = sizeof(l[0]);
	refused(-E2BIG, "nonzero tailing record in line_info");
}

static void longer_func_records_with_something(void **state)
{
	u32 f[6] = { 0, 3, 1, 4, 4, 0 };

	fx.attr.func_info = (u64)f;
	fx.attr.func_info_rec_size = 12;
	refused(-E2BIG, "nonzero tailing record in func info");
}

static void core_relos(void **state)
{
	fx.attr.core_relo_cnt = 1;
	refused(-EOPNOTSUPP, "core_relos are not supported");
}

static void closed_btf(void **state)
{
	fx.attr.prog_btf_fd = 99;
	refused(-EBADF, "prog_btf_fd 99 is not a BTF descriptor");
}

static void btf_of_another_kind(void **state)
{
	fx.attr.prog_btf_fd = MAP_FD;
	refused(-EINVAL, "prog_btf_fd 8 is not a BTF descriptor");
}

static void the_kernels_btf(void **state)
{
	fx.btf->kernel_btf = true;
	assert_int_equal(check(), -EACCES);
	fx.btf->kernel_btf = false;
}

static void func_rec_size(void **state)
{
	fx.attr.func_info_rec_size = 4;
	refused(-EINVAL, "invalid func info rec size 4");
	fx.attr.func_info_rec_size = 256;
	refused(-EINVAL, "invalid func info rec size 256");
	fx.attr.func_info_rec_size = 10;
	refused(-EINVAL, "invalid func info rec size 10");
}

static void line_rec_size(void **state)
{
	fx.attr.func_info_cnt = 0;
	fx.attr.line_info_rec_size = 12;
	refused(-EINVAL, "invalid line info rec size 12");
	fx.attr.line_info_rec_size = 256;
	refused(-EINVAL, "invalid line info rec size 256");
	fx.attr.line_info_rec_size = 18;
	refused(-EINVAL, "invalid line info rec size 18");
}

static void func_bad_address(void **state)
{
	fx.attr.func_info = 16;
	refused(-EFAULT, NULL);
}

static void line_bad_address(void **state)
{
	fx.attr.line_info = 16;
	refused(-EFAULT, NULL);
}

static void first_func_not_at_0(void **state)
{
	fx.funcs[0].insn_off = 1;
	refused(-EINVAL, "nonzero insn_off 1 for the first func info record");
}

static void funcs_out_of_order(void **state)
{
	fx.funcs[1].insn_off = 0;
	refused(-EINVAL, "same or smaller insn offset (0) than previous func info record (0)");
}

static void func_of_another_kind(void **state)
{
	fx.funcs[1].type_id = 1;
	refused(-EINVAL, "invalid type id 1 in func info");
}

static void func_that_is_not_there(void **state)
{
	fx.funcs[1].type_id = 1000;
	refused(-EINVAL, "invalid type id 1000 in func info");
}

static void too_few_funcs(void **state)
{
	fx.attr.func_info_cnt = 1;
	refused(-EINVAL, "number of funcs in func_info doesn't match number of subprogs");
}

static void funcs_elsewhere(void **state)
{
	fx.funcs[1].insn_off = 3;
	refused(-EINVAL, "func_info BTF section doesn't match subprog layout in BPF program");
}

static void lines_out_of_order(void **state)
{
	fx.lines[1].insn_off = 0;
	refused(-EINVAL, "Invalid line_info[1].insn_off:0 (prev_offset:0 prog->len:6)");
}

static void line_beyond_the_program(void **state)
{
	fx.lines[2].insn_off = 6;
	refused(-EINVAL, "Invalid line_info[2].insn_off:6 (prev_offset:3 prog->len:6)");
}

static void a_count_without_end_is_not_read(void **state)
{
	/* Eight records are there; seven are enough to find that they cannot all be right. */
	for (u32 i = 3; i < 8; i++)
		fx.lines[i] = (struct bpf_line_info){ i + 2, fx.file, fx.src, 0 };
	fx.attr.line_info_cnt = U32_MAX;
	refused(-EINVAL, "Invalid line_info[4].insn_off:6");
}

static void line_in_the_middle_of_an_instruction(void **state)
{
	fx.lines[1].insn_off = 2;
	refused(-EINVAL, "Invalid insn code at line_info[1].insn_off");
}

static void line_without_text(void **state)
{
	fx.lines[1].line_off = 0xffff;
	refused(-EINVAL, "Invalid line_info[1].line_off or .file_name_off");
}

static void line_without_file(void **state)
{
	fx.lines[1].file_name_off = 0xffff;
	refused(-EINVAL, "Invalid line_info[1].line_off or .file_name_off");
}

static void first_line_not_at_0(void **state)
{
	fx.lines[0].insn_off = 1;
	refused(-EINVAL, "missing bpf_line_info for func#0");
}

static void a_func_without_its_line(void **state)
{
	fx.lines[2].insn_off = 5;
	refused(-EINVAL, "missing bpf_line_info for func#1");
}

static void last_func_without_any_line(void **state)
{
	fx.attr.line_info_cnt = 2;
	refused(-EINVAL, "missing bpf_line_info for 1 funcs starting from func#1");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(all_is_kept),
		CASE(lines_are_printed_once),
		CASE(none_is_fine),
		CASE(functions_without_lines),
		CASE(lines_without_functions),
		CASE(longer_records_of_zeros),
		CASE(longer_records_with_something),
		CASE(longer_func_records_with_something),
		CASE(core_relos),
		CASE(closed_btf),
		CASE(btf_of_another_kind),
		CASE(the_kernels_btf),
		CASE(func_rec_size),
		CASE(line_rec_size),
		CASE(func_bad_address),
		CASE(line_bad_address),
		CASE(first_func_not_at_0),
		CASE(funcs_out_of_order),
		CASE(func_of_another_kind),
		CASE(func_that_is_not_there),
		CASE(too_few_funcs),
		CASE(funcs_elsewhere),
		CASE(lines_out_of_order),
		CASE(line_beyond_the_program),
		CASE(a_count_without_end_is_not_read),
		CASE(line_in_the_middle_of_an_instruction),
		CASE(line_without_text),
		CASE(line_without_file),
		CASE(first_line_not_at_0),
		CASE(a_func_without_its_line),
		CASE(last_func_without_any_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
