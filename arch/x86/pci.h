/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices by configuration mechanism 1 (PCI Local Bus specification 3.0, 3.2.2.3.2 and chapter 6),
 * memory BARs and MSI-X. Machines without PCI (microvm) just have no devices. INTx is not offered:
 * finding out how it is wired takes an AML interpreter.
 */
#pragma once

#include "kernel/irq.h"
#include "kernel/lib/types.h"

#define PCI_COMMAND	   0x04
#define PCI_STATUS	   0x06
#define PCI_BAR0	   0x10
#define PCI_CAPABILITIES   0x34
#define PCI_CAP_ID_VENDOR  0x09
#define PCI_CAP_ID_MSIX	   0x11
#define PCI_COMMAND_MEMORY BIT(1)
#define PCI_COMMAND_MASTER BIT(2)

struct pci_device {
	u8 bus, slot, func;
	u16 vendor, device;
};

u8 pci_read8(const struct pci_device *dev, u8 reg);
u16 pci_read16(const struct pci_device *dev, u8 reg);
u32 pci_read32(const struct pci_device *dev, u8 reg);
void pci_write16(const struct pci_device *dev, u8 reg, u16 v);
void pci_write32(const struct pci_device *dev, u8 reg, u32 v);

/* The offset of the first capability @id after @after (0: from the start), or 0. */
u8 pci_find_capability(const struct pci_device *dev, u8 id, u8 after);

/*
 * Maps memory BAR @bar (0-5), giving it an address first if firmware has not, and lets the device
 * decode it and do DMA. *@size may be NULL. NULL if it is no memory BAR or nothing is left.
 */
void *pci_map_bar(const struct pci_device *dev, u32 bar, u64 *size);

/*
 * Makes entry @entry of the device's MSI-X table call @handler(@arg), and MSI-X the way in which the
 * device interrupts. 0; -EOPNOTSUPP no MSI-X; -EINVAL no such entry; -ENOSPC no vector; -ENOMEM.
 */
int pci_msix_enable(const struct pci_device *dev, u32 entry, irq_handler_t handler, void *arg);

/*
 * Calls @visit for each device of bus 0 and of the buses behind bridges that firmware has numbered, until it returns
 * non-zero; returns that, or 0. Only buses that are there are looked at: a port's access leaves a virtual machine.
 */
int pci_for_each(int (*visit)(const struct pci_device *dev, void *arg), void *arg);
