// SPDX-License-Identifier: GPL-2.0-only
/* Split virtqueues and the start of a device (virtio 1.1, 2.6 and 3.1.1). */
#include "kernel/arch.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/rpc/virtio.h"

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER	   2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8

#define DESC_F_WRITE 2

/* One page: descriptors, the avail ring, and from 1024 on the used ring. */
#define USED_OFFSET 1024

int virtio_start(struct virtio_device *dev, u32 features)
{
	const struct virtio_bus *bus = dev->bus;
	u32 version = BIT(VIRTIO_F_VERSION_1 - 32);

	bus->set_status(dev, 0);
	bus->set_status(dev, STATUS_ACKNOWLEDGE);
	bus->set_status(dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	if ((bus->get_features(dev, 0) & features) != features ||
	    !(bus->get_features(dev, 1) & version))
		return -ENODEV;
	bus->set_features(dev, 0, features);
	bus->set_features(dev, 1, version);
	bus->set_status(dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	return bus->get_status(dev) & STATUS_FEATURES_OK ? 0 : -ENODEV;
}

void virtio_ready(struct virtio_device *dev)
{
	dev->bus->set_status(dev, dev->bus->get_status(dev) | STATUS_DRIVER_OK);
}

void virtio_interrupt(void *arg)
{
	struct virtio_device *dev = arg;

	if (dev->bus->ack)
		dev->bus->ack(dev);
	if (dev->handler)
		dev->handler(dev->handler_arg);
}

int virtq_init(struct virtio_device *dev, struct virtq *q, u16 index)
{
	void *page = alloc_pages_exact(PAGE_SIZE);
	int err;

	if (!page)
		return -ENOMEM;
	q->index = index;
	q->used_seen = 0;
	q->desc = page;
	q->avail = page + VIRTQ_SIZE * sizeof(struct virtq_desc);
	q->used = page + USED_OFFSET;
	err = dev->bus->setup_queue(dev, q);
	if (err)
		free_pages_exact(page, PAGE_SIZE);
	return err;
}

void virtq_add(struct virtio_device *dev, struct virtq *q, u16 i, const void *buf, u32 len,
	       bool writable)
{
	u16 idx = q->avail->idx;

	q->desc[i].addr = arch_virt_to_phys(buf);
	q->desc[i].len = len;
	q->desc[i].flags = writable ? DESC_F_WRITE : 0;
	q->avail->ring[idx % VIRTQ_SIZE] = i;
	__atomic_store_n(&q->avail->idx, (u16)(idx + 1), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	dev->bus->notify(dev, q->index);
}

bool virtq_get(struct virtq *q, u16 *i, u32 *len)
{
	u16 slot = q->used_seen % VIRTQ_SIZE;

	if (__atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) == q->used_seen)
		return false;
	*i = q->used->ring[slot].id % VIRTQ_SIZE;
	*len = q->used->ring[slot].len;
	q->used_seen++;
	return true;
}
