// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thread stacks in the kernel: the stack window is cut into slots of a guard page, never mapped, and
 * the stack above it. Memory comes and goes with the stack, so counts tell when one leaks.
 */
#include "kernel/stack.h"
#include "kernel/arch.h"
#include "kernel/lib/bitmap.h"
#include "kernel/memory.h"
#include "kernel/sync.h"
#include "kernel/thread.h"

#define SLOT_SIZE (PAGE_SIZE + THREAD_STACK_SIZE)
#define MAX_SLOTS 1024U

static DECLARE_BITMAP(slots, MAX_SLOTS);
static void *memory[MAX_SLOTS];
/* Guards slots and memory: stacks are taken and given back on any CPU. */
static struct spinlock stack_lock = SPINLOCK_INIT;

static u64 stack_address(u32 slot)
{
	return arch_windows.stacks + slot * SLOT_SIZE + PAGE_SIZE;
}

static u32 slot_take(void)
{
	u64 fit = (arch_windows.stacks_end - arch_windows.stacks) / SLOT_SIZE;
	u32 n = min_t(u64, fit, MAX_SLOTS), slot;

	spin_lock(&stack_lock);
	slot = bitmap_find_clear_run(slots, n, 1);
	if (slot < n)
		bitmap_set(slots, slot);
	spin_unlock(&stack_lock);
	return slot < n ? slot : MAX_SLOTS;
}

static void slot_give_back(u32 slot)
{
	free_pages_exact(memory[slot], THREAD_STACK_SIZE);
	memory[slot] = NULL;
	spin_lock(&stack_lock);
	bitmap_clear(slots, slot);
	spin_unlock(&stack_lock);
}

void *stack_alloc(void)
{
	u32 slot = slot_take();

	if (slot == MAX_SLOTS)
		return NULL;
	memory[slot] = alloc_pages_exact(THREAD_STACK_SIZE);
	if (!memory[slot] || arch_map(stack_address(slot), arch_virt_to_phys(memory[slot]),
				      THREAD_STACK_SIZE, ARCH_PROT_READ | ARCH_PROT_WRITE)) {
		slot_give_back(slot);
		return NULL;
	}
	return (void *)(uintptr_t)stack_address(slot);
}

void stack_free(void *stack)
{
	arch_unmap((uintptr_t)stack, THREAD_STACK_SIZE);
	slot_give_back(((uintptr_t)stack - arch_windows.stacks) / SLOT_SIZE);
}
