/* SPDX-License-Identifier: GPL-2.0-only */
/* The little of ACPI that the kernel uses (ACPI specification 6.5, chapters 4 and 5). */
#pragma once

#include "kernel/lib/types.h"

#define MAX_IOAPICS   4
#define ACPI_ISA_IRQS 16

/* How an ISA interrupt is wired: MADT's overrides, or the ISA's own rules. */
struct acpi_isa_irq {
	u32 gsi;
	bool level, active_low;
};

/* A register in memory, I/O space or nowhere (5.2.3.2, "Generic Address Structure"). */
enum acpi_space {
	ACPI_SPACE_MEMORY = 0,
	ACPI_SPACE_IO = 1,
	ACPI_SPACE_NONE = 255,
};
struct acpi_reg {
	enum acpi_space space;
	u16 port;
	u8 *mem;
};

struct acpi_info {
	struct {
		u64 address;
		u32 gsi_base;
	} ioapics[MAX_IOAPICS];
	u32 nr_ioapics;
	struct acpi_isa_irq isa[ACPI_ISA_IRQS];
	u16 pm_timer_port; /* 0: none */
	bool pm_timer_32;  /* its counter has 32 bits, not 24 */
	u16 pm1a_cnt_port, pm1b_cnt_port;
	bool s5_known;
	u8 s5_a, s5_b;			      /* sleep types of "off" */
	struct acpi_reg reset, sleep_control; /* the latter on hardware-reduced machines only */
	u8 reset_value;
};
extern struct acpi_info acpi_info;

/* Reads the tables. @rsdp 0: looks for it where a BIOS has it. Without ACPI, defaults remain. */
void acpi_init(u64 rsdp);

/* Write one byte to a register; false if there is none. */
bool acpi_reg_write(const struct acpi_reg *reg, u8 value);
