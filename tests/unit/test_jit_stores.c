// SPDX-License-Identifier: GPL-2.0-only
/* Bytes stored one by one: merged into stores of words where that is the same, and only there. */
#include "tests/unit/unit.h"

#include "tests/unit/jit_env.h"

#define LOAD(size, reg, off)  BPF_LDX_MEM(size, reg, 1, off)
#define STORE(size, off, reg) BPF_STX_MEM(size, 1, reg, off)
#define COPY(from, to)	      LOAD(BPF_B, 2, from), STORE(BPF_B, to, 2)
#define RETURN_0	      BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN()

/* As C copies a structure that need not be aligned: four bytes and two, in any order. */
static void a_copy_is_of_words(void **state)
{
	struct bpf_insn insns[] = { COPY(8, 2),	 COPY(9, 3),  COPY(6, 0), COPY(7, 1),
				    COPY(11, 5), COPY(10, 4), RETURN_0 };
	u8 mem[12] = "abcdefghijkl";

	assert_int_equal(JIT_CODE_SIZE(insns), (4 + 3) + (5 + 5) + 2 + 1);
	JIT_COMPILE(insns)(mem, NULL);
	assert_memory_equal(mem, "ghijklghijkl", 12);
}

/* From the lowest byte on, or the highest first from copies. */
static void a_word_in_parts_is_one_store(void **state)
{
	struct bpf_insn up[] = { BPF_LD_IMM64(3, 0x6463626178ULL),
				 BPF_ALU64_IMM(BPF_RSH, 3, 8),
				 STORE(BPF_B, 4, 3),
				 BPF_ALU64_IMM(BPF_RSH, 3, 8),
				 STORE(BPF_B, 5, 3),
				 BPF_ALU64_IMM(BPF_RSH, 3, 8),
				 STORE(BPF_B, 6, 3),
				 BPF_ALU64_IMM(BPF_RSH, 3, 8),
				 STORE(BPF_B, 7, 3),
				 RETURN_0 };
	struct bpf_insn down[] = {
		BPF_MOV64_IMM(3, 0x64636261), BPF_MOV32_REG(4, 3), BPF_ALU32_IMM(BPF_RSH, 4, 16),
		STORE(BPF_B, 2, 4),	      BPF_MOV32_REG(4, 3), BPF_ALU32_IMM(BPF_RSH, 4, 24),
		STORE(BPF_B, 3, 4),	      STORE(BPF_H, 0, 3),  RETURN_0
	};
	u8 mem[9] = "________";

	assert_int_equal(JIT_CODE_SIZE(up), 10 + 4 + 3 + 2 + 1);
	JIT_COMPILE(up)(mem, NULL);
	assert_string_equal((char *)mem, "____abcd");
	assert_int_equal(JIT_CODE_SIZE(down), 5 + 2 + 2 + 1);
	JIT_COMPILE(down)(mem, NULL);
	assert_string_equal((char *)mem, "abcdabcd");
}

/* Wanted later, another base, a base that changes, an order that matters. */
static void what_is_not_the_same_stays(void **state)
{
	struct bpf_insn wanted[] = { COPY(4, 0), COPY(5, 1), BPF_MOV64_REG(0, 2), BPF_EXIT_INSN() };
	struct bpf_insn bases[] = { BPF_MOV64_REG(3, 1),	 LOAD(BPF_B, 2, 4),
				    BPF_STX_MEM(BPF_B, 3, 2, 0), LOAD(BPF_B, 2, 5),
				    BPF_STX_MEM(BPF_B, 3, 2, 1), RETURN_0 };
	struct bpf_insn moves[] = { COPY(4, 0), BPF_ALU64_IMM(BPF_ADD, 1, 1), COPY(4, 0),
				    RETURN_0 };
	struct bpf_insn ripple[] = { COPY(0, 1), COPY(1, 2), COPY(2, 3), COPY(3, 4), RETURN_0 };
	struct bpf_insn swap[] = { LOAD(BPF_B, 2, 0), LOAD(BPF_B, 3, 1), STORE(BPF_B, 0, 3),
				   STORE(BPF_B, 1, 2), RETURN_0 };
	struct bpf_insn other[] = { BPF_MOV64_REG(3, 1), BPF_ALU64_IMM(BPF_ADD, 3, 1),
				    COPY(4, 0),		 BPF_MOV64_REG(1, 3),
				    COPY(5, 1),		 RETURN_0 };
	u8 mem[] = "abcdefgh";

	JIT_COMPILE(other)(mem, NULL);
	assert_string_equal((char *)mem, "ebgdefgh");
	memcpy(mem, "abcdefgh", 8);
	assert_int_equal(JIT_COMPILE(wanted)(mem, NULL), 'f');
	assert_string_equal((char *)mem, "efcdefgh");
	memcpy(mem, "abcdefgh", 8);
	JIT_COMPILE(bases)(mem, NULL);
	assert_string_equal((char *)mem, "efcdefgh");
	memcpy(mem, "abcdefgh", 8);
	JIT_COMPILE(moves)(mem, NULL);
	assert_string_equal((char *)mem, "efcdefgh");
	memcpy(mem, "abcdefgh", 8);
	JIT_COMPILE(ripple)(mem, NULL);
	assert_string_equal((char *)mem, "aaaaafgh");
	memcpy(mem, "abcdefgh", 8);
	JIT_COMPILE(swap)(mem, NULL);
	assert_string_equal((char *)mem, "bacdefgh");
}

/* ---- any order of the instructions that are looked at ---- */

#define MEM_SIZE 24

static u64 read_bytes(const u8 *p, u32 n)
{
	u64 v = 0;

	memcpy(&v, p, n);
	return v;
}

/* What one does, as it is defined. */
static void run(const struct bpf_insn *insn, u64 *regs, u8 *mem)
{
	static const u8 sizes[4] = { 4, 2, 1, 8 };
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	u64 *dst = &regs[insn->dst_reg], src = regs[insn->src_reg];
	u32 size = sizes[BPF_SIZE(insn->code) >> 3];

	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		*dst = read_bytes(mem + insn->off, size);
		break;
	case BPF_STX:
		memcpy(mem + insn->off, &src, size);
		break;
	default:
		if (BPF_OP(insn->code) == BPF_MOV)
			*dst = wide ? src : (u32)src;
		else
			*dst = wide ? *dst >> insn->imm : (u32)*dst >> insn->imm;
	}
}

struct program {
	struct bpf_insn insns[100];
	u32 n;
	u64 x; /* state of the random numbers */
};

static u32 random_below(struct program *p, u32 n)
{
	p->x = unit_random(p->x);
	return (p->x >> 20) % n;
}

static void put(struct program *p, struct bpf_insn insn)
{
	p->insns[p->n++] = insn;
}

static s16 place(struct program *p, u32 off)
{
	return random_below(p, 12) ? off % (MEM_SIZE - 8) : random_below(p, MEM_SIZE - 8);
}

/* Bytes or halves from one place to another one, which may be the same in part. */
static void put_copies(struct program *p)
{
	u32 k, n = 2 + random_below(p, 5), from = random_below(p, 16), to = random_below(p, 16);
	u8 size = random_below(p, 4) ? BPF_B : BPF_H, step = size == BPF_B ? 1 : 2;
	bool down = random_below(p, 2);

	for (k = 0; k < n; k++) {
		u32 at = (down ? n - 1 - k : k) * step;
		u8 reg = 2 + random_below(p, 2), other = random_below(p, 12) ? reg : 3;

		put(p, LOAD(size, reg, place(p, from + at)));
		if (!random_below(p, 8)) /* loads first, stores later */
			put(p, LOAD(size, 3, place(p, from + at + step)));
		put(p, STORE(size, place(p, to + at), other));
	}
}

/* Parts of R4, or of a copy of it. */
static void put_parts(struct program *p)
{
	u32 k, n = 2 + random_below(p, 5), to = random_below(p, 16);
	u8 class = random_below(p, 2) ? BPF_ALU64 : BPF_ALU;
	bool copies = random_below(p, 2);

	for (k = 0; k < n; k++) {
		u8 reg = copies && k ? 3 : 4;
		u32 by = copies ? k * 8 : 8;

		if (copies && k)
			put(p, BPF_RAW_INSN(class | BPF_MOV | BPF_X, 3, 4, 0, 0));
		if (k && by < (class == BPF_ALU ? 32 : 64))
			put(p, BPF_RAW_INSN(class | BPF_RSH | BPF_K, reg, 0, 0, by));
		put(p, STORE(random_below(p, 8) ? BPF_B : BPF_W, place(p, to + k), reg));
	}
}

/* R2 to R4 have numbers; some of them are what the program returns. */
static void random_program(struct program *p)
{
	p->n = 0;
	for (u32 part = 0; part < 3; part++) {
		for (u8 reg = 2; reg <= 4; reg++)
			if (!part || random_below(p, 5))
				put(p, LOAD(BPF_DW, reg, place(p, 4 * reg)));
		random_below(p, 2) ? put_copies(p) : put_parts(p);
	}
	put(p, random_below(p, 3) ? BPF_MOV64_IMM(0, 0) : BPF_MOV64_REG(0, 2 + random_below(p, 3)));
	put(p, BPF_EXIT_INSN());
}

static void random_programs_do_as_defined(void **state)
{
	struct program p = { .x = 7 };
	u64 found;

	for (u32 round = 0; round < 4000; round++) {
		u8 expected[MEM_SIZE], mem[MEM_SIZE];
		u64 regs[11] = { 0 };

		random_program(&p);
		for (u32 i = 0; i < MEM_SIZE; i++)
			mem[i] = expected[i] = i * 37 + round;
		for (u32 i = 0; i + 1 < p.n; i++)
			if (p.insns[i].dst_reg || BPF_SRC(p.insns[i].code) == BPF_X)
				run(&p.insns[i], regs, expected);
		found = jit_env_compile(p.insns, p.n)(mem, NULL);
		if (found != regs[0] || memcmp(mem, expected, MEM_SIZE))
			fail_msg("program %u: expected 0x%llx, found 0x%llx, or other memory",
				 round, regs[0], found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_of_words),
		cmocka_unit_test(a_word_in_parts_is_one_store),
		cmocka_unit_test(what_is_not_the_same_stays),
		cmocka_unit_test(random_programs_do_as_defined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
