// SPDX-License-Identifier: GPL-2.0-only
/* Command lines that start a kernel, in QEMU or as a hosted process; wire sockets in its folder. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <libgen.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/rpc/wire.h"
#include "tools/trellis/trellis.h"

struct args {
	char **v;
	size_t n;
};

static void add(struct args *a, const char *arg)
{
	a->v = xrealloc(a->v, (a->n + 2) * sizeof(*a->v));
	a->v[a->n++] = xasprintf("%s", arg);
	a->v[a->n] = NULL;
}

static void add2(struct args *a, const char *option, const char *value)
{
	add(a, option);
	add(a, value);
}

/* @file in the folder of this program: build/. */
static const char *beside_us(const char *file)
{
	static char path[PATH_MAX + 64];
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		die("cannot find out where this program lies");
	self[n] = 0;
	snprintf(path, sizeof(path), "%s/%s", dirname(self), file);
	return path;
}

static void add_wire_ports(struct args *a, const struct machine *m, const char *machine)
{
	bool mmio = !strcmp(machine, "microvm");

	add2(a, "-device", mmio ? "virtio-serial-device" : "virtio-serial-pci");
	for (int port = 0; port < WIRE_PORTS; port++) {
		add2(a, "-chardev",
		     xasprintf("socket,id=wire%d,server=on,wait=off,path=%s/wire-%d", port, m->dir,
			       port));
		add2(a, "-device",
		     xasprintf("virtserialport,chardev=wire%d,name=%s.%d", port, WIRE_PORT_NAME,
			       port));
	}
}

static void add_machine(struct args *a, const struct start_options *o)
{
	const char *accel = o->accel ? o->accel : "tcg";

	/* With the wire on a serial line all is as with a PC: nobody else has its memory. */
	add2(a, "-machine",
	     xasprintf("%s,accel=%s%s", o->machine, accel,
		       o->serial_wire ? "" : ",memory-backend=ram"));
	if (!o->serial_wire)
		add2(a, "-object",
		     xasprintf("memory-backend-memfd,id=ram,share=on,size=%s", o->memory));
	add2(a, "-m", o->memory);
	add2(a, "-cpu", "max");
	if (!strcmp(o->machine, "q35"))
		add2(a, "-bios", "qboot.rom");
	if (!strcmp(o->machine, "microvm"))
		add2(a, "-global", "virtio-mmio.force-legacy=false");
}

static char **qemu_command(const struct machine *m, const struct start_options *o)
{
	struct args a = { 0 };

	add(&a, getenv("QEMU") ? getenv("QEMU") : "qemu-system-x86_64");
	add_machine(&a, o);
	add2(&a, "-display", "none");
	add(&a, "-nodefaults");
	add(&a, "-no-reboot");
	add2(&a, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04");
	add2(&a, "-chardev", "stdio,id=console,signal=on");
	add2(&a, "-serial", "chardev:console");
	if (o->serial_wire)
		add2(&a, "-serial", xasprintf("unix:%s/wire-0,server=on,wait=off", m->dir));
	else
		add_wire_ports(&a, m, o->machine);
	add2(&a, "-kernel", o->kernel ? o->kernel : beside_us("trellis.elf"));
	if (o->append)
		add2(&a, "-append", o->append);
	if (o->initrd)
		add2(&a, "-initrd", o->initrd);
	for (char **rest = o->rest; rest && *rest; rest++)
		add(&a, *rest);
	return a.v;
}

/* trellis-host takes the kernel's options one by one; quotes keep spaces together, as the kernel has it. */
static void add_options(struct args *a, const char *append)
{
	bool quoted = false;
	const char *start;

	for (; *append; append += *append == ' ') {
		for (start = append; *append && (quoted || *append != ' '); append++)
			if (*append == '"')
				quoted = !quoted;
		if (append > start)
			add(a, xasprintf("%.*s", (int)(append - start), start));
	}
}

static char **hosted_command(const struct machine *m, const struct start_options *o)
{
	struct args a = { 0 };

	add(&a, o->kernel ? o->kernel : beside_us("trellis-host"));
	if (o->initrd)
		add2(&a, "--initrd", o->initrd);
	add(&a, xasprintf("socket=%s/wire", m->dir));
	if (o->append)
		add_options(&a, o->append);
	for (char **rest = o->rest; rest && *rest; rest++)
		add(&a, *rest);
	return a.v;
}

/* ---- will it fit ---- */

static u64 parse_size(const char *text)
{
	char *end;
	u64 size = strtoull(text, &end, 10);

	switch (*end | 0x20) {
	case 'k':
		return size << 10;
	case 'g':
		return size << 30;
	default:
		return size << 20;
	}
}

/* Where the image ends in memory; 0: it is no ELF file. */
static u64 image_end(const char *path)
{
	FILE *f = fopen(path, "re");
	Elf64_Ehdr e;
	Elf64_Phdr p;
	u64 end = 0;

	if (!f)
		die("cannot read the kernel %s: %s", path, strerror(errno));
	if (fread(&e, sizeof(e), 1, f) == 1 && !memcmp(e.e_ident, ELFMAG, SELFMAG))
		for (int i = 0; i < e.e_phnum; i++) {
			fseek(f, e.e_phoff + i * sizeof(p), SEEK_SET);
			if (fread(&p, sizeof(p), 1, f) == 1 && p.p_type == PT_LOAD &&
			    p.p_paddr + p.p_memsz > end)
				end = p.p_paddr + p.p_memsz;
		}
	fclose(f);
	return end;
}

void start_check(const struct start_options *o)
{
	const char *path =
		o->kernel ? o->kernel : beside_us(o->hosted ? "trellis-host" : "trellis.elf");
	u64 end = image_end(path);

	if (o->initrd && access(o->initrd, R_OK))
		die("cannot read the archive %s: %s", o->initrd, strerror(errno));
	/* QEMU would start, and nothing would ever happen in it. */
	if (!o->hosted && end > parse_size(o->memory))
		die("-m %s is too little memory: the kernel alone ends at %llu KiB", o->memory,
		    (unsigned long long)(end >> 10));
}

char **start_command(const struct machine *m, const struct start_options *o)
{
	return o->hosted ? hosted_command(m, o) : qemu_command(m, o);
}
