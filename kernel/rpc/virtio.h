/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a virtio driver needs of its bus (virtio 1.1, modern devices only): features, queues and one
 * interrupt for everything. Names are the specification's.
 */
#pragma once

#include "kernel/irq.h"
#include "kernel/lib/types.h"

#define VIRTIO_ID_CONSOLE  3
#define VIRTIO_F_VERSION_1 32

#define VIRTQ_SIZE 16

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

struct virtq_avail {
	u16 flags, idx, ring[VIRTQ_SIZE];
};

struct virtq_used {
	u16 flags, idx;
	struct {
		u32 id, len;
	} ring[VIRTQ_SIZE];
};

/* A split virtqueue (2.6) in one page; buffer i always uses descriptor i. */
struct virtq {
	u16 index;
	u16 used_seen;
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
};

struct virtio_device;

struct virtio_bus {
	u32 (*get_features)(struct virtio_device *dev, u32 word);
	void (*set_features)(struct virtio_device *dev, u32 word, u32 bits);
	u8 (*get_status)(struct virtio_device *dev);
	void (*set_status)(struct virtio_device *dev, u8 status);
	/* Tells the device where @q lies. 0, or -ENODEV if it has no such queue. */
	int (*setup_queue)(struct virtio_device *dev, const struct virtq *q);
	void (*notify)(struct virtio_device *dev, u16 queue);
	/* From an interrupt: takes it back. NULL where there is nothing to take back. */
	void (*ack)(struct virtio_device *dev);
};

struct virtio_device {
	const struct virtio_bus *bus;
	volatile void *config; /* the device's own registers */
	irq_handler_t handler;
	void *handler_arg;
};

/* Resets the device and agrees on VERSION_1 and @features (of word 0). 0 or -ENODEV. */
int virtio_start(struct virtio_device *dev, u32 features);
/* After the queues are set up: the device may run. */
void virtio_ready(struct virtio_device *dev);
/* A bus's interrupt handler; @arg is the device. */
void virtio_interrupt(void *arg);
/* Makes queue @index. 0, -ENOMEM, -ENODEV. */
int virtq_init(struct virtio_device *dev, struct virtq *q, u16 index);
/* Gives buffer @i to the device: @writable for it to fill. */
void virtq_add(struct virtio_device *dev, struct virtq *q, u16 i, const void *buf, u32 len,
	       bool writable);
/* A buffer that the device is done with: true, its number and how much was written. */
bool virtq_get(struct virtq *q, u16 *i, u32 *len);

/* ---- virtio_mmio.c, virtio_pci.c: call @found for each console device ---- */

typedef void (*virtio_found_fn)(struct virtio_device *dev);
/* How many were found. */
u32 virtio_pci_probe(u16 id, virtio_found_fn found);
u32 virtio_mmio_probe(u16 id, virtio_found_fn found);

/* ---- virtio_serial.c ---- */

/* Serves the wire on each port of @dev whose name says so. */
void virtio_serial_start(struct virtio_device *dev);
