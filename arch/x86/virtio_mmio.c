// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio over MMIO (virtio 1.1, 4.2), as QEMU's microvm has it: transports of 512 bytes from one
 * address on, their interrupts in a row behind the first I/O APIC's.
 */
#include "arch/x86/io.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rpc/virtio.h"

#define BASE		  0xfeb00000ULL
#define STEP		  512
#define TRANSPORTS	  24
/* The first transport's interrupt: with a second I/O APIC, with one and ACPI. */
#define GSI_SECOND_IOAPIC 24
#define GSI_ONE_IOAPIC	  16

#define MAGIC		      0x74726976 /* "virt" */
#define R_MAGIC		      0x000
#define R_VERSION	      0x004
#define R_DEVICE	      0x008
#define R_FEATURES	      0x010
#define R_FEATURES_SEL	      0x014
#define R_DRIVER_FEATURES     0x020
#define R_DRIVER_FEATURES_SEL 0x024
#define R_QUEUE_SEL	      0x030
#define R_QUEUE_NUM_MAX	      0x034
#define R_QUEUE_NUM	      0x038
#define R_QUEUE_READY	      0x044
#define R_NOTIFY	      0x050
#define R_ISR		      0x060
#define R_ISR_ACK	      0x064
#define R_STATUS	      0x070
#define R_DESC		      0x080
#define R_AVAIL		      0x090
#define R_USED		      0x0a0
#define R_CONFIG	      0x100

struct mmio_device {
	struct virtio_device dev;
	volatile void *regs;
};

static volatile void *reg(struct virtio_device *dev, u32 r)
{
	return container_of(dev, struct mmio_device, dev)->regs + r;
}

static u32 get_features(struct virtio_device *dev, u32 word)
{
	writel(word, reg(dev, R_FEATURES_SEL));
	return readl(reg(dev, R_FEATURES));
}

static void set_features(struct virtio_device *dev, u32 word, u32 bits)
{
	writel(word, reg(dev, R_DRIVER_FEATURES_SEL));
	writel(bits, reg(dev, R_DRIVER_FEATURES));
}

static u8 get_status(struct virtio_device *dev)
{
	return readl(reg(dev, R_STATUS));
}

static void set_status(struct virtio_device *dev, u8 status)
{
	writel(status, reg(dev, R_STATUS));
}

static void write64(struct virtio_device *dev, u32 r, const void *p)
{
	u64 pa = arch_virt_to_phys(p);

	writel(pa, reg(dev, r));
	writel(pa >> 32, reg(dev, r + 4));
}

static int setup_queue(struct virtio_device *dev, const struct virtq *q)
{
	writel(q->index, reg(dev, R_QUEUE_SEL));
	if (readl(reg(dev, R_QUEUE_NUM_MAX)) < VIRTQ_SIZE)
		return -ENODEV;
	writel(VIRTQ_SIZE, reg(dev, R_QUEUE_NUM));
	write64(dev, R_DESC, q->desc);
	write64(dev, R_AVAIL, q->avail);
	write64(dev, R_USED, q->used);
	writel(1, reg(dev, R_QUEUE_READY));
	return 0;
}

static void notify(struct virtio_device *dev, u16 queue)
{
	writel(queue, reg(dev, R_NOTIFY));
}

static void ack(struct virtio_device *dev)
{
	writel(readl(reg(dev, R_ISR)), reg(dev, R_ISR_ACK));
}

static const struct virtio_bus mmio_bus = {
	.get_features = get_features,
	.set_features = set_features,
	.get_status = get_status,
	.set_status = set_status,
	.setup_queue = setup_queue,
	.notify = notify,
	.ack = ack,
};

static int attach_irq(struct virtio_device *dev, u32 i)
{
	int err = irq_register(GSI_SECOND_IOAPIC + i, virtio_interrupt, dev);

	if (err == -EINVAL && GSI_ONE_IOAPIC + i < GSI_SECOND_IOAPIC)
		err = irq_register(GSI_ONE_IOAPIC + i, virtio_interrupt, dev);
	return err;
}

static bool probe_one(volatile void *regs, u32 i, u16 id, virtio_found_fn found)
{
	struct mmio_device *m;

	if (readl(regs + R_MAGIC) != MAGIC || readl(regs + R_DEVICE) != id)
		return false;
	if (readl(regs + R_VERSION) != 2) {
		pr_warn("virtio: device %u is a legacy one: start QEMU with "
			"-global virtio-mmio.force-legacy=false\n",
			i);
		return false;
	}
	m = kzalloc(sizeof(*m));
	if (!m)
		return false;
	m->dev.bus = &mmio_bus;
	m->dev.config = regs + R_CONFIG;
	m->regs = regs;
	if (attach_irq(&m->dev, i)) {
		pr_warn("virtio: no interrupt for device %u\n", i);
		kfree(m);
		return false;
	}
	found(&m->dev);
	return true;
}

u32 virtio_mmio_probe(u16 id, virtio_found_fn found)
{
	volatile void *base = ioremap(BASE, TRANSPORTS * STEP);
	u32 n = 0;

	for (u32 i = 0; base && i < TRANSPORTS; i++)
		n += probe_one(base + i * STEP, i, id, found);
	return n;
}
