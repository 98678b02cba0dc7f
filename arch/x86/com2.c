// SPDX-License-Identifier: GPL-2.0-only
/* The wire on COM2: slow, and deaf to a host that goes away, but every PC has had one. */
#include "arch/x86/serial.h"
#include "kernel/lib/errno.h"
#include "kernel/rpc/devices.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

static WAIT_QUEUE(com2_wq);

static void on_event(void *arg)
{
	wake_up(&com2_wq);
}

static int com2_read(struct wire_transport *t, void *buf, u32 n, u32 timeout_ms)
{
	int got = 0;

	wait_event_timeout(com2_wq, (got = serial_wire_read(buf, n)) != 0,
			   msecs_to_jiffies(timeout_ms));
	return got ? got : -ETIMEDOUT;
}

static int com2_write(struct wire_transport *t, const void *buf, u32 n, u32 timeout_ms)
{
	size_t put = 0;

	for (; n; n -= put, buf += put)
		if (!wait_event_timeout(com2_wq, (put = serial_wire_write(buf, n)) != 0,
					msecs_to_jiffies(timeout_ms)))
			return -ETIMEDOUT;
	return 0;
}

static const struct wire_transport_ops com2_ops = { .read = com2_read, .write = com2_write };
static struct wire_transport com2 = { .ops = &com2_ops, .name = "COM2", .silent = true };

bool com2_start(void)
{
	return serial_wire_start(on_event, NULL) && !wire_serve(&com2);
}
