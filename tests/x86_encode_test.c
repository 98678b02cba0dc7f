// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each instruction of arch/x86/x86_encode.h against the real assembler, over all registers, all
 * addressing forms and the edges of immediates. Every case emits bytes and writes the same
 * instruction as text; GNU as then assembles the text in one go, and the bytes must be the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/x86/x86_encode.h"

#define MAX_CODE  (4 << 20)
#define MAX_CASES 400000

static u8 code[MAX_CODE], expected[MAX_CODE];
static struct x86_buf buf = { .buf = code, .size = MAX_CODE };
static u32 starts[MAX_CASES + 1], nr_cases;
static FILE *text;

static const char *const r64[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
				   "r8",  "r9",	 "r10", "r11", "r12", "r13", "r14", "r15" };
static const char *const r32[] = { "eax", "ecx", "edx",	 "ebx",	 "esp",	 "ebp",	 "esi",	 "edi",
				   "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d" };
static const char *const r16[] = { "ax",  "cx",	 "dx",	 "bx",	 "sp",	 "bp",	 "si",	 "di",
				   "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w" };
static const char *const r8[] = { "al",	 "cl",	"dl",	"bl",	"spl",	"bpl",	"sil",	"dil",
				  "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b" };
static const s32 imms[] = { 0, 1, -1, 127, -128, 128, -129, 0x12345678, S32_MAX, S32_MIN };
static const s32 disps[] = { 0, 1, -1, 127, -128, 128, -129, 0x1000, S32_MAX, S32_MIN };
static const char *const ccs[] = { "o", "no", "b", "ae", "e", "ne", "be", "a",
				   "s", "ns", "p", "np", "l", "ge", "le", "g" };

/* Ends the case whose bytes were just emitted with its text. */
#define CASE(...)                             \
	do {                                  \
		fprintf(text, __VA_ARGS__);   \
		fputc('\n', text);            \
		starts[++nr_cases] = buf.pos; \
	} while (0)

static const char *reg_name(u32 bits, u32 r)
{
	return bits == 64 ? r64[r] : bits == 32 ? r32[r] : bits == 16 ? r16[r] : r8[r];
}

static const char *mem_text(struct x86_mem m)
{
	static char s[96];
	int n = sprintf(s, "[");

	if (m.base != X86_NO_REG)
		n += sprintf(s + n, "%s+", r64[m.base]);
	if (m.index != X86_NO_REG)
		n += sprintf(s + n, "%s*%u+", r64[m.index], m.scale);
	sprintf(s + n, "%d]", m.disp);
	return s;
}

/* --- Two registers, one register, immediates --- */

struct rr {
	void (*f)(struct x86_buf *b, enum x86_reg dst, enum x86_reg src);
	const char *name;
	u32 dst_bits, src_bits;
};
#define ALU_RR(n)                          \
	{ x86_##n##_rr64, #n, 64, 64 },    \
	{                                  \
		x86_##n##_rr32, #n, 32, 32 \
	}
static const struct rr rrs[] = {
	ALU_RR(mov),
	ALU_RR(add),
	ALU_RR(or),
	ALU_RR(and),
	ALU_RR(sub),
	ALU_RR(xor),
	ALU_RR(cmp),
	ALU_RR(test),
	ALU_RR(imul),
	{ x86_movzx_rr8, "movzx", 32, 8 },
	{ x86_movzx_rr16, "movzx", 32, 16 },
	{ x86_movsx_rr8_64, "movsx", 64, 8 },
	{ x86_movsx_rr16_64, "movsx", 64, 16 },
	{ x86_movsx_rr32_64, "movsxd", 64, 32 },
	{ x86_movsx_rr8_32, "movsx", 32, 8 },
	{ x86_movsx_rr16_32, "movsx", 32, 16 },
};

static void two_registers(void)
{
	u32 i, d, s;

	for (i = 0; i < ARRAY_SIZE(rrs); i++)
		for (d = 0; d < 16; d++)
			for (s = 0; s < 16; s++) {
				rrs[i].f(&buf, d, s);
				CASE("%s %s, %s", rrs[i].name, reg_name(rrs[i].dst_bits, d),
				     reg_name(rrs[i].src_bits, s));
			}
	for (i = 0; i < 16; i++)
		for (d = 0; d < 16; d++) {
			s = (d * 5 + i) % 16;
			x86_cmov_rr64(&buf, i, d, s);
			CASE("cmov%s %s, %s", ccs[i], r64[d], r64[s]);
			x86_cmov_rr32(&buf, i, d, s);
			CASE("cmov%s %s, %s", ccs[i], r32[d], r32[s]);
			x86_setcc_r8(&buf, i, d);
			CASE("set%s %s", ccs[i], r8[d]);
		}
}

struct r1 {
	void (*f)(struct x86_buf *b, enum x86_reg r);
	const char *format;
	u32 bits;
};
#define UNARY(n)                            \
	{ x86_##n##_r64, #n " %s", 64 },    \
	{                                   \
		x86_##n##_r32, #n " %s", 32 \
	}
#define BY_CL(n)                                  \
	{ x86_##n##_rcl64, #n " %s, cl", 64 },    \
	{                                         \
		x86_##n##_rcl32, #n " %s, cl", 32 \
	}
static const struct r1 r1s[] = {
	UNARY(not ),
	UNARY(neg),
	UNARY(mul),
	UNARY(div),
	UNARY(idiv),
	UNARY(bswap),
	BY_CL(shl),
	BY_CL(shr),
	BY_CL(sar),
	BY_CL(rol),
	BY_CL(ror),
	{ x86_push_r, "push %s", 64 },
	{ x86_pop_r, "pop %s", 64 },
	{ x86_call_r, "call %s", 64 },
	{ x86_jmp_r, "jmp %s", 64 },
};

static void one_register(void)
{
	u32 i, r;

	for (i = 0; i < ARRAY_SIZE(r1s); i++)
		for (r = 0; r < 16; r++) {
			r1s[i].f(&buf, r);
			fprintf(text, r1s[i].format, reg_name(r1s[i].bits, r));
			CASE("%s", "");
		}
}

struct ri {
	void (*f)(struct x86_buf *b, enum x86_reg dst, s32 imm);
	const char *name;
	u32 bits;
};
#define ALU_RI(n)                      \
	{ x86_##n##_ri64, #n, 64 },    \
	{                              \
		x86_##n##_ri32, #n, 32 \
	}
static const struct ri ris[] = { ALU_RI(add), ALU_RI(or),  ALU_RI(and), ALU_RI(sub),
				 ALU_RI(xor), ALU_RI(cmp), ALU_RI(test) };
struct shift {
	void (*f)(struct x86_buf *b, enum x86_reg dst, u8 count);
	const char *name;
	u32 bits;
};
#define SHIFT(n)                       \
	{ x86_##n##_ri64, #n, 64 },    \
	{                              \
		x86_##n##_ri32, #n, 32 \
	}
static const struct shift shifts[] = {
	SHIFT(shl), SHIFT(shr), SHIFT(sar), SHIFT(rol), SHIFT(ror), { x86_ror_ri16, "ror", 16 },
};

static void immediates(void)
{
	static const u64 wide[] = { 0,		 1,	     0x7fffffff,	0x80000000,
				    0xffffffff,	 U64_MAX,    -2147483648LL,	-2147483649LL,
				    0x100000000, 1ULL << 63, 0x123456789abcdef0 };
	u32 i, k, r;

	for (r = 0; r < 16; r++) {
		for (i = 0; i < ARRAY_SIZE(ris); i++)
			for (k = 0; k < ARRAY_SIZE(imms); k++) {
				ris[i].f(&buf, r, imms[k]);
				CASE("%s %s, %d", ris[i].name, reg_name(ris[i].bits, r), imms[k]);
			}
		for (k = 0; k < ARRAY_SIZE(imms); k++) {
			x86_imul_rri64(&buf, r, 15 - r, imms[k]);
			CASE("imul %s, %s, %d", r64[r], r64[15 - r], imms[k]);
			x86_imul_rri32(&buf, r, 15 - r, imms[k]);
			CASE("imul %s, %s, %d", r32[r], r32[15 - r], imms[k]);
			x86_mov_ri32(&buf, r, imms[k]);
			CASE("mov %s, %u", r32[r], (u32)imms[k]);
		}
		for (i = 0; i < ARRAY_SIZE(shifts); i++)
			for (k = 0; k < shifts[i].bits; k++) {
				shifts[i].f(&buf, r, k);
				CASE("%s %s, %u", shifts[i].name, reg_name(shifts[i].bits, r), k);
			}
		for (k = 0; k < ARRAY_SIZE(wide); k++) {
			u64 v = wide[k];
			bool zx = v == (u32)v, sx = v == (u64)(s32)v;

			x86_mov_ri64(&buf, r, v);
			CASE("%s %s, 0x%" PRIx64, zx || sx ? "mov" : "movabs", zx ? r32[r] : r64[r],
			     (uint64_t)v);
		}
	}
}

/* --- Memory --- */

static const char *const ptr_of[] = { [8] = "byte", [16] = "word", [32] = "dword", [64] = "qword" };

struct rm {
	void (*f)(struct x86_buf *b, enum x86_reg dst, struct x86_mem m);
	const char *name;
	u32 bits;
};
#define ALU_RM(n)                      \
	{ x86_##n##_rm64, #n, 64 },    \
	{                              \
		x86_##n##_rm32, #n, 32 \
	}
static const struct rm rms[] = { ALU_RM(add),
				 ALU_RM(or),
				 ALU_RM(and),
				 ALU_RM(sub),
				 ALU_RM(xor),
				 ALU_RM(cmp),
				 { x86_lea64, "lea", 64 },
				 { x86_lea32, "lea", 32 } };
struct mr {
	void (*f)(struct x86_buf *b, struct x86_mem m, enum x86_reg src);
	const char *name;
	u32 bits;
};
#define ALU_MR(n)                      \
	{ x86_##n##_mr64, #n, 64 },    \
	{                              \
		x86_##n##_mr32, #n, 32 \
	}
static const struct mr mrs[] = { ALU_MR(add), ALU_MR(or),  ALU_MR(and),
				 ALU_MR(sub), ALU_MR(xor), ALU_MR(cmp) };
struct mi {
	void (*f)(struct x86_buf *b, struct x86_mem m, s32 imm);
	const char *name;
	u32 bits;
};
#define ALU_MI(n)                      \
	{ x86_##n##_mi64, #n, 64 },    \
	{                              \
		x86_##n##_mi32, #n, 32 \
	}
static const struct mi mis[] = { ALU_MI(add), ALU_MI(or),  ALU_MI(and),
				 ALU_MI(sub), ALU_MI(xor), ALU_MI(cmp) };
struct locked {
	void (*f)(struct x86_buf *b, u32 bits, struct x86_mem m, enum x86_reg src);
	const char *name;
};
static const struct locked lockeds[] = {
	{ x86_lock_add_mr, "lock add" },   { x86_lock_or_mr, "lock or" },
	{ x86_lock_and_mr, "lock and" },   { x86_lock_xor_mr, "lock xor" },
	{ x86_lock_xadd_mr, "lock xadd" }, { x86_lock_cmpxchg_mr, "lock cmpxchg" },
	{ x86_xchg_mr, "xchg" },
};

static void plain_memory(struct x86_mem m, u32 r)
{
	const char *mt = mem_text(m);
	u32 bits;

	for (bits = 8; bits <= 64; bits *= 2) {
		x86_mov_rm(&buf, bits, r, m);
		CASE("%s %s, %s ptr %s", bits < 32 ? "movzx" : "mov", bits == 64 ? r64[r] : r32[r],
		     ptr_of[bits], mt);
		x86_mov_mr(&buf, bits, m, r);
		CASE("mov %s ptr %s, %s", ptr_of[bits], mt, reg_name(bits, r));
		if (bits >= 32) {
			x86_movbe_rm(&buf, bits, r, m);
			CASE("movbe %s, %s ptr %s", reg_name(bits, r), ptr_of[bits], mt);
		}
		if (bits == 64)
			continue;
		x86_movsx_rm64(&buf, bits, r, m);
		CASE("%s %s, %s ptr %s", bits == 32 ? "movsxd" : "movsx", r64[r], ptr_of[bits], mt);
		if (bits == 32)
			continue;
		x86_movsx_rm32(&buf, bits, r, m);
		CASE("movsx %s, %s ptr %s", r32[r], ptr_of[bits], mt);
	}
}

static void arithmetic_memory(struct x86_mem m, u32 r)
{
	const char *mt = mem_text(m);
	u32 i, bits;

	for (i = 0; i < ARRAY_SIZE(rms); i++) {
		rms[i].f(&buf, r, m);
		CASE("%s %s, %s", rms[i].name, reg_name(rms[i].bits, r), mt);
	}
	for (i = 0; i < ARRAY_SIZE(mrs); i++) {
		mrs[i].f(&buf, m, r);
		CASE("%s %s, %s", mrs[i].name, mt, reg_name(mrs[i].bits, r));
	}
	for (i = 0; i < ARRAY_SIZE(lockeds); i++)
		for (bits = 32; bits <= 64; bits *= 2) {
			lockeds[i].f(&buf, bits, m, r);
			CASE("%s %s ptr %s, %s", lockeds[i].name, ptr_of[bits], mt,
			     reg_name(bits, r));
		}
}

static void memory_immediates(struct x86_mem m)
{
	const char *mt = mem_text(m);
	u32 i, k, bits;

	for (k = 0; k < ARRAY_SIZE(imms); k++) {
		for (i = 0; i < ARRAY_SIZE(mis); i++) {
			mis[i].f(&buf, m, imms[k]);
			CASE("%s %s ptr %s, %d", mis[i].name, ptr_of[mis[i].bits], mt, imms[k]);
		}
		for (bits = 8; bits <= 64; bits *= 2) {
			s32 v = bits == 8 ? (s8)imms[k] : bits == 16 ? (s16)imms[k] : imms[k];

			x86_mov_mi(&buf, bits, m, imms[k]);
			CASE("mov %s ptr %s, %d", ptr_of[bits], mt, v);
		}
	}
	x86_push_m64(&buf, m);
	CASE("push qword ptr %s", mt);
	x86_jmp_m64(&buf, m);
	CASE("jmp qword ptr %s", mt);
}

static void memory(void)
{
	u32 base, index, k, r = 0;

	for (base = 0; base <= X86_NO_REG; base++)
		for (k = 0; k < ARRAY_SIZE(disps); k++) {
			for (r = 0; r < 16; r++)
				plain_memory(x86_mem(base, disps[k]), r);
			arithmetic_memory(x86_mem(base, disps[k]), (base * 7 + k) % 16);
			memory_immediates(x86_mem(base, disps[k]));
		}
	for (base = 0; base <= X86_NO_REG; base++)
		for (index = 0; index < 16; index++)
			for (k = 0; k < ARRAY_SIZE(disps) && index != X86_RSP; k++) {
				struct x86_mem m =
					x86_mem_index(base, index, 1 << (k % 4), disps[k]);

				/* as makes [index*1] a base, which is shorter: not ours to say */
				if (base == X86_NO_REG && m.scale == 1)
					continue;
				r = (r + 1) % 16;
				plain_memory(m, r);
				arithmetic_memory(m, r);
			}
}

/* --- The rest --- */

static void count_in_register(void)
{
	u32 d, bits;

	for (d = 0; d < 256; d++)
		for (bits = 32; bits <= 64; bits *= 2) {
			u32 dst = d & 15, src = d >> 4, count = (d * 11 + 3) & 15;
			const char *a = reg_name(bits, dst), *s = reg_name(bits, src),
				   *c = reg_name(bits, count);

			x86_shlx(&buf, bits, dst, src, count);
			CASE("shlx %s, %s, %s", a, s, c);
			x86_shrx(&buf, bits, dst, src, count);
			CASE("shrx %s, %s, %s", a, s, c);
			x86_sarx(&buf, bits, dst, src, count);
			CASE("sarx %s, %s, %s", a, s, c);
			x86_rorx(&buf, bits, dst, src, d % bits);
			CASE("rorx %s, %s, %u", a, s, d % bits);
			x86_andn(&buf, bits, dst, src, count);
			CASE("andn %s, %s, %s", a, s, c);
		}
}

static void no_operands(void)
{
	static const struct {
		void (*f)(struct x86_buf *b);
		const char *name;
	} plain[] = {
		{ x86_cqo, "cqo" },	    { x86_cdq, "cdq" },	    { x86_leave, "leave" },
		{ x86_ret, "ret" },	    { x86_int3, "int3" },   { x86_ud2, "ud2" },
		{ x86_endbr64, "endbr64" }, { x86_pause, "pause" }, { x86_lfence, "lfence" }
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(plain); i++) {
		plain[i].f(&buf);
		CASE("%s", plain[i].name);
	}
	for (i = 0; i < 16; i++) {
		x86_mov_r_gs32(&buf, i, imms[i % ARRAY_SIZE(imms)]);
		CASE("mov %s, dword ptr gs:[%d]", r32[i], imms[i % ARRAY_SIZE(imms)]);
	}
	for (i = 0; i < ARRAY_SIZE(imms); i++) {
		x86_push_i(&buf, imms[i]);
		CASE("push %d", imms[i]);
	}
}

static void jumps(void)
{
	u32 cc;

	x86_jmp_8(&buf, -2);
	CASE("jmp .");
	x86_jmp_8(&buf, 127);
	CASE("jmp .+129");
	x86_jmp_32(&buf, 0x123456);
	CASE("jmp .+0x12345b");
	for (cc = 0; cc < 16; cc++) {
		x86_jcc_8(&buf, cc, -128);
		CASE("j%s .-126", ccs[cc]);
		x86_jcc_32(&buf, cc, -0x20000);
		CASE("j%s .-0x1fffa", ccs[cc]);
	}
	x86_call(&buf, (void *)(uintptr_t)0x40);
	CASE("call start+0x40");
	x86_call_32(&buf, -5);
	CASE("call .");
	x86_lea_rip64(&buf, X86_RAX, 0x40);
	CASE("lea rax, [rip+0x40]");
	x86_lea_rip64(&buf, X86_R13, -0x12345);
	CASE("lea r13, [rip-0x12345]");
	x86_jmp_to(&buf, (void *)(uintptr_t)0x200000000);
	buf.error = buf.error == -34 ? 0 : 1; /* too far: must be noticed */
	buf.pos -= 5;
}

/* Forward jumps are patched to where they should go. */
static bool patches_right(void)
{
	u8 bytes[64];
	struct x86_buf b = { .buf = bytes, .size = sizeof(bytes) };
	u32 near, far;

	x86_jcc_8(&b, X86_CC_E, 0);
	near = b.pos;
	x86_jmp_32(&b, 0);
	far = b.pos;
	x86_nop(&b, 9);
	x86_patch_8(&b, near);
	x86_patch_32(&b, far);
	return bytes[1] == 14 && bytes[3] == 9 && !bytes[4] && bytes[7] == 0x66 &&
	       bytes[8] == 0x0f && !b.error;
}

/* What does not fit is counted, not written; a dry run counts the same. */
static bool sizes_right(void)
{
	u8 bytes[4] = { 0 };
	struct x86_buf small = { .buf = bytes, .size = 3 }, dry = { .size = 9 };
	u32 n;

	x86_mov_ri64(&small, X86_RAX, U64_MAX);
	x86_mov_ri64(&dry, X86_RAX, U64_MAX);
	for (n = 0; n <= 20; n++) {
		u32 before = dry.pos;

		x86_nop(&dry, n);
		if (dry.pos - before != n)
			return false;
	}
	return small.error == -7 && small.pos == 7 && !bytes[3] && dry.pos == 7 + 210 && !dry.error;
}

static bool assemble(const char *dir, long *size)
{
	char cmd[512], path[128];
	FILE *f;

	snprintf(cmd, sizeof(cmd),
		 "as --64 -mmnemonic=intel -msyntax=intel -mnaked-reg -o %s/t.o %s/t.s && "
		 "objcopy -O binary -j .text %s/t.o %s/t.bin",
		 dir, dir, dir, dir);
	if (system(cmd))
		return false;
	snprintf(path, sizeof(path), "%s/t.bin", dir);
	f = fopen(path, "rb");
	if (!f)
		return false;
	*size = fread(expected, 1, sizeof(expected), f);
	fclose(f);
	return true;
}

/* Says which case the first difference is in, with both byte sequences. */
static void report(const char *dir, u32 at)
{
	char path[128], line[256] = "";
	u32 i, k;
	FILE *f;

	for (i = 0; i < nr_cases && starts[i + 1] <= at; i++)
		;
	snprintf(path, sizeof(path), "%s/t.s", dir);
	f = fopen(path, "r");
	for (k = 0; f && k < i + 2; k++)
		if (!fgets(line, sizeof(line), f))
			break;
	printf("# %s#   ours:", line);
	for (k = starts[i]; k < starts[i + 1]; k++)
		printf(" %02x", code[k]);
	printf("\n#   as:  ");
	for (k = starts[i]; k < starts[i] + 12; k++)
		printf(" %02x", expected[k]);
	printf("\n");
	if (f)
		fclose(f);
}

static bool same_bytes(const char *dir)
{
	long size;
	u32 i;

	if (buf.error || !assemble(dir, &size)) {
		printf("# the text was not assembled, or the encoder reported %d\n", buf.error);
		return false;
	}
	for (i = 0; i < buf.pos; i++)
		if (code[i] != expected[i]) {
			report(dir, i);
			return false;
		}
	return size == buf.pos;
}

static u32 nr_results;

static bool result(bool ok, const char *name)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++nr_results, name);
	return ok;
}

int main(void)
{
	char dir[] = "/tmp/x86_encode.XXXXXX", path[64], cmd[64];
	bool ok;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/t.s", dir);
	text = fopen(path, "w");
	fprintf(text, ".intel_syntax noprefix\nstart:\n"); /* -mnaked-reg does not know gs */
	two_registers();
	one_register();
	immediates();
	memory();
	count_in_register();
	no_operands();
	jumps();
	fclose(text);
	printf("TAP version 13\n# %u instructions, %u bytes\n", nr_cases, buf.pos);
	ok = result(same_bytes(dir), "every instruction has the assembler's bytes");
	ok &= result(patches_right(), "forward jumps are patched to their target");
	ok &= result(sizes_right(), "a small buffer and a dry run count all bytes");
	printf("1..%u\n", nr_results);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	if (system(cmd))
		return 1;
	return !ok;
}
