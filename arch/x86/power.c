// SPDX-License-Identifier: GPL-2.0-only
/* Ways to end. Each tries the polite way first, and the last one always works. */
#include "arch/x86/acpi.h"
#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "kernel/arch.h"

#define DEBUG_EXIT_PORT 0xf4  /* -device isa-debug-exit,iobase=0xf4,iosize=0x04 */
#define QEMU_POWEROFF	0x604 /* q35's PM1a control, when ACPI is off */
#define PIIX_POWEROFF	0xb004
#define QEMU_S5		0x2000
#define KBD_COMMAND	0x64
#define KBD_RESET	0xfe
#define RESET_CONTROL	0xcf9 /* ICH and later: hard reset */
#define RESET_HARD	0x06

#define PM1_SLP_TYP_SHIFT 10
#define PM1_SLP_EN	  BIT(13)
#define SLEEP_TYP_SHIFT	  2
#define SLEEP_EN	  BIT(5)

static void stop(void) __noreturn;
static void stop(void)
{
	for (;;) {
		cli();
		hlt();
	}
}

void arch_exit(enum arch_exit_code code)
{
	cli();
	outb(code, DEBUG_EXIT_PORT);
	/* Still here: no such device. Success may end quietly; failures stay on the screen. */
	if (code == ARCH_EXIT_PASS)
		arch_poweroff();
	stop();
}

void arch_poweroff(void)
{
	cli();
	if (acpi_info.s5_known) {
		acpi_reg_write(&acpi_info.sleep_control,
			       acpi_info.s5_a << SLEEP_TYP_SHIFT | SLEEP_EN);
		if (acpi_info.pm1b_cnt_port)
			outw(acpi_info.s5_b << PM1_SLP_TYP_SHIFT | PM1_SLP_EN,
			     acpi_info.pm1b_cnt_port);
		if (acpi_info.pm1a_cnt_port)
			outw(acpi_info.s5_a << PM1_SLP_TYP_SHIFT | PM1_SLP_EN,
			     acpi_info.pm1a_cnt_port);
	} else {
		outw(QEMU_S5, QEMU_POWEROFF);
		outw(QEMU_S5, PIIX_POWEROFF);
		/* Without ACPI microvm can only be reset, which -no-reboot makes an exit. */
		outb(KBD_RESET, KBD_COMMAND);
	}
	stop();
}

void arch_reboot(void)
{
	struct desc_ptr no_idt = { 0, 0 };

	cli();
	acpi_reg_write(&acpi_info.reset, acpi_info.reset_value);
	outb(KBD_RESET, KBD_COMMAND);
	outb(RESET_HARD, RESET_CONTROL);
	/* An exception that cannot be delivered resets the CPU. */
	lidt(&no_idt);
	int3();
	stop();
}
