// SPDX-License-Identifier: GPL-2.0-only
/* The transports of the bare machine: virtio-serial ports where there are any, else COM2. */
#include "kernel/arch.h"
#include "kernel/rpc/transport.h"

/* QEMU's RAM file starts with the RAM below 4 GiB; what lies above is not looked for. */
#define LOW_RAM_END (2ULL << 30)

u64 wire_ram_offset(const void *p, u64 size)
{
	u64 pa = arch_virt_to_phys(p);

	return pa + size <= LOW_RAM_END ? pa : U64_MAX;
}

void wire_transports_start(void)
{
}
