// SPDX-License-Identifier: GPL-2.0-only
/* PCI configuration space, BARs, MSI-X. Relies on one CPU using the two ports at a time. */
#include "arch/x86/pci.h"
#include "arch/x86/io.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc

#define HEADER_TYPE	  0x0e
#define HEADER_MULTI	  0x80
#define HEADER_TYPE_MASK  0x7f
#define HEADER_BRIDGE	  1
#define SECONDARY_BUS	  0x19
#define NO_DEVICE	  0xffff
#define STATUS_CAPS	  BIT(4)
#define BAR_IO		  BIT(0)
#define BAR_TYPE(bar)	  ((bar) >> 1 & 3)
#define BAR_TYPE_64	  2
#define BAR_ADDR	  0xfffffff0U
#define NR_BARS		  6
#define MSIX_CONTROL	  2
#define MSIX_TABLE	  4
#define MSIX_ENABLE	  BIT(15)
#define MSIX_MASK_ALL	  BIT(14)
#define MSIX_SIZE	  0x7ff
#define MSIX_BIR	  7U
#define MSIX_ENTRY_SIZE	  16
#define MSIX_ENTRY_MASKED 12

/*
 * Where BARs go that firmware left alone (qboot does): above any RAM below 4 GiB that QEMU's PCs
 * have, below the I/O APIC.
 */
#define BAR_WINDOW     0xe8000000U
#define BAR_WINDOW_END 0xf8000000U
static u32 bar_next = BAR_WINDOW;

static void select(const struct pci_device *dev, u8 reg)
{
	outl(1U << 31 | dev->bus << 16 | dev->slot << 11 | dev->func << 8 | (reg & ~3U),
	     CONFIG_ADDRESS);
}

u32 pci_read32(const struct pci_device *dev, u8 reg)
{
	unsigned long flags = arch_irq_save();
	u32 v;

	select(dev, reg);
	v = inl(CONFIG_DATA);
	arch_irq_restore(flags);
	return v;
}

u16 pci_read16(const struct pci_device *dev, u8 reg)
{
	return pci_read32(dev, reg) >> 8 * (reg & 2);
}

u8 pci_read8(const struct pci_device *dev, u8 reg)
{
	return pci_read32(dev, reg) >> 8 * (reg & 3);
}

void pci_write32(const struct pci_device *dev, u8 reg, u32 v)
{
	unsigned long flags = arch_irq_save();

	select(dev, reg);
	outl(v, CONFIG_DATA);
	arch_irq_restore(flags);
}

void pci_write16(const struct pci_device *dev, u8 reg, u16 v)
{
	unsigned long flags = arch_irq_save();

	select(dev, reg);
	outw(v, CONFIG_DATA + (reg & 2));
	arch_irq_restore(flags);
}

u8 pci_find_capability(const struct pci_device *dev, u8 id, u8 after)
{
	u8 at;

	if (!(pci_read16(dev, PCI_STATUS) & STATUS_CAPS))
		return 0;
	at = pci_read8(dev, after ? after + 1 : PCI_CAPABILITIES) & ~3;
	/* A list that runs in a circle must not hold us: there are at most 48 capabilities. */
	for (u32 i = 0; at && i < 48; i++, at = pci_read8(dev, at + 1) & ~3)
		if (pci_read8(dev, at) == id)
			return at;
	return 0;
}

/* The size of a BAR: the address bits that stay 0 (6.2.5.1). The device does not decode meanwhile. */
static u64 bar_size(const struct pci_device *dev, u8 reg, bool is_64)
{
	u32 low = pci_read32(dev, reg), high = is_64 ? pci_read32(dev, reg + 4) : 0;
	u64 mask = 0xffffffff00000000ULL;

	pci_write32(dev, reg, ~0U);
	if (is_64) {
		pci_write32(dev, reg + 4, ~0U);
		mask = (u64)pci_read32(dev, reg + 4) << 32;
		pci_write32(dev, reg + 4, high);
	}
	mask |= pci_read32(dev, reg) & BAR_ADDR;
	pci_write32(dev, reg, low);
	return ~mask + 1;
}

static u64 bar_assign(const struct pci_device *dev, u8 reg, u64 size)
{
	u64 addr;

	if (size > BAR_WINDOW_END - BAR_WINDOW)
		return 0;
	addr = ALIGN((u64)bar_next, max(size, PAGE_SIZE));
	if (addr + size > BAR_WINDOW_END)
		return 0;
	bar_next = addr + size;
	pci_write32(dev, reg, addr);
	return addr;
}

void *pci_map_bar(const struct pci_device *dev, u32 bar, u64 *size_out)
{
	u8 reg = PCI_BAR0 + 4 * bar;
	u16 command = pci_read16(dev, PCI_COMMAND);
	u32 low = bar < NR_BARS ? pci_read32(dev, reg) : BAR_IO;
	bool is_64 = BAR_TYPE(low) == BAR_TYPE_64;
	u64 addr, size;

	if ((low & BAR_IO) || (is_64 && bar + 1 == NR_BARS))
		return NULL;
	pci_write16(dev, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
	size = bar_size(dev, reg, is_64);
	addr = low & BAR_ADDR;
	if (is_64)
		addr |= (u64)pci_read32(dev, reg + 4) << 32;
	if (size && !addr)
		addr = bar_assign(dev, reg, size);
	pci_write16(dev, PCI_COMMAND, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (size_out)
		*size_out = size;
	return size && addr ? ioremap(addr, size) : NULL;
}

int pci_msix_enable(const struct pci_device *dev, u32 entry, irq_handler_t handler, void *arg)
{
	u8 cap = pci_find_capability(dev, PCI_CAP_ID_MSIX, 0), *table;
	u32 where, data;
	u16 control;
	u64 addr;
	int err;

	if (!cap)
		return -EOPNOTSUPP;
	control = pci_read16(dev, cap + MSIX_CONTROL);
	if (entry > (control & MSIX_SIZE))
		return -EINVAL;
	where = pci_read32(dev, cap + MSIX_TABLE);
	table = pci_map_bar(dev, where & MSIX_BIR, NULL);
	if (!table)
		return -ENOMEM;
	err = irq_alloc_msi(handler, arg, &addr, &data);
	if (err)
		return err;
	table += (where & ~MSIX_BIR) + entry * MSIX_ENTRY_SIZE;
	/* All masked while the entry is half written. */
	pci_write16(dev, cap + MSIX_CONTROL, control | MSIX_ENABLE | MSIX_MASK_ALL);
	writel(addr, table);
	writel(addr >> 32, table + 4);
	writel(data, table + 8);
	writel(0, table + MSIX_ENTRY_MASKED);
	pci_write16(dev, cap + MSIX_CONTROL, (control | MSIX_ENABLE) & ~MSIX_MASK_ALL);
	return 0;
}

/* Buses, as bits. */
struct buses {
	u64 bits[4];
};

/* Of a bridge, the bus behind it is to be visited, too; firmware numbers it above the bridge's own. */
static void follow_bridge(const struct pci_device *dev, u8 type, struct buses *todo)
{
	u8 behind;

	if ((type & HEADER_TYPE_MASK) != HEADER_BRIDGE)
		return;
	behind = pci_read8(dev, SECONDARY_BUS);
	if (behind > dev->bus)
		todo->bits[behind / 64] |= BIT_ULL(behind % 64);
}

static int visit_slot(u8 bus, u8 slot, struct buses *todo,
		      int (*visit)(const struct pci_device *, void *), void *arg)
{
	struct pci_device dev = { .bus = bus, .slot = slot };
	u32 nr = 1, id;
	int ret = 0;
	u8 type;

	for (; dev.func < nr && !ret; dev.func++) {
		id = pci_read32(&dev, 0);
		dev.vendor = id;
		dev.device = id >> 16;
		if (dev.vendor == NO_DEVICE)
			continue;
		type = pci_read8(&dev, HEADER_TYPE);
		if (dev.func == 0 && (type & HEADER_MULTI))
			nr = 8;
		follow_bridge(&dev, type, todo);
		ret = visit(&dev, arg);
	}
	return ret;
}

int pci_for_each(int (*visit)(const struct pci_device *dev, void *arg), void *arg)
{
	struct pci_device host = { 0 };
	struct buses todo = { { 1 } };
	int ret = 0;

	/* Without a device at 0:0.0, usually the host bridge, there is no PCI here. */
	if (pci_read16(&host, 0) == NO_DEVICE)
		return 0;
	for (u32 bus = 0; bus < 256 && !ret; bus++)
		for (u32 slot = 0; slot < 32 && !ret && todo.bits[bus / 64] >> bus % 64 & 1; slot++)
			ret = visit_slot(bus, slot, &todo, visit, arg);
	return ret;
}
