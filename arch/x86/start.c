// SPDX-License-Identifier: GPL-2.0-only
/* From the first C instruction to kmain(): brings the machine up, in the order of need. */
#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/boot.h"
#include "arch/x86/paging.h"
#include "arch/x86/percpu.h"
#include "arch/x86/serial.h"
#include "arch/x86/trap.h"
#include "arch/x86/tsc.h"

static struct boot_info boot_info;

/* Called by boot/entry.S with the loader's magic number and structure. */
void x86_start(u32 magic, u32 info) __noreturn;
void x86_start(u32 magic, u32 info)
{
	paging_protections_on();
	tsc_start();
	percpu_init(0);
	serial_init();
	descriptors_init();
	boot_info_read(&boot_info, magic, info);
	paging_init(&boot_info);
	acpi_init(boot_info.rsdp);
	lapic_init();
	ioapic_init();
	tsc_calibrate();
	paging_end_boot(&boot_info);
	kmain(&boot_info);
}
