// SPDX-License-Identifier: GPL-2.0-only
/* The transports of the bare machine: virtio-serial ports where there are any, else COM2. */
#include "kernel/rpc/devices.h"
#include "kernel/arch.h"
#include "kernel/lib/types.h"
#include "kernel/log.h"
#include "kernel/rpc/virtio.h"

/* QEMU's RAM file starts with the RAM below 4 GiB; what lies above is not looked for. */
#define LOW_RAM_END (2ULL << 30)

u64 wire_ram_offset(const void *p, u64 size)
{
	u64 pa = arch_virt_to_phys(p);

	return pa + size <= LOW_RAM_END ? pa : U64_MAX;
}

void wire_transports_start(void)
{
	u32 n = virtio_pci_probe(VIRTIO_ID_CONSOLE, virtio_serial_start);

	/* Machines have one or the other. */
	if (!n)
		n = virtio_mmio_probe(VIRTIO_ID_CONSOLE, virtio_serial_start);
	if (!n && com2_start())
		pr_debug("wire: on COM2");
}
