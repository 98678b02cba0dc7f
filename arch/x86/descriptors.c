// SPDX-License-Identifier: GPL-2.0-only
/*
 * GDT, TSS and IDT (SDM vol. 3A, 3.4.5, 7.7, 6.14), and the stacks of the image: the one we boot
 * on, and one each for the exceptions that may come when the current stack is no good.
 */
#include "arch/x86/descriptors.h"
#include "arch/x86/cpu.h"
#include "arch/x86/trap.h"

#define STUB_SIZE 16 /* vectors.S */

#define GATE_INTERRUPT 0x8e /* present, ring 0, interrupt gate: turns interrupts off */

struct idt_gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, zero;
};
_Static_assert(sizeof(struct idt_gate) == 16, "SDM vol. 3A, figure 6-8");

struct tss {
	u32 reserved0;
	u64 rsp[3], reserved1, ist[7], reserved2;
	u16 reserved3, iomap;
} __packed;
_Static_assert(sizeof(struct tss) == 104, "SDM vol. 3A, figure 7-11");

/* Index into tss.ist, plus one: what a gate's ist field says. */
enum ist {
	IST_NONE,
	IST_DF,
	IST_NMI,
	IST_MC,
	NR_IST,
};

struct boot_stack {
	u8 guard[PAGE_SIZE], stack[BOOT_STACK_SIZE];
};
struct ist_stack {
	u8 guard[PAGE_SIZE], stack[IST_STACK_SIZE];
};

/* boot/entry.S starts at the end of it. */
extern struct boot_stack boot_stack;
struct boot_stack boot_stack __aligned_to(PAGE_SIZE) __section(".bss.stacks");
/* That of IST entry i is [i - 1]: entry 0 means "stay on the current stack". */
static struct ist_stack ist_stacks[NR_IST - 1] __aligned_to(PAGE_SIZE) __section(".bss.stacks");

#define GUARDED(area, name)                                               \
	{                                                                 \
		(u64)(area).guard, (u64)(area).guard + sizeof(area), name \
	}
const struct guarded_stack guarded_stacks[] = {
	GUARDED(boot_stack, "boot"),
	GUARDED(ist_stacks[IST_DF - 1], "double fault"),
	GUARDED(ist_stacks[IST_NMI - 1], "NMI"),
	GUARDED(ist_stacks[IST_MC - 1], "machine check"),
};
const u32 nr_guarded_stacks = ARRAY_SIZE(guarded_stacks);

static struct idt_gate idt[256] __aligned_to(16);
static struct tss tss;
/* Null; code: 64-bit, ring 0, execute; data: ring 0, writable; TSS (two slots). */
static u64 gdt[5] = { 0, 0x00af9a000000ffff, 0x00cf92000000ffff };

extern u8 trap_stubs[];

static void set_gate(u32 vector, enum ist ist)
{
	u64 stub = (u64)trap_stubs + vector * STUB_SIZE;

	idt[vector] = (struct idt_gate){
		.offset_low = stub,
		.selector = KERNEL_CS,
		.ist = ist,
		.type = GATE_INTERRUPT,
		.offset_mid = stub >> 16,
		.offset_high = stub >> 32,
	};
}

/* A TSS descriptor: available 64-bit TSS, present (SDM vol. 3A, figure 7-4). */
static void set_tss_descriptor(u64 base, u64 limit)
{
	u64 *d = &gdt[TSS_SEL / 8];

	d[0] = limit | (base & 0xffffff) << 16 | 0x89ULL << 40 | (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
}

void descriptors_init(void)
{
	struct desc_ptr gdt_ptr = { sizeof(gdt) - 1, (u64)gdt };
	struct desc_ptr idt_ptr = { sizeof(idt) - 1, (u64)idt };

	for (u32 i = IST_DF; i < NR_IST; i++)
		tss.ist[i - 1] = (u64)ist_stacks[i - 1].stack + IST_STACK_SIZE;
	tss.iomap = sizeof(tss);
	set_tss_descriptor((u64)&tss, sizeof(tss) - 1);
	lgdt(&gdt_ptr);
	ltr(TSS_SEL);

	for (u32 v = 0; v < ARRAY_SIZE(idt); v++)
		set_gate(v, IST_NONE);
	set_gate(TRAP_DF, IST_DF);
	set_gate(TRAP_NMI, IST_NMI);
	set_gate(TRAP_MC, IST_MC);
	lidt(&idt_ptr);
}
