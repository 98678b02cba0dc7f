/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 16550 UARTs: COM1 is the console (behind arch_console_write()), COM2 is there for the wire.
 */
#pragma once

#include "kernel/lib/types.h"

/* Finds out which ports exist and sets them up, polled: 115200 8N1, FIFOs on. */
void serial_init(void);

/*
 * COM2, a stream of bytes. False if the port does not exist. @notify(@arg) is called by the
 * interrupt, interrupts off, when there are bytes to read or room to write again.
 */
bool serial_wire_start(void (*notify)(void *arg), void *arg);
/* Takes up to @n received bytes. Returns how many; 0 if there are none now. From any context. */
size_t serial_wire_read(void *buf, size_t n);
/* Queues up to @n bytes for sending. Returns how many; 0 if the queue is full. From any context. */
size_t serial_wire_write(const void *buf, size_t n);
/* Bytes that were lost since start because nobody read them in time. */
u64 serial_wire_lost(void);
