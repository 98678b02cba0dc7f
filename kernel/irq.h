/* SPDX-License-Identifier: GPL-2.0-only */
/* Device interrupts and registers (kernel only). Handlers run with interrupts off, and must not sleep. */
#pragma once

#include "kernel/lib/types.h"

typedef void (*irq_handler_t)(void *arg);

/*
 * Calls @handler(@arg) for a line of the I/O APICs. Numbers below 16 are ISA interrupts (COM1 is 4),
 * wherever ACPI says they are wired, edge-triggered; others are global system interrupts,
 * level-triggered, active high (virtio-mmio's on microvm).
 * 0; -EINVAL no such line; -EBUSY taken; -ENOSPC no vector left.
 */
int irq_register(u32 gsi, irq_handler_t handler, void *arg);

/*
 * A message-signalled interrupt: a device that writes *@data to *@addr makes @handler(@arg) run.
 * 0 or -ENOSPC.
 */
int irq_alloc_msi(irq_handler_t handler, void *arg, u64 *addr, u32 *data);

/* Maps device registers, uncached, for ever; NULL when out of memory. readl/writel in arch/x86/io.h. */
void *ioremap(u64 pa, u64 size);
