// SPDX-License-Identifier: GPL-2.0-only
/* virtio over PCI (virtio 1.1, 4.1), modern interface, one MSI-X vector for everything. */
#include "arch/x86/io.h"
#include "arch/x86/pci.h"
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/rpc/virtio.h"

#define VENDOR		     0x1af4
#define MODERN_DEVICE	     0x1040 /* plus the virtio ID */
#define TRANSITIONAL_CONSOLE 0x1003

/* Vendor capability (4.1.4): its kind, and where in which BAR. */
#define CAP_KIND       3
#define CAP_BAR	       4
#define CAP_OFFSET     8
#define CAP_MULTIPLIER 16
#define KIND_COMMON    1
#define KIND_NOTIFY    2
#define KIND_DEVICE    4

/* 4.1.4.3 */
struct common_cfg {
	u32 device_feature_select, device_feature;
	u32 driver_feature_select, driver_feature;
	u16 msix_config, num_queues;
	u8 device_status, config_generation;
	u16 queue_select, queue_size, queue_msix_vector, queue_enable, queue_notify_off;
	u64 queue_desc, queue_driver, queue_device;
};
_Static_assert(offsetof(struct common_cfg, queue_desc) == 32, "virtio common configuration");

#define MAX_QUEUES 64

struct pci_virtio {
	struct virtio_device dev;
	volatile struct common_cfg *common;
	volatile void *notify;
	u32 multiplier;
	u16 notify_off[MAX_QUEUES];
};

static struct pci_virtio *to_pci(struct virtio_device *dev)
{
	return container_of(dev, struct pci_virtio, dev);
}

static u32 get_features(struct virtio_device *dev, u32 word)
{
	to_pci(dev)->common->device_feature_select = word;
	return to_pci(dev)->common->device_feature;
}

static void set_features(struct virtio_device *dev, u32 word, u32 bits)
{
	to_pci(dev)->common->driver_feature_select = word;
	to_pci(dev)->common->driver_feature = bits;
}

static u8 get_status(struct virtio_device *dev)
{
	return to_pci(dev)->common->device_status;
}

static void set_status(struct virtio_device *dev, u8 status)
{
	to_pci(dev)->common->device_status = status;
}

/* 64-bit registers are written as two halves (4.1.3.1). */
static void write64(volatile u64 *r, const void *p)
{
	u64 pa = arch_virt_to_phys(p);

	((volatile u32 *)r)[0] = pa;
	((volatile u32 *)r)[1] = pa >> 32;
}

static int setup_queue(struct virtio_device *dev, const struct virtq *q)
{
	struct pci_virtio *p = to_pci(dev);

	if (q->index >= MAX_QUEUES || q->index >= p->common->num_queues)
		return -ENODEV;
	p->common->queue_select = q->index;
	if (p->common->queue_size < VIRTQ_SIZE)
		return -ENODEV;
	p->common->queue_size = VIRTQ_SIZE;
	p->common->queue_msix_vector = 0;
	if (p->common->queue_msix_vector)
		return -ENODEV;
	p->notify_off[q->index] = p->common->queue_notify_off;
	write64(&p->common->queue_desc, q->desc);
	write64(&p->common->queue_driver, q->avail);
	write64(&p->common->queue_device, q->used);
	p->common->queue_enable = 1;
	return 0;
}

static void notify(struct virtio_device *dev, u16 queue)
{
	struct pci_virtio *p = to_pci(dev);

	*(volatile u16 *)(p->notify + (u64)p->notify_off[queue] * p->multiplier) = queue;
}

/* No ack: a message needs no taking back. */
static const struct virtio_bus pci_bus = {
	.get_features = get_features,
	.set_features = set_features,
	.get_status = get_status,
	.set_status = set_status,
	.setup_queue = setup_queue,
	.notify = notify,
};

/* The registers of @kind; NULL if there are none. *@cap: the capability. */
static volatile void *map_registers(const struct pci_device *pci, u8 kind, u8 *cap)
{
	void *bar;

	for (*cap = 0; (*cap = pci_find_capability(pci, PCI_CAP_ID_VENDOR, *cap));) {
		if (pci_read8(pci, *cap + CAP_KIND) != kind)
			continue;
		bar = pci_map_bar(pci, pci_read8(pci, *cap + CAP_BAR), NULL);
		return bar ? bar + pci_read32(pci, *cap + CAP_OFFSET) : NULL;
	}
	return NULL;
}

static int attach(const struct pci_device *pci, struct pci_virtio *p)
{
	u8 cap;

	p->dev.bus = &pci_bus;
	p->common = map_registers(pci, KIND_COMMON, &cap);
	p->dev.config = map_registers(pci, KIND_DEVICE, &cap);
	p->notify = map_registers(pci, KIND_NOTIFY, &cap);
	if (!p->common || !p->dev.config || !p->notify)
		return -ENODEV;
	p->multiplier = pci_read32(pci, cap + CAP_MULTIPLIER);
	return pci_msix_enable(pci, 0, virtio_interrupt, &p->dev);
}

struct probe {
	u16 id;
	virtio_found_fn found;
	u32 n;
};

static int visit(const struct pci_device *pci, void *arg)
{
	struct probe *probe = arg;
	struct pci_virtio *p;
	int err;

	if (pci->vendor != VENDOR ||
	    (pci->device != MODERN_DEVICE + probe->id && pci->device != TRANSITIONAL_CONSOLE))
		return 0;
	p = kzalloc(sizeof(*p));
	if (!p)
		return 0;
	err = attach(pci, p);
	if (err) {
		pr_warn("virtio: PCI device %u:%u cannot be used: error %d\n", pci->bus, pci->slot,
			-err);
		kfree(p);
		return 0;
	}
	probe->n++;
	probe->found(&p->dev);
	return 0;
}

u32 virtio_pci_probe(u16 id, virtio_found_fn found)
{
	struct probe probe = { .id = id, .found = found };

	pci_for_each(visit, &probe);
	return probe.n;
}
