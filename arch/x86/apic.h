/* SPDX-License-Identifier: GPL-2.0-only */
/* Local APIC and I/O APICs (SDM vol. 3A, chapter 11; Intel 82093AA data sheet). */
#pragma once

#include "kernel/lib/types.h"

/*
 * Interrupt vectors:
 *	0x00-0x1f	exceptions
 *	0x20-0x2f	the PICs, masked: only spurious ones can come
 *	0x30-0xef	devices
 *	0xf0		timer
 *	0xff		spurious
 */
#define VECTOR_PIC	0x20
#define VECTOR_IRQ	0x30
#define VECTOR_IRQ_END	0xf0
#define VECTOR_TIMER	0xf0
#define VECTOR_SPURIOUS 0xff

/* Turns the local APIC on and the PICs off. */
void lapic_init(void);
void lapic_eoi(void);
u32 lapic_id(void);
/* Periodic interrupts on VECTOR_TIMER, @hz per second. Needs arch_clock_ns(). */
void lapic_timer_start(u32 hz);

/* Finds the I/O APICs by ACPI, or takes the PC's default one; masks all lines. */
void ioapic_init(void);
/* Routes line @gsi to @vector on this CPU. 0 or -EINVAL if there is no such line. */
int ioapic_route(u32 gsi, u8 vector, bool level, bool active_low);

/* After both: sets up the table of handlers. */
void irq_init(void);
/* Runs the handler of a vector from VECTOR_PIC up, and acknowledges it. */
void irq_dispatch(u32 vector);
