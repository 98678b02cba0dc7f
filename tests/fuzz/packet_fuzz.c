// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs that move pointers in packets, compare them, and read and write what may be there. Each is loaded and,
 * if it is accepted, run on one packet; a line tells what came of it. On Linux and, under trellis exec, on Trellis the
 * lines must be the same: then both verifiers agree on every program, and both kernels on what it did.
 *
 *	packet-fuzz SEED COUNT [N]    N: only that one, with instructions and log
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/insn.h"

#define PTR(p)	  ((u64)(uintptr_t)(p))
#define MAX_INSNS 128
#define PACKET	  96

static struct bpf_insn insns[MAX_INSNS];
static u32 nr_insns;
static u64 state;
static char log_text[1 << 16];

static u32 below(u32 n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (u32)(state >> 33) % n;
}

static void put(struct bpf_insn insn)
{
	insns[nr_insns++] = insn;
}

/* R2 to R5, R7 and R8 are pointers, most of the time; R9 is a number, R6 the ctx, R0 a number. */
static u8 pointer(void)
{
	static const u8 regs[] = { 2, 3, 4, 5, 7, 8 };

	return regs[below(sizeof(regs))];
}

static s32 distance(void)
{
	static const s32 near[] = { 0, 1, 2, 4, 8, 13, 14, 16, 20, 34, 40, 64, 95, 96, 97, 65535 };

	return below(4) ? near[below(16)] : (s32)below(100) - 20;
}

static void put_load_pointers(void)
{
	put(BPF_LDX_MEM(BPF_W, 2, 6, 0));
	put(BPF_LDX_MEM(BPF_W, 3, 6, 4));
	put(BPF_LDX_MEM(BPF_W, 4, 6, below(3) ? 0 : 8));
}

/* The usual check: a copy, moved, against the end, over the next few instructions. */
static void put_check(void)
{
	static const u8 ops[] = { BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE };
	u8 p = pointer(), q = pointer(), op = ops[below(4)];

	/* Trellis knows the outcome of a register compared with itself, Linux does not. */
	p = p == 3 ? 5 : p;
	put(BPF_MOV64_REG(p, q));
	put(BPF_ALU64_IMM(below(8) ? BPF_ADD : BPF_SUB, p, distance()));
	if (below(2))
		put(BPF_JMP_REG(op, p, 3, 1 + below(5)));
	else
		put(BPF_JMP_REG(op, 3, p, 1 + below(5)));
}

static void put_number(void)
{
	switch (below(5)) {
	case 0:
		put(BPF_MOV64_IMM(9, below(64)));
		break;
	case 1:
		put(BPF_ALU64_IMM(BPF_AND, 9, below(2) ? 15 : 0x7fff));
		break;
	case 2:
		put(BPF_LDX_MEM(BPF_W, 9, 6, 12));
		break;
	case 3:
		put(BPF_ALU64_IMM(BPF_LSH, 9, below(4)));
		break;
	case 4:
		put(BPF_JMP_IMM(below(2) ? BPF_JGT : BPF_JLE, 9, distance(), 1 + below(3)));
		break;
	}
}

static void put_access(void)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	u8 size = sizes[below(4)], p = pointer();
	s16 off = below(3) ? 0 : distance() % 100;

	switch (below(4)) {
	case 0:
		put(BPF_ST_MEM(size, p, off, below(256)));
		break;
	case 1:
		put(BPF_STX_MEM(size, p, 9, off));
		break;
	case 2:
		put(BPF_LDX_MEM(size, 9, p, off));
		break;
	case 3:
		put(BPF_LDX_MEM(size, 0, p, off));
		break;
	}
}

/* One that is right, or nearly: access, jumped over where the packet is too short. */
static void put_guarded(void)
{
	u8 q = pointer(), p = q == 5 ? 7 : 5;
	s32 n = 1 + below(40), slack = below(10) ? 0 : 1;

	q = q == 3 ? 2 : q;
	put(BPF_MOV64_REG(p, q));
	put(BPF_ALU64_IMM(BPF_ADD, p, n));
	if (below(2))
		put(BPF_JMP_REG(BPF_JGT, p, 3, 1));
	else
		put(BPF_JMP_REG(BPF_JLT, 3, p, 1));
	if (below(2))
		put(BPF_LDX_MEM(BPF_B, below(2) ? 9 : 0, q, n - 1 + slack));
	else
		put(BPF_STX_MEM(BPF_B, q, 9, n - 1 + slack));
}

static void put_helper(void)
{
	static const s32 ids[] = { BPF_FUNC_xdp_adjust_head, BPF_FUNC_xdp_adjust_tail,
				   BPF_FUNC_xdp_adjust_meta };

	put(BPF_MOV64_REG(1, 6));
	put(BPF_MOV64_IMM(2, ((s32)below(9) - 4) * 4));
	put(BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, ids[below(3)]));
	put(BPF_MOV64_IMM(5, 0));
	put_load_pointers();
	/*
	 * No stale pointers on the stack: where a slot was any number before, Trellis takes a pointer for a
	 * number, too, and need not look at the way again; Linux looks, and may refuse what it finds.
	 */
	put(BPF_STX_MEM(BPF_DW, 10, 2, -8));
	put(BPF_STX_MEM(BPF_DW, 10, 9, -16));
}

static void put_something(void)
{
	u32 what = below(24);

	if (what >= 20)
		put_guarded();
	else if (what < 5)
		put_check();
	else if (what < 7)
		put_access();
	else if (what < 11)
		put_guarded();
	else if (what < 14)
		put_number();
	else if (what < 15)
		put_helper();
	else if (what < 16)
		put(BPF_ALU64_REG(below(4) ? BPF_ADD : BPF_SUB, pointer(), 9));
	else if (what < 17)
		put(BPF_ALU64_IMM(BPF_ADD, pointer(), distance()));
	else if (what < 18)
		put(BPF_STX_MEM(BPF_DW, 10, pointer(), -8 * (1 + (int)below(2))));
	else if (what < 19)
		put(BPF_LDX_MEM(BPF_DW, pointer(), 10, -8 * (1 + (int)below(2))));
	else
		put(BPF_MOV64_REG(pointer(), pointer()));
}

static void generate(u64 seed)
{
	u32 n;

	state = seed * 0x9e3779b97f4a7c15 + 1;
	nr_insns = 0;
	n = 3 + below(14);
	put(BPF_MOV64_REG(6, 1));
	put(BPF_MOV64_IMM(0, 0));
	put(BPF_MOV64_IMM(9, 0));
	put_load_pointers();
	put(BPF_MOV64_REG(5, 2));
	put(BPF_MOV64_REG(7, 2));
	put(BPF_MOV64_REG(8, 4));
	put(BPF_STX_MEM(BPF_DW, 10, 2, -8));
	put(BPF_STX_MEM(BPF_DW, 10, 9, -16));
	while (n-- && nr_insns < MAX_INSNS - 24)
		put_something();
	/* Jumps go at most six further. */
	for (int i = 0; i < 6; i++)
		put(BPF_ALU64_IMM(BPF_ADD, 0, 1));
	put(BPF_EXIT_INSN());
}

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load(u32 level)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP, .insn_cnt = nr_insns };

	attr.insns = PTR(insns);
	attr.license = PTR("GPL");
	attr.log_level = level;
	attr.log_buf = level ? PTR(log_text) : 0;
	attr.log_size = level ? sizeof(log_text) : 0;
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static void run(int fd)
{
	static u8 in[PACKET], out[4096];
	union bpf_attr attr = { .test = { .prog_fd = fd, .data_size_in = PACKET } };
	u32 hash = 0;

	for (u32 i = 0; i < PACKET; i++)
		in[i] = i * 7;
	attr.test.data_in = PTR(in);
	attr.test.data_out = PTR(out);
	attr.test.data_size_out = sizeof(out);
	if (sys_bpf(BPF_PROG_TEST_RUN, &attr)) {
		printf("accepted, but cannot run: %s\n", strerror(errno));
		return;
	}
	for (u32 i = 0; i < attr.test.data_size_out; i++)
		hash = hash * 31 + out[i];
	printf("accepted, 0x%x, %u bytes, 0x%08x\n", attr.test.retval, attr.test.data_size_out,
	       hash);
}

static void try(u64 seed, u32 n, u32 level)
{
	int fd;

	generate(seed + n);
	fd = load(level);
	if (level) {
		for (u32 i = 0; i < nr_insns; i++)
			printf("%3u: %02x dst %d src %d off %d imm %d\n", i, insns[i].code,
			       insns[i].dst_reg, insns[i].src_reg, insns[i].off, insns[i].imm);
		puts(log_text);
	}
	printf("%u: ", n);
	if (fd < 0) {
		printf("refused, %d\n", errno);
		return;
	}
	run(fd);
	close(fd);
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) * 1000000 : 0;
	u32 count = argc > 2 ? atoi(argv[2]) : 0;

	if (argc < 3) {
		fprintf(stderr, "usage: packet-fuzz SEED COUNT [N]\n");
		return 2;
	}
	if (argc > 3)
		try(seed, atoi(argv[3]), 2);
	else
		for (u32 n = 0; n < count; n++)
			try(seed, n, 0);
	return 0;
}
