// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls and jumps of five bytes in code that is there: made from nops, changed, and made nops again. Relies on
 * text_poke(), which writes them in one step; says -EBUSY if they are not what the caller thinks.
 */
#include "arch/x86/x86_encode.h"
#include "bpf/os.h"
#include "bpf/trampoline.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static int encode(u8 *bytes, const u8 *ip, enum bpf_text_poke_type t, const void *target)
{
	struct x86_buf b = { .buf = bytes, .size = X86_PATCH_SIZE, .ip = (u64)(uintptr_t)ip };

	if (!target)
		x86_nop(&b, X86_PATCH_SIZE);
	else if (t == BPF_MOD_CALL)
		x86_call(&b, target);
	else
		x86_jmp_to(&b, target);
	return b.error;
}

/* Compilers reserve the room with five nops of one byte (gcc), or with one nop of five (clang). */
static bool is_nop(const u8 *ip)
{
	static const u8 ones[X86_PATCH_SIZE] = { 0x90, 0x90, 0x90, 0x90, 0x90 };

	return !memcmp(ip, ones, sizeof(ones)) || (ip[0] == 0x0f && ip[1] == 0x1f && ip[2] == 0x44);
}

int bpf_arch_text_poke(void *ip, enum bpf_text_poke_type t, const void *old_addr,
		       const void *new_addr)
{
	u8 old[X86_PATCH_SIZE], new[X86_PATCH_SIZE];
	int err = encode(old, ip, t, old_addr) ?: encode(new, ip, t, new_addr);

	if (err)
		return err;
	if (old_addr ? memcmp(ip, old, sizeof(old)) != 0 : !is_nop(ip))
		return -EBUSY;
	/* A function that is not aligned cannot be changed in one step. */
	if ((uintptr_t)ip % sizeof(u64) > sizeof(u64) - X86_PATCH_SIZE)
		return -EBUSY;
	return text_poke(ip, new, sizeof(new));
}
