// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading of modules: what a good file becomes, and what is refused, with which sentence, leaving
 * nothing. The files are tests/modules/…, in the boot archive; where there is none, the cases are skipped.
 */
#include <linux/elf.h>

#include "bpf/btf.h"
#include "bpf/os.h"
#include "kernel/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "tests/kernel/module_client.h"
#include "tests/modules/kt_mod/kt_mod.h"

static char why[MODULE_WHY_LEN];

/* ---- good files ---- */

static void it_loads_and_goes(struct ktest *t)
{
	struct module_info info;
	struct cpio_file file;
	const char *name;
	int *numbers;
	u64 offset;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	EXPECT_TRUE(t, !module_symbol("kt_number"));
	ASSERT_TRUE(t, !module_load(file.data, file.size, "", why));
	EXPECT_STREQ(t, why, "");
	ASSERT_TRUE(t, module_info_at(0, &info));
	EXPECT_STREQ(t, info.name, "kt_mod");
	EXPECT_TRUE(t, info.text && info.ro && info.rw && info.btf_id && info.types > 20);
	EXPECT_EQ(t, info.users, 0);
	EXPECT_TRUE(t, !module_info_at(1, &info));
	numbers = module_symbol("kt_number");
	EXPECT_EQ(t, numbers ? *numbers : 0, -7);
	/* Functions have names, with the module's behind. */
	EXPECT_TRUE(t,
		    kallsyms_lookup((uintptr_t)module_symbol("kt_mod_answer") + 1, &name, &offset));
	EXPECT_STREQ(t, name, "kt_mod_answer [kt_mod]");
	EXPECT_EQ(t, offset, 1);
	EXPECT_EQ(t, arch_wx_audit(NULL, NULL), 0);

	EXPECT_EQ(t, module_load(file.data, file.size, "", why), -EEXIST);
	EXPECT_STREQ(t, why, "it is loaded already");
	EXPECT_EQ(t, module_unload("kt_mod", why), 0);
	EXPECT_EQ(t, module_unload("kt_mod", why), -ENOENT);
	EXPECT_STREQ(t, why, "no module kt_mod is loaded");
	EXPECT_TRUE(t, !module_symbol("kt_number"));
	EXPECT_TRUE(t, !module_info_at(0, &info));
}

static void parameters_are_set(struct ktest *t)
{
	struct cpio_file file;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	ASSERT_TRUE(t, !module_load(file.data, file.size,
				    " kt_number=-2147483648 kt_unsigned=0xffffffff  "
				    "kt_long=-9223372036854775808 "
				    "kt_address=18446744073709551615 kt_text=seven77",
				    why));
	EXPECT_EQ(t, *(int *)module_symbol("kt_number"), -2147483647 - 1);
	EXPECT_EQ(t, *(unsigned int *)module_symbol("kt_unsigned"), U32_MAX);
	EXPECT_EQ(t, *(u64 *)module_symbol("kt_long"), 1ULL << 63);
	EXPECT_EQ(t, *(u64 *)module_symbol("kt_address"), U64_MAX);
	EXPECT_STREQ(t, (char *)module_symbol("kt_text"), "seven77");
	EXPECT_EQ(t, module_unload("kt_mod", why), 0);
}

static void wrong_parameters_are_refused(struct ktest *t)
{
	static const struct {
		const char *params;
		int err;
		const char *says;
	} cases[] = {
		{ "kt_number=2147483648", -ERANGE, "parameter kt_number: expected an int, found" },
		{ "kt_number=-2147483649", -ERANGE, "expected an int" },
		{ "kt_number=", -ERANGE, "expected an int, found \"\"" },
		{ "kt_number=1x", -ERANGE, "expected an int, found \"1x\"" },
		{ "kt_unsigned=-1", -ERANGE, "expected an unsigned int" },
		{ "kt_unsigned=4294967296", -ERANGE, "expected an unsigned int" },
		{ "kt_long=9223372036854775808", -ERANGE, "expected a long" },
		{ "kt_address=18446744073709551616", -ERANGE, "expected an unsigned long" },
		{ "kt_fail=2", -ERANGE, "expected 0 or 1" },
		{ "kt_text=12345678", -ERANGE, "expected a text that fits" },
		{ "kt_none=1", -EINVAL, "it has no parameter \"kt_none\"" },
		{ "kt_number", -EINVAL, "parameter \"kt_number\" has no value" },
		/* Two types are registered by then; they go. */
		{ "kt_fail=1", -ENODEV, "its init returned -19" },
	};
	struct cpio_file file;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_EQ(t, module_load(file.data, file.size, cases[i].params, why), cases[i].err);
		if (!strstr(why, cases[i].says))
			ktest_fail(t, __FILE__, __LINE__, "%s: said \"%s\"", cases[i].params, why);
	}
	EXPECT_EQ(t, module_unload("kt_mod", why), -ENOENT);
}

/* One module uses another's symbol, and keeps it. */
static void modules_use_modules(struct ktest *t)
{
	struct cpio_file mod, user;
	struct module_info info;

	if (!module_test_file(t, "kt_mod", &mod) || !module_test_file(t, "kt_user", &user))
		return;
	EXPECT_EQ(t, module_load(user.data, user.size, "", why), -ENOENT);
	EXPECT_STREQ(
		t, why,
		"it needs kt_mod_answer, which neither the kernel nor a loaded module exports");
	ASSERT_TRUE(t, !module_load(mod.data, mod.size, "", why));
	ASSERT_TRUE(t, !module_load(user.data, user.size, "", why));
	EXPECT_EQ(t, *(int *)module_symbol("kt_user_result"), 43);
	EXPECT_TRUE(t, module_info_at(1, &info));
	EXPECT_STREQ(t, info.uses, "kt_mod");
	EXPECT_EQ(t, module_unload("kt_mod", why), -EBUSY);
	EXPECT_STREQ(t, why, "kt_mod is in use, 1 time");
	EXPECT_EQ(t, module_unload("kt_user", why), 0);
	EXPECT_EQ(t, module_unload("kt_mod", why), 0);
}

/* ---- bad files ---- */

/* A copy to be damaged, exactly as long as the file: sanitizers see what is read behind it. */
struct copy {
	u8 *data;
	u64 size;
	Elf64_Ehdr *eh;
	Elf64_Shdr *sh;
};

static bool copy_file(struct copy *c, const struct cpio_file *file)
{
	c->size = file->size;
	c->data = kmemdup(file->data, file->size);
	if (!c->data)
		return false;
	c->eh = (Elf64_Ehdr *)c->data;
	c->sh = (Elf64_Shdr *)(c->data + c->eh->e_shoff);
	return true;
}

static Elf64_Shdr *section(const struct copy *c, const char *name)
{
	const char *names = (const char *)c->data + c->sh[c->eh->e_shstrndx].sh_offset;

	for (u32 i = 0; i < c->eh->e_shnum; i++)
		if (!strcmp(names + c->sh[i].sh_name, name))
			return &c->sh[i];
	return NULL;
}

static Elf64_Rela *first_rela(const struct copy *c, const char *name)
{
	return (Elf64_Rela *)(c->data + section(c, name)->sh_offset);
}

static void not_elf(struct copy *c)
{
	c->data[0] = 'E';
}
static void empty(struct copy *c)
{
	c->size = 0;
}
static void half(struct copy *c)
{
	c->size /= 2;
}
static void header_only(struct copy *c)
{
	c->size = sizeof(Elf64_Ehdr) - 1;
}
static void oversize(struct copy *c)
{
	c->size = MODULE_FILE_MAX + 1;
}
static void class_32(struct copy *c)
{
	c->eh->e_ident[EI_CLASS] = ELFCLASS32;
}
static void big_endian(struct copy *c)
{
	c->eh->e_ident[EI_DATA] = ELFDATA2MSB;
}
static void other_machine(struct copy *c)
{
	c->eh->e_machine = EM_386;
}
static void executable(struct copy *c)
{
	c->eh->e_type = ET_EXEC;
}
static void no_sections(struct copy *c)
{
	c->eh->e_shnum = 0;
}
static void other_build(struct copy *c)
{
	c->data[section(c, ".trellis.module")->sh_offset + 8] ^= 1;
}
static void bad_name(struct copy *c)
{
	c->data[section(c, ".trellis.module")->sh_offset + 8 + BUILD_ID_SIZE] = '/';
}
static void no_header(struct copy *c)
{
	section(c, ".trellis.module")->sh_name++;
}
static void section_outside(struct copy *c)
{
	section(c, ".text")->sh_offset = c->size;
}
static void overlapping(struct copy *c)
{
	section(c, ".data")->sh_offset = section(c, ".rodata")->sh_offset;
}
static void over_header(struct copy *c)
{
	section(c, ".rodata")->sh_offset = 8;
}
static void writable_text(struct copy *c)
{
	section(c, ".text")->sh_flags |= SHF_WRITE;
}
static void odd_alignment(struct copy *c)
{
	section(c, ".text")->sh_addralign = 24;
}
static void huge_bss(struct copy *c)
{
	section(c, ".bss")->sh_size = MODULE_FILE_MAX + 1;
}
static void two_large(struct copy *c)
{
	section(c, ".bss")->sh_size = MODULE_FILE_MAX - 1;
}
static void unknown_relocation(struct copy *c)
{
	Elf64_Rela *rela = first_rela(c, ".rela.text");

	rela->r_info = (rela->r_info & ~0xffffffffULL) | 42;
}
static void relocation_outside(struct copy *c)
{
	first_rela(c, ".rela.text")->r_offset = section(c, ".text")->sh_size - 3;
}
static void relocation_too_far(struct copy *c)
{
	first_rela(c, ".rela.text")->r_addend = 1ULL << 40;
}
static void relocation_of_nothing(struct copy *c)
{
	first_rela(c, ".rela.text")->r_info |= 0xffffffULL << 32;
}
static void damaged_btf(struct copy *c)
{
	c->data[section(c, ".BTF")->sh_offset] = 0;
}
static void dangling_btf(struct copy *c)
{
	u8 *btf = c->data + section(c, ".BTF")->sh_offset;
	struct btf_header h;
	struct btf_type t;

	/* The first type becomes a typedef of one that is in neither BTF. */
	memcpy(&h, btf, sizeof(h));
	memcpy(&t, btf + h.hdr_len + h.type_off, sizeof(t));
	t.info = BTF_KIND_CONST << 24;
	t.name_off = 0;
	t.type = 0xfffff;
	memcpy(btf + h.hdr_len + h.type_off, &t, sizeof(t));
}

/* As code lies in front of functions that were compiled without room; and where there is nothing in front. */
static Elf64_Sym *function(const struct copy *c, const char *name)
{
	const Elf64_Shdr *symtab = section(c, ".symtab");
	const char *names = (const char *)c->data + c->sh[symtab->sh_link].sh_offset;
	Elf64_Sym *syms = (Elf64_Sym *)(c->data + symtab->sh_offset);

	for (u32 i = 0; i < symtab->sh_size / sizeof(*syms); i++)
		if (!strcmp(names + syms[i].st_name, name))
			return &syms[i];
	return NULL;
}
static void no_room(struct copy *c)
{
	c->data[section(c, ".text")->sh_offset + function(c, "kt_mod_init")->st_value - 5] = 0;
}
static void little_room(struct copy *c)
{
	c->data[section(c, ".text")->sh_offset + function(c, "stub_wide")->st_value - 16] = 0xc3;
}
static void nothing_in_front(struct copy *c)
{
	function(c, "kt_mod_answer")->st_value -= 1;
}
/* The hash itself, and what is in front of all room, may be anything. */
static void room_enough(struct copy *c)
{
	u8 *init = c->data + section(c, ".text")->sh_offset + function(c, "kt_mod_init")->st_value;

	init[-1] ^= 0xff;
	init[-4] ^= 0xff;
	init[-17] = 0xc3;
}

static const struct {
	void (*damage)(struct copy *c);
	int err;
	const char *says;
} damages[] = {
	{ not_elf, -ENOEXEC, "the file is no ELF file" },
	{ empty, -ENOEXEC, "the file is no ELF file" },
	{ header_only, -ENOEXEC, "the file is no ELF file" },
	{ half, -ENOEXEC, "truncated: the section headers are past the file's end" },
	{ oversize, -E2BIG, "more than 16777216" },
	{ class_32, -ENOEXEC, "ELF class 1, data 1: expected 64 bits, little endian" },
	{ big_endian, -ENOEXEC, "ELF class 2, data 2" },
	{ other_machine, -ENOEXEC, "it is for machine 3, this one is 62" },
	{ executable, -ENOEXEC, "ELF type 2: a module is relocatable (1)" },
	{ no_sections, -ENOEXEC, "0 section headers" },
	{ other_build, -ENOEXEC, "it was made for another build of the kernel: make it again" },
	{ bad_name, -ENOEXEC, "section .trellis.module is damaged" },
	{ no_header, -ENOEXEC, "it has no section .trellis.module" },
	{ section_outside, -ENOEXEC, "truncated: section 1 is past the file's end" },
	{ overlapping, -ENOEXEC, "overlap" },
	{ over_header, -ENOEXEC, "overlaps the file's headers" },
	{ writable_text, -ENOEXEC, "section 1 is writable and executable" },
	{ odd_alignment, -ENOEXEC, "section 1 has alignment 24" },
	{ huge_bss, -E2BIG, "has 16777217 bytes, more than 16777216" },
	{ two_large, -E2BIG, "it needs more than 16777216 bytes of memory" },
	{ unknown_relocation, -ENOEXEC, "relocation type 42 at .text+0x" },
	{ relocation_outside, -ENOEXEC, "a relocation at .text+0x" },
	{ relocation_too_far, -ERANGE, "out of range" },
	{ relocation_of_nothing, -ENOEXEC, "a relocation of .text names symbol" },
	{ no_room, -ENOEXEC,
	  "there is no room for a type hash in front of kt_mod_init: build it with \"make "
	  "module\"" },
	{ little_room, -ENOEXEC, "there is no room for a type hash in front of stub_wide: " },
	{ nothing_in_front, -ENOEXEC,
	  "there is no room for a type hash in front of kt_mod_answer" },
	{ damaged_btf, -EINVAL, "its BTF is refused: Invalid magic" },
	{ dangling_btf, -EINVAL, "its BTF is refused: " },
};

static void damaged_files_are_refused(struct ktest *t)
{
	struct cpio_file file;
	struct copy c;
	int err;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(damages); i++) {
		ASSERT_TRUE(t, copy_file(&c, &file));
		damages[i].damage(&c);
		err = module_load(c.data, c.size, "", why);
		kfree(c.data);
		EXPECT_EQ(t, err, damages[i].err);
		if (!strstr(why, damages[i].says))
			ktest_fail(t, __FILE__, __LINE__,
				   "case %u: expected \"%s\", it said \"%s\"", i, damages[i].says,
				   why);
	}
}

static void what_is_around_the_room_does_not_matter(struct ktest *t)
{
	struct cpio_file file;
	struct copy c;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	ASSERT_TRUE(t, copy_file(&c, &file));
	room_enough(&c);
	EXPECT_EQ(t, module_check(c.data, c.size, "", why), 0);
	kfree(c.data);
}

/* Whatever allocation fails, nothing is left, and the module can be loaded afterwards. */
static void no_memory_is_no_module(struct ktest *t)
{
	struct cpio_file file;
	u32 n;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	for (n = 1; n < 400; n++) {
		int err;

		memory_fail_nth(n);
		err = module_load(file.data, file.size, "kt_number=1", why);
		memory_fail_nth(0);
		if (!err)
			break;
		if (!EXPECT_EQ(t, err, -ENOMEM))
			ktest_fail(t, __FILE__, __LINE__, "allocation %u: %s", n, why);
	}
	EXPECT_TRUE(t, n > 20 && n < 400);
	EXPECT_EQ(t, module_unload("kt_mod", why), 0);
}

/* ---- random damage ---- */

static u64 random_state;

static u32 rnd(u64 n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % max_t(u64, n, 1);
}

/* A few bytes anywhere, or in a header, a symbol, a relocation: where they matter. @good: the file. */
static void mutate(struct copy *c, const u8 *good)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)good;
	const Elf64_Shdr *sh = (const Elf64_Shdr *)(good + eh->e_shoff);

	for (u32 n = 1 + rnd(4); n; n--) {
		u64 start = 0, size = c->size;

		switch (rnd(4)) {
		case 0:
			start = eh->e_shoff;
			size = eh->e_shnum * sizeof(*sh);
			break;
		case 1:
			size = sizeof(*eh);
			break;
		case 2:
			start = sh[rnd(eh->e_shnum)].sh_offset;
			size = min_t(u64, 256, c->size - start);
			break;
		}
		start += rnd(size);
		if (start < c->size)
			c->data[start] = rnd(2) ? rnd(256) : c->data[start] ^ 1 << rnd(8);
	}
	if (!rnd(16))
		c->size = rnd(c->size);
}

/* A damaged file is refused with a sentence or would run; nothing crashes, nothing is left. Init is not called. */
static void mutations_harm_nothing(struct ktest *t)
{
	u64 end = ktime_get_ns() + 8000000000ULL;
	struct cpio_file file;
	u32 n, refused = 0;
	struct copy c;

	if (!module_test_file(t, "kt_mod", &file))
		return;
	for (n = 0; n < 6000 && ktime_get_ns() < end; n++) {
		random_state = n;
		ASSERT_TRUE(t, copy_file(&c, &file));
		mutate(&c, file.data);
		if (module_check(c.data, c.size, "kt_number=3 kt_text=a", why)) {
			refused++;
			EXPECT_TRUE(t, why[0]);
		}
		kfree(c.data);
		if (n % 64 == 63)
			rcu_barrier();
	}
	EXPECT_TRUE(t, n > 100 && refused > n / 4 && refused < n);
	/* The file itself is still fine. */
	EXPECT_EQ(t, module_check(file.data, file.size, "", why), 0);
}

static const struct ktest_case cases[] = {
	KTEST(it_loads_and_goes),
	KTEST(parameters_are_set),
	KTEST(wrong_parameters_are_refused),
	KTEST(modules_use_modules),
	KTEST(damaged_files_are_refused),
	KTEST(what_is_around_the_room_does_not_matter),
	KTEST(no_memory_is_no_module),
	KTEST(mutations_harm_nothing),
};

const struct ktest_suite ktest_module = KTEST_SUITE("module", cases);
