// SPDX-License-Identifier: GPL-2.0-only
/* Vectors to handlers. A vector, once given, stays with its handler for ever. */
#include "kernel/irq.h"
#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/timer.h"

#define NR_VECTORS (VECTOR_IRQ_END - VECTOR_IRQ)
#define NO_GSI	   U32_MAX

/* Where a device writes its message, and what (SDM vol. 3A, 11.11): fixed delivery, edge. */
#define MSI_ADDRESS    0xfee00000ULL
#define MSI_DEST_SHIFT 12

static struct irq_action {
	irq_handler_t handler;
	void *arg;
	u32 gsi;
} actions[NR_VECTORS];
static u32 nr_actions;

static u64 spurious;

/* The vector for a new handler, or -ENOSPC. */
static int alloc_vector(irq_handler_t handler, void *arg, u32 gsi)
{
	unsigned long flags = arch_irq_save();
	int vector = -ENOSPC;

	if (nr_actions < NR_VECTORS) {
		actions[nr_actions] = (struct irq_action){ handler, arg, gsi };
		vector = VECTOR_IRQ + nr_actions++;
	}
	arch_irq_restore(flags);
	return vector;
}

int irq_register(u32 gsi, irq_handler_t handler, void *arg)
{
	bool isa = gsi < ACPI_ISA_IRQS;
	bool level = !isa, active_low = false;
	int vector;

	if (isa) {
		const struct acpi_isa_irq *o = &acpi_info.isa[gsi];

		gsi = o->gsi;
		level = o->level;
		active_low = o->active_low;
	}
	for (u32 i = 0; i < nr_actions; i++)
		if (actions[i].gsi == gsi)
			return -EBUSY;
	vector = alloc_vector(handler, arg, gsi);
	if (vector < 0)
		return vector;
	return ioapic_route(gsi, vector, level, active_low);
}

int irq_alloc_msi(irq_handler_t handler, void *arg, u64 *addr, u32 *data)
{
	int vector = alloc_vector(handler, arg, NO_GSI);

	if (vector < 0)
		return vector;
	*addr = MSI_ADDRESS | (u64)lapic_id() << MSI_DEST_SHIFT;
	*data = vector;
	return 0;
}

void irq_dispatch(u32 vector)
{
	if (vector == VECTOR_TIMER) {
		lapic_eoi();
		timer_tick();
	} else if (vector >= VECTOR_IRQ && vector - VECTOR_IRQ < nr_actions) {
		struct irq_action *a = &actions[vector - VECTOR_IRQ];

		a->handler(a->arg);
		lapic_eoi();
	} else {
		spurious++; /* from the local APIC or a PIC: not to be acknowledged */
	}
}

void arch_timer_start(void)
{
	lapic_timer_start(HZ);
}
