// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads MADT (interrupt wiring), FADT (power and PM timer) and, from the DSDT, the _S5 package.
 * No AML is interpreted: _S5 is found by its name and read as the four small integers it always is.
 * Tables whose length or checksum is wrong are ignored with a sentence.
 */
#include "arch/x86/acpi.h"
#include "arch/x86/io.h"
#include "arch/x86/paging.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

struct acpi_info acpi_info;

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length; /* from here on: revision 2 */
	u64 xsdt;
	u8 checksum2, reserved[3];
} __packed;

struct sdt {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

struct gas {
	u8 space, width, offset, access;
	u64 address;
} __packed;

/* Offsets in the FADT (table 5.9). */
#define FADT_DSDT	   40
#define FADT_PM1A_CNT	   64
#define FADT_PM1B_CNT	   68
#define FADT_PM_TMR	   76
#define FADT_FLAGS	   112
#define FADT_RESET_REG	   116
#define FADT_RESET_VALUE   128
#define FADT_X_DSDT	   140
#define FADT_SLEEP_CONTROL 244
#define FADT_FLAG_TMR_32   BIT(8)
#define FADT_FLAG_RESET	   BIT(10)
#define FADT_FLAG_REDUCED  BIT(20)

/* MADT entries (5.2.12). */
#define MADT_ENTRIES  44
#define MADT_IOAPIC   1
#define MADT_OVERRIDE 2

static u8 sum(const void *p, size_t n)
{
	const u8 *b = p;
	u8 s = 0;

	while (n--)
		s += *b++;
	return s;
}

/* Maps the table at @pa and checks it; NULL if it is broken. */
static const struct sdt *map_table(u64 pa)
{
	const struct sdt *t = memremap_ro(pa, sizeof(*t));

	if (!t || t->length < sizeof(*t) || t->length > (4 << 20))
		return NULL;
	t = memremap_ro(pa, t->length);
	if (!t)
		return NULL;
	if (sum(t, t->length)) {
		pr_warn("ACPI: table %.4s at %#llx has a wrong checksum; not used", t->signature,
			pa);
		return NULL;
	}
	return t;
}

static bool table_is(const struct sdt *t, const char *signature)
{
	return memcmp(t->signature, signature, 4) == 0;
}

/* A little-endian field of any table, 0 where the table ends before it. */
static u64 field(const struct sdt *t, u32 offset, u32 size)
{
	u64 v = 0;

	if (offset + size <= t->length)
		memcpy(&v, (const u8 *)t + offset, size);
	return v;
}

static void read_override(const u8 *e)
{
	u16 flags = e[8] | e[9] << 8;
	struct acpi_isa_irq *o;

	if (e[3] >= ACPI_ISA_IRQS)
		return;
	o = &acpi_info.isa[e[3]];
	memcpy(&o->gsi, e + 4, 4);
	o->active_low = (flags & 3) == 3;
	o->level = (flags >> 2 & 3) == 3;
}

static void read_madt(const struct sdt *t)
{
	const u8 *p = (const u8 *)t;

	for (u32 at = MADT_ENTRIES; at + 12 <= t->length + 4 && p[at + 1] >= 2; at += p[at + 1]) {
		u32 n = acpi_info.nr_ioapics, v[2];

		if (at + p[at + 1] > t->length)
			return;
		if (p[at] == MADT_IOAPIC && p[at + 1] >= 12 && n < MAX_IOAPICS) {
			memcpy(v, p + at + 4, sizeof(v));
			acpi_info.ioapics[n].address = v[0];
			acpi_info.ioapics[n].gsi_base = v[1];
			acpi_info.nr_ioapics++;
		} else if (p[at] == MADT_OVERRIDE && p[at + 1] >= 10) {
			read_override(p + at);
		}
	}
}

static struct acpi_reg read_gas(const struct sdt *t, u32 offset)
{
	struct acpi_reg r = { .space = ACPI_SPACE_NONE };
	struct gas g;

	if (offset + sizeof(g) > t->length)
		return r;
	memcpy(&g, (const u8 *)t + offset, sizeof(g));
	if (!g.address)
		return r;
	if (g.space == ACPI_SPACE_IO) {
		r.space = ACPI_SPACE_IO;
		r.port = g.address;
	} else if (g.space == ACPI_SPACE_MEMORY) {
		r.mem = ioremap(g.address, 1);
		r.space = r.mem ? ACPI_SPACE_MEMORY : ACPI_SPACE_NONE;
	}
	return r;
}

/* A small integer in AML: ZeroOp, OneOp, or BytePrefix and a byte (20.2.3). */
static u8 aml_byte(const u8 **p)
{
	if (**p == 0x0a)
		(*p)++;
	return *(*p)++;
}

/* Name (_S5, Package () { a, b, ... }) is 08 "_S5_" 12 length count a b ... */
static void read_s5(const struct sdt *dsdt)
{
	const u8 *p = (const u8 *)dsdt + sizeof(*dsdt), *end = (const u8 *)dsdt + dsdt->length;

	for (; p + 10 <= end; p++) {
		if (memcmp(p, "_S5_\x12", 5) != 0)
			continue;
		p += 5;
		p += 1 + (*p >> 6); /* PkgLength: the top bits count the bytes that follow */
		p++;		    /* number of elements */
		acpi_info.s5_a = aml_byte(&p);
		acpi_info.s5_b = aml_byte(&p);
		acpi_info.s5_known = true;
		return;
	}
}

static void read_fadt(const struct sdt *t)
{
	u32 flags = field(t, FADT_FLAGS, 4);
	u64 dsdt = field(t, FADT_X_DSDT, 8);
	const struct sdt *d;

	if (!dsdt)
		dsdt = field(t, FADT_DSDT, 4);
	d = dsdt ? map_table(dsdt) : NULL;
	if (d)
		read_s5(d);
	acpi_info.reset.space = ACPI_SPACE_NONE;
	if (flags & FADT_FLAG_RESET) {
		acpi_info.reset = read_gas(t, FADT_RESET_REG);
		acpi_info.reset_value = field(t, FADT_RESET_VALUE, 1);
	}
	if (flags & FADT_FLAG_REDUCED) {
		acpi_info.sleep_control = read_gas(t, FADT_SLEEP_CONTROL);
		return;
	}
	acpi_info.pm_timer_port = field(t, FADT_PM_TMR, 4);
	acpi_info.pm_timer_32 = flags & FADT_FLAG_TMR_32;
	acpi_info.pm1a_cnt_port = field(t, FADT_PM1A_CNT, 4);
	acpi_info.pm1b_cnt_port = field(t, FADT_PM1B_CNT, 4);
}

static void read_root(u64 pa, u32 entry_size)
{
	const struct sdt *root = map_table(pa);

	if (!root)
		return;
	for (u32 at = sizeof(*root); at + entry_size <= root->length; at += entry_size) {
		const struct sdt *t = map_table(field(root, at, entry_size));

		if (t && table_is(t, "APIC"))
			read_madt(t);
		else if (t && table_is(t, "FACP"))
			read_fadt(t);
	}
}

/* The BIOS's area, in steps of 16 bytes (5.2.5.1). */
static u64 find_rsdp(void)
{
	const u8 *area = memremap_ro(0xe0000, 0x20000);

	for (u32 at = 0; area && at < 0x20000; at += 16)
		if (memcmp(area + at, "RSD PTR ", 8) == 0 && sum(area + at, 20) == 0)
			return 0xe0000 + at;
	return 0;
}

bool acpi_reg_write(const struct acpi_reg *reg, u8 value)
{
	if (reg->space == ACPI_SPACE_IO)
		outb(value, reg->port);
	else if (reg->space == ACPI_SPACE_MEMORY && reg->mem)
		writeb(value, reg->mem);
	else
		return false;
	return true;
}

void acpi_init(u64 pa)
{
	const struct rsdp *rsdp;

	acpi_info.reset.space = acpi_info.sleep_control.space = ACPI_SPACE_NONE;
	for (u32 i = 0; i < ACPI_ISA_IRQS; i++)
		acpi_info.isa[i] = (struct acpi_isa_irq){ .gsi = i };
	if (!pa)
		pa = find_rsdp();
	rsdp = pa ? memremap_ro(pa, sizeof(*rsdp)) : NULL;
	if (!rsdp || memcmp(rsdp->signature, "RSD PTR ", 8) != 0 || sum(rsdp, 20) != 0)
		return;
	if (rsdp->revision >= 2 && rsdp->xsdt)
		read_root(rsdp->xsdt, 8);
	else
		read_root(rsdp->rsdt, 4);
}
