// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that is changed while it is there: through one page of address space, writable, that shows the
 * page of the code for the moment. The mapping of the code itself stays as it is: nothing is W and X.
 *
 * Why one aligned store is enough: one CPU runs, and nobody is interrupted in the middle of what is
 * replaced (threads give the CPU away in calls only, and interrupt handlers are not traced). With more CPUs the
 * store is still atomic to their fetches of that word; each then has to run a serializing instruction
 * before text_poke() returns, and the first change of a function, of five nops of one byte, has to
 * keep them all out of it.
 */
#include "arch/x86/layout.h"
#include "arch/x86/paging.h"
#include "bpf/os.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/sync.h"

/* Guards the page of address space; the one who holds it may sleep. */
static struct mutex poke_mutex = MUTEX_INIT;

/* The page table for our page is there since boot, and for good: this needs no memory. */
static int poke_word(u64 *text, u64 word)
{
	u64 pa = arch_virt_to_phys(text), *alias = (u64 *)(TEXT_POKE_BASE + pa % PAGE_SIZE);
	int err = arch_map(TEXT_POKE_BASE, ALIGN_DOWN(pa, PAGE_SIZE), PAGE_SIZE,
			   ARCH_PROT_READ | ARCH_PROT_WRITE);

	if (err)
		return err;
	WRITE_ONCE(*alias, word);
	arch_unmap(TEXT_POKE_BASE, PAGE_SIZE);
	return 0;
}

int text_poke(void *text, const void *bytes, u32 n)
{
	u32 at = (u64)text % sizeof(u64);
	u64 *aligned = (u64 *)ALIGN_DOWN((u64)text, sizeof(u64)), word;
	int err;

	if (at + n > sizeof(word))
		panic("text_poke(%p): expected bytes of one aligned word, found %u from %u", text,
		      n, at);
	mutex_lock(&poke_mutex);
	word = *aligned;
	memcpy((u8 *)&word + at, bytes, n);
	err = poke_word(aligned, word);
	mutex_unlock(&poke_mutex);
	return err;
}
