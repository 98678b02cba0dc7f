// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hosted process's "boot loader": arguments become the command line, --initrd FILE the boot module.
 * Relies on nothing but the C library; then the kernel's kmain() takes over.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/host/fault.h"
#include "arch/host/host.h"
#include "kernel/arch.h"
#include "kernel/boot_info.h"

static const char usage_text[] = "Usage: trellis-host [--initrd FILE] [OPTION=VALUE]...\n"
				 "The Trellis kernel as a process of this system. OPTION=VALUE are "
				 "the kernel's own options;\n"
				 "\"help cmdline\" in its shell lists them.\n";

static struct boot_info boot_info = { .loader = "host" };
static char cmdline[4096];

/* "run=a b" must arrive as run="a b". */
static void add_option(const char *arg)
{
	size_t len = strlen(cmdline), room = sizeof(cmdline) - len;
	const char *eq = strchr(arg, '=');
	int n;

	if (eq && strchr(eq, ' ') && eq[1] != '"')
		n = snprintf(cmdline + len, room, "%s%.*s\"%s\"", len ? " " : "",
			     (int)(eq + 1 - arg), arg, eq + 1);
	else
		n = snprintf(cmdline + len, room, "%s%s", len ? " " : "", arg);
	if (n >= (int)room) {
		fprintf(stderr, "trellis-host: the options are longer than %zu bytes\n",
			sizeof(cmdline) - 1);
		exit(1);
	}
}

static void add_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st)) {
		fprintf(stderr, "trellis-host: cannot read %s: %s\n", path, strerror(errno));
		exit(1);
	}
	if (!st.st_size)
		return;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "trellis-host: cannot map %s: %s\n", path, strerror(errno));
		exit(1);
	}
	close(fd);
	boot_info.modules[boot_info.nr_modules++] = (struct boot_module){
		.start = (uintptr_t)p, .end = (uintptr_t)p + st.st_size, .cmdline = path
	};
}

/* There is no physical memory here: an address is an address. */
void *arch_phys_to_virt(u64 pa)
{
	return (void *)pa;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			fputs(usage_text, stdout);
			return 0;
		}
		if (strcmp(argv[i], "--initrd")) {
			add_option(argv[i]);
		} else if (i + 1 < argc && !boot_info.nr_modules) {
			add_module(argv[++i]);
		} else {
			fprintf(stderr, "trellis-host: --initrd takes one file, once\n");
			return 1;
		}
	}
	boot_info.cmdline = cmdline;
	arch_host_faults_init();
	arch_host_console_init();
	arch_host_memory_init();
	arch_host_images_init();
	arch_host_symbols_init();
	kmain(&boot_info);
}
