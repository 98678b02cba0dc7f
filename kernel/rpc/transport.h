/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A transport: a two-way stream of bytes to one host at a time. Implemented by virtio_serial.c,
 * com2.c and, in the hosted build, arch/host/wire_socket.c.
 */
#pragma once

#include "kernel/lib/types.h"

struct wire_transport;

struct wire_transport_ops {
	/*
	 * Sleeps until there are bytes, and reads at most @n. Their number; 0 when the host is gone
	 * (once for each time it goes); -ETIMEDOUT after @timeout_ms without any. One thread reads.
	 */
	int (*read)(struct wire_transport *t, void *buf, u32 n, u32 timeout_ms);
	/*
	 * Sleeps until all @n bytes are taken. 0; -EPIPE when the host is gone; -ETIMEDOUT when none
	 * was taken for @timeout_ms. One thread at a time writes.
	 */
	int (*write)(struct wire_transport *t, const void *buf, u32 n, u32 timeout_ms);
	/* The last user is gone: frees @t. NULL for devices, which stay. */
	void (*release)(struct wire_transport *t);
};

struct wire_transport {
	const struct wire_transport_ops *ops;
	char name[32];
	bool once;   /* ends with its first host: a socket */
	bool silent; /* a host that goes away is not noticed: keep-alive needed */
};

/* Starts a thread that serves hosts on @t. 0 or -ENOMEM. */
int wire_serve(struct wire_transport *t);
/* How long to wait for a host's answer, and for room to write: wire_timeout= on the command line. */
extern u32 wire_timeout_ms;
/* Starts serving hosts, on all transports that the machine has. */
void wire_init(void);
/* The machine's part of that: arch/host/wire_socket.c or kernel/rpc/devices.c. */
void wire_transports_start(void);
/*
 * The offset in the machine's RAM file of @size bytes at @p, which are page-aligned kernel memory;
 * U64_MAX if they do not lie there in a row.
 */
u64 wire_ram_offset(const void *p, u64 size);
