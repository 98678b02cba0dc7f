// SPDX-License-Identifier: GPL-2.0-only
/* Brings the wire up: options, then the machine's transports. */
#include "kernel/cmdline.h"
#include "kernel/rpc/replay.h"
#include "kernel/rpc/transport.h"

void wire_init(void)
{
	u64 timeout = wire_timeout_ms;

	cmdline_get_range("wire_timeout", 10, 3600000, &timeout);
	wire_timeout_ms = timeout;
	wire_replay_init();
	wire_transports_start();
}
