// SPDX-License-Identifier: GPL-2.0-only
/* The pages of executable images in the page tables. Kernel only. */
#include "arch/x86/paging.h"
#include "bpf/image.h"
#include "kernel/arch.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_execmem_pages;

static u64 entry_of(const void *va)
{
	u64 size;

	return paging_lookup((uintptr_t)va, &size);
}

static void memory_is_writable_through_the_alias_only(struct ktest *t)
{
	struct bpf_image im;
	void *linear;

	ASSERT_TRUE(t, !bpf_image_alloc(100, &im));
	linear = arch_phys_to_virt(arch_virt_to_phys(im.ro));
	EXPECT_EQ(t, arch_virt_to_phys(im.rw), arch_virt_to_phys(im.ro));
	EXPECT_TRUE(t, entry_of(im.rw) & PTE_WRITE);
	EXPECT_TRUE(t, !(entry_of(im.ro) & PTE_WRITE));
	EXPECT_TRUE(t, entry_of(linear) && !(entry_of(linear) & PTE_WRITE));
	bpf_image_protect(&im);
	EXPECT_EQ(t, entry_of((u8 *)arch_windows.alias + ((u8 *)im.ro - (u8 *)arch_windows.image)),
		  0);
	bpf_image_free(&im);
}

/* More than a pack, which is unmapped when it is freed: its memory can be written again. */
static void freed_memory_is_ordinary_again(struct ktest *t)
{
	struct bpf_image im;
	void *ro, *linear;

	ASSERT_TRUE(t, !bpf_image_alloc(300000, &im));
	ro = im.ro;
	linear = arch_phys_to_virt(arch_virt_to_phys(ro));
	bpf_image_free(&im);
	EXPECT_EQ(t, entry_of(ro), 0);
	EXPECT_TRUE(t, entry_of(linear) & PTE_WRITE);
}

static const struct ktest_case cases[] = {
	KTEST(memory_is_writable_through_the_alias_only),
	KTEST(freed_memory_is_ordinary_again),
};
const struct ktest_suite ktest_execmem_pages = KTEST_SUITE("execmem-pages", cases);
