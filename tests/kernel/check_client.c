// SPDX-License-Identifier: GPL-2.0-only
/* See check_client.h. */
#include "tests/kernel/check_client.h"

#include "bpf/jit.h"
#include "kernel/lib/string.h"

#define PTR(p)	     ((u64)(uintptr_t)(p))
#define HELPER(name) BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##name)
#define FUNC(reg, n) BPF_LD_IMM64_RAW(reg, BPF_PSEUDO_FUNC, (n) + 1)
#define FP(reg, off) BPF_MOV64_REG(reg, 10), BPF_ALU64_IMM(BPF_ADD, reg, off)
#define ANY	     ~0ULL
#define PROGRAM(...) .insns = { __VA_ARGS__ }

const struct check_program check_programs[] = {
	{ .name = "clocks",
	  PROGRAM(BPF_MOV64_REG(6, 1), HELPER(ktime_get_ns), BPF_STX_MEM(BPF_DW, 6, 0, 0),
		  HELPER(get_prandom_u32), BPF_STX_MEM(BPF_DW, 6, 0, 8), HELPER(jiffies64),
		  BPF_STX_MEM(BPF_DW, 6, 0, 16), HELPER(get_smp_processor_id),
		  HELPER(get_current_pid_tgid), BPF_ST_MEM(BPF_DW, 6, 24, 9), BPF_MOV64_IMM(0, 3),
		  BPF_EXIT_INSN()),
	  .after = { { ANY, ANY, ANY, 9 } },
	  .result = 3,
	  .plants = { 9, 10 } },
	/* An element is made, looked up, changed, removed, and still there for who has found it. */
	{ .name = "table",
	  PROGRAM(BPF_MOV64_REG(6, 1), BPF_LDX_MEM(BPF_DW, 2, 1, 0), BPF_STX_MEM(BPF_DW, 10, 2, -8),
		  BPF_ST_MEM(BPF_DW, 10, -16, 40), BPF_LD_MAP_FD(1, CHECK_HASH), FP(2, -8),
		  FP(3, -16), BPF_MOV64_IMM(4, 0), HELPER(map_update_elem),
		  BPF_LD_MAP_FD(1, CHECK_HASH), FP(2, -8), HELPER(map_lookup_elem),
		  BPF_MOV64_REG(7, 0), BPF_JMP_IMM(BPF_JEQ, 0, 0, 8), BPF_LDX_MEM(BPF_DW, 1, 7, 0),
		  BPF_ALU64_IMM(BPF_ADD, 1, 2), BPF_STX_MEM(BPF_DW, 7, 1, 0),
		  BPF_LD_MAP_FD(1, CHECK_HASH), FP(2, -8), HELPER(map_delete_elem),
		  BPF_EXIT_INSN()),
	  .ctx = { { 5 } },
	  .after = { { 5 } },
	  .result = 0,
	  .plants = { 3, 10, 20 } },
	{ .name = "ring",
	  PROGRAM(BPF_MOV64_REG(6, 1), BPF_LD_MAP_FD(1, CHECK_RINGBUF), BPF_MOV64_IMM(2, 16),
		  BPF_MOV64_IMM(3, 0), HELPER(ringbuf_reserve), BPF_JMP_IMM(BPF_JEQ, 0, 0, 18),
		  BPF_ST_MEM(BPF_DW, 0, 0, 7), BPF_ST_MEM(BPF_DW, 0, 8, 8), BPF_MOV64_REG(1, 0),
		  BPF_MOV64_IMM(2, 0), HELPER(ringbuf_submit), BPF_ST_MEM(BPF_DW, 10, -8, 6),
		  BPF_LD_MAP_FD(1, CHECK_RINGBUF), FP(2, -8), BPF_MOV64_IMM(3, 8),
		  BPF_MOV64_IMM(4, 0), HELPER(ringbuf_output), BPF_LD_MAP_FD(1, CHECK_RINGBUF),
		  BPF_MOV64_IMM(2, BPF_RB_PROD_POS), HELPER(ringbuf_query),
		  BPF_STX_MEM(BPF_DW, 6, 0, 0), BPF_MOV64_IMM(0, 1), BPF_EXIT_INSN()),
	  .after = { { 24 + 16 } }, /* once each, with 8 bytes of header */
	  .result = 1,
	  .plants = { 8, 12, 18 } },
	/* v[0] rounds; v[1] is the sum of their numbers, v[2] the clock of the last one. */
	{ .name = "loop",
	  PROGRAM(BPF_STX_MEM(BPF_DW, 10, 1, -8), BPF_LDX_MEM(BPF_DW, 1, 1, 0), FUNC(2, 5),
		  FP(3, -8), BPF_MOV64_IMM(4, 0), HELPER(loop), BPF_EXIT_INSN(),
		  BPF_LDX_MEM(BPF_DW, 6, 2, 0), BPF_LDX_MEM(BPF_DW, 2, 6, 8),
		  BPF_ALU64_REG(BPF_ADD, 2, 1), BPF_STX_MEM(BPF_DW, 6, 2, 8), HELPER(ktime_get_ns),
		  BPF_STX_MEM(BPF_DW, 6, 0, 16), BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN()),
	  .ctx = { { 10 } },
	  .after = { { 10, 45, ANY } },
	  .result = 10,
	  .plants = { 15, 6 } },
	/* One element is made; each counts in v[1], and is removed. */
	{ .name = "each",
	  PROGRAM(BPF_STX_MEM(BPF_DW, 10, 1, -8), BPF_ST_MEM(BPF_DW, 10, -16, 4),
		  BPF_LD_MAP_FD(1, CHECK_HASH), FP(2, -16), FP(3, -16), BPF_MOV64_IMM(4, 0),
		  HELPER(map_update_elem), BPF_LD_MAP_FD(1, CHECK_HASH), FUNC(2, 5), FP(3, -8),
		  BPF_MOV64_IMM(4, 0), HELPER(for_each_map_elem), BPF_EXIT_INSN(),
		  BPF_LDX_MEM(BPF_DW, 6, 4, 0), BPF_LDX_MEM(BPF_DW, 5, 3, 0),
		  BPF_STX_MEM(BPF_DW, 6, 5, 8), BPF_ST_MEM(BPF_DW, 3, 0, 99),
		  HELPER(map_delete_elem), BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN()),
	  .after = { { 0, 4 } },
	  .result = 1,
	  .plants = { 1, 22, 24 } },
	/* A function turns text on its caller's stack into a number, as another one asked it to. */
	{ .name = "functions",
	  PROGRAM(BPF_MOV64_REG(6, 1), BPF_ST_MEM(BPF_DW, 10, -8, 0x373334), /* "437" */
		  FP(1, -8), FP(2, -16), BPF_CALL_REL(3), BPF_LDX_MEM(BPF_DW, 1, 10, -16),
		  BPF_STX_MEM(BPF_DW, 6, 1, 8), BPF_EXIT_INSN(), BPF_MOV64_REG(4, 2),
		  BPF_MOV64_IMM(2, 4), BPF_MOV64_IMM(3, 10), HELPER(strtol), BPF_EXIT_INSN()),
	  .after = { { 0, 437 } },
	  .result = 3,
	  .plants = { 1, 12 } },
	{ .name = "reads",
	  PROGRAM(BPF_MOV64_REG(6, 1), BPF_MOV64_REG(3, 1), FP(1, -8), BPF_MOV64_IMM(2, 8),
		  HELPER(probe_read_kernel), BPF_LDX_MEM(BPF_DW, 1, 10, -8),
		  BPF_STX_MEM(BPF_DW, 6, 1, 8), BPF_ST_MEM(BPF_W, 10, -8, 0x6968), FP(1, -8),
		  BPF_MOV64_IMM(2, 3), HELPER(trace_printk), BPF_EXIT_INSN()),
	  .ctx = { { 77 } },
	  .after = { { 77, 77 } },
	  .result = 3,
	  .plants = { 11, 8 } },
	/* The array's elements are found by a few instructions, of which there is no record. */
	{ .name = "array",
	  PROGRAM(BPF_MOV64_REG(6, 1), BPF_ST_MEM(BPF_W, 10, -4, 2), BPF_LD_MAP_FD(1, CHECK_ARRAY),
		  FP(2, -4), HELPER(map_lookup_elem), BPF_JMP_IMM(BPF_JEQ, 0, 0, 3),
		  BPF_ST_MEM(BPF_DW, 0, 0, 12), HELPER(ktime_get_ns), BPF_STX_MEM(BPF_DW, 6, 0, 0),
		  BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN()),
	  .after = { { ANY } },
	  .plants = { 1, 8 } },
	/* As many frames as there may be. */
	{ .name = "deep",
	  PROGRAM(BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_CALL_REL(1), BPF_EXIT_INSN(),
		  BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_CALL_REL(1), BPF_EXIT_INSN(),
		  BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_CALL_REL(1), BPF_EXIT_INSN(),
		  BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_ST_MEM(BPF_DW, 10, -8, 6),
		  BPF_LD_MAP_FD(1, CHECK_HASH), FP(2, -8), FP(3, -8), BPF_MOV64_IMM(4, 0),
		  HELPER(map_update_elem), BPF_MOV64_IMM(0, 8), BPF_EXIT_INSN()),
	  .result = 8,
	  .plants = { 14, 21, 23 } },
	/* Nothing but spills: the JIT keeps them in registers, and compiles a copy of the program. */
	{ .name = "spills",
	  PROGRAM(BPF_STX_MEM(BPF_DW, 10, 1, -8), HELPER(ktime_get_ns),
		  BPF_STX_MEM(BPF_DW, 10, 0, -16), HELPER(get_prandom_u32),
		  BPF_LDX_MEM(BPF_DW, 1, 10, -8), BPF_STX_MEM(BPF_DW, 1, 0, 0),
		  BPF_LDX_MEM(BPF_DW, 2, 10, -16), BPF_STX_MEM(BPF_DW, 1, 2, 8),
		  BPF_MOV64_IMM(0, 4), BPF_EXIT_INSN()),
	  .after = { { ANY, ANY } },
	  .result = 4,
	  .plants = { 8 } },
	/* A key of which half was never written: a function's, behind a call that left something there. */
	{ .name = "unwritten",
	  PROGRAM(BPF_MOV64_REG(6, 1), BPF_CALL_REL(2), BPF_CALL_REL(1), BPF_EXIT_INSN(),
		  HELPER(ktime_get_ns), BPF_ST_MEM(BPF_W, 10, -8, 3), BPF_LD_MAP_FD(1, CHECK_HASH),
		  FP(2, -8), HELPER(map_lookup_elem), BPF_LD_MAP_FD(1, CHECK_HASH), FP(2, -8),
		  FP(3, -64), BPF_MOV64_IMM(4, 0), HELPER(map_update_elem), BPF_EXIT_INSN()),
	  .plants = { 5 } },
	/* To slot v[0]; 5 if there is nothing. */
	{ .name = "jumps",
	  PROGRAM(BPF_MOV64_REG(6, 1), HELPER(ktime_get_ns), BPF_STX_MEM(BPF_DW, 6, 0, 8),
		  BPF_MOV64_REG(1, 6), BPF_LD_MAP_FD(2, CHECK_PROGS), BPF_MOV64_IMM(3, 1),
		  HELPER(tail_call), BPF_MOV64_IMM(0, 5), BPF_EXIT_INSN()),
	  .after = { { 0, ANY, 8 } },
	  .result = 6,
	  .plants = { 6 } },
};
const u32 nr_check_programs = ARRAY_SIZE(check_programs);

/* What slot 1 has. */
static const struct bpf_insn target[] = {
	BPF_ST_MEM(BPF_DW, 1, 16, 8),
	BPF_MOV64_IMM(0, 6),
	BPF_EXIT_INSN(),
};

static int create_map(struct bpf_client *c, enum check_map kind)
{
	static const u32 types[] = { [CHECK_HASH] = BPF_MAP_TYPE_HASH,
				     [CHECK_LRU] = BPF_MAP_TYPE_LRU_HASH,
				     [CHECK_PERCPU_HASH] = BPF_MAP_TYPE_PERCPU_HASH,
				     [CHECK_ARRAY] = BPF_MAP_TYPE_ARRAY,
				     [CHECK_RINGBUF] = BPF_MAP_TYPE_RINGBUF,
				     [CHECK_PROGS] = BPF_MAP_TYPE_PROG_ARRAY };
	union bpf_attr attr = { .map_type = types[kind], .max_entries = 4 };

	attr.key_size = kind == CHECK_RINGBUF ? 0 : kind < CHECK_ARRAY ? 8 : 4;
	attr.value_size = kind == CHECK_RINGBUF ? 0 : kind == CHECK_PROGS ? 4 : 8;
	if (kind == CHECK_RINGBUF)
		attr.max_entries = PAGE_SIZE;
	return bpf_client_call(c, BPF_MAP_CREATE, &attr);
}

bool check_client_open(struct check_client *cc)
{
	bool ok = bpf_client_open(&cc->c);
	int fd;

	for (u32 i = 1; ok && i < CHECK_MAPS; i++) {
		cc->maps[i] = create_map(&cc->c, i);
		ok = cc->maps[i] >= 0;
	}
	fd = ok ? bpf_client_load_functions(&cc->c, target, ARRAY_SIZE(target)) : -1;
	return fd >= 0 && !bpf_client_update(&cc->c, cc->maps[CHECK_PROGS], 1, &fd, 0);
}

bool check_client_close(struct check_client *cc)
{
	return bpf_client_close(&cc->c);
}

int check_client_load(struct check_client *cc, const struct check_program *p, enum check_map map)
{
	struct bpf_insn insns[ARRAY_SIZE(p->insns)];
	u32 n = ARRAY_SIZE(insns);

	while (n && !p->insns[n - 1].code)
		n--;
	memcpy(insns, p->insns, sizeof(insns));
	for (u32 i = 0; i < n; i++)
		if (bpf_is_ld_imm64(&insns[i]) && insns[i].src_reg == BPF_PSEUDO_MAP_FD)
			insns[i].imm = cc->maps[insns[i].imm == CHECK_HASH ? map : insns[i].imm];
	return bpf_client_load_functions(&cc->c, insns, n);
}

s64 check_client_run(struct check_client *cc, int fd, struct check_ctx *ctx)
{
	return bpf_client_run(&cc->c, fd, ctx, sizeof(*ctx));
}
