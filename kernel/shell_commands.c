// SPDX-License-Identifier: GPL-2.0-only
/* The shell's own commands: help, mem, wx, dmesg, threads, version, reboot, poweroff, exit. */
#include "bpf/bpf.h"
#include "bpf/image.h"
#include "bpf/prog.h"
#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/execmem.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/shell_internal.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/version.h"

static int help_cmdline(struct shell *sh)
{
	struct table t;

	table_init(&t, "OPTION\tMEANING");
	for (u32 i = 0; i < nr_cmdline_options; i++) {
		const struct cmdline_option *o = &cmdline_options[i];

		table_row(&t, "%s%s%s\t%s", o->name, *o->value ? "=" : "", o->value, o->help);
	}
	shell_table(sh, &t);
	return 0;
}

static int help_all(struct shell *sh)
{
	const struct shell_command *c;
	struct table t;

	table_init(&t, "COMMAND\tWHAT IT DOES");
	for (u32 i = 0; (c = shell_command_at(i)); i++) {
		const char *nl = strchr(c->help, '\n');

		table_row(&t, "%s\t%.*s", c->name, (int)(nl ? nl - c->help : strlen(c->help)),
			  c->help);
	}
	shell_table(sh, &t);
	shell_printf(sh, "\"help COMMAND\" says more; \"help cmdline\" lists the boot options.\n");
	return 0;
}

static int cmd_help(struct shell *sh, int argc, char **argv)
{
	const struct shell_command *c;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 1)
		return help_all(sh);
	if (!strcmp(argv[1], "cmdline"))
		return help_cmdline(sh);
	c = shell_find(argv[1]);
	if (!c)
		return shell_error(sh, -ENOENT, "there is no command \"%s\"", argv[1]);
	shell_printf(sh, "usage: %s%s%s\n", c->name, *c->usage ? " " : "", c->usage);
	shell_write(sh, c->help, strlen(c->help));
	shell_write(sh, "\n", 1);
	return 0;
}

/* How many objects of @kind there are and what they take, as their descriptors' memlock says. */
static void bpf_row(struct table *t, const char *name, enum bpf_object_kind kind)
{
	u64 bytes = 0;
	u32 n = 0;

	for (u32 id = 0; (id = bpf_object_next_id(kind, id));) {
		struct bpf_object *obj = bpf_object_find(kind, id);

		if (!obj)
			continue;
		bytes += kind == BPF_OBJ_MAP ? bpf_map_mem_usage(obj_to_map(obj))
					     : bpf_prog_mem_usage(obj_to_prog(obj));
		n++;
		bpf_object_put(obj);
	}
	table_row(t, "%s\t%llu\t%u", name, bytes, n);
}

static int cmd_mem(struct shell *sh, int argc, char **argv)
{
	struct execmem_stats em;
	struct memory_stats ms;
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	memory_stats(&ms);
	execmem_stats(&em);
	table_init(&t, "MEMORY\t>BYTES\t>COUNT");
	table_row(&t, "total\t%llu\t", ms.total_bytes);
	table_row(&t, "free\t%llu\t", ms.free_bytes);
	table_row(&t, "heap objects\t%llu\t%llu", ms.heap_bytes, ms.heap_objects);
	table_row(&t, "page blocks\t%llu\t%llu", ms.page_bytes, ms.page_blocks);
	table_row(&t, "images\t%llu\t%u", em.used_bytes, em.images);
	table_row(&t, "image packs\t%llu\t%u", em.backed_bytes, em.packs);
	table_row(&t, "image holes\t%llu\t%u", em.backed_bytes - em.used_bytes, em.holes);
	table_row(&t, "largest hole\t%llu\t", em.largest_hole);
	table_row(&t, "bpf_jit_limit\t%llu\t", bpf_jit_limit);
	bpf_row(&t, "bpf maps", BPF_OBJ_MAP);
	bpf_row(&t, "bpf programs", BPF_OBJ_PROG);
	shell_table(sh, &t);
	return 0;
}

static void print_wx(void *arg, u64 va, u64 size)
{
	shell_printf(arg, "W+X: 0x%016llx-0x%016llx\n", va, va + size);
}

static int cmd_wx(struct shell *sh, int argc, char **argv)
{
	u32 n;

	if (argc > 1)
		return shell_usage(sh);
	n = arch_wx_audit(print_wx, sh);
	if (n)
		return shell_error(sh, -EACCES, "%u mapping%s writable and executable", n,
				   n == 1 ? " is" : "s are");
	shell_printf(sh, "no mapping is writable and executable\n");
	return 0;
}

static int cmd_dmesg(struct shell *sh, int argc, char **argv)
{
	char text[LOG_TEXT_MAX + 32];
	u32 level = LOG_DEBUG;
	struct log_line line;
	u64 seq = 0;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 2 && (kstrtou32(argv[1], 10, &level) || level > LOG_DEBUG))
		return shell_error(sh, -EINVAL, "expected a level from 0 to 7, found \"%s\"",
				   argv[1]);
	while (log_read(&seq, &line))
		if (line.level <= (int)level)
			shell_write(sh, text, log_format(&line, text, sizeof(text)));
	return 0;
}

static void thread_row(const struct thread *t, void *arg)
{
	static const char *const states[] = { "runnable", "sleeping", "ended" };

	table_row(arg, "%u\t%s\t%s\t%llu\t%llu", t->id, t->name,
		  t == current ? "running" : states[t->state], t->switches,
		  t->runtime_ns / NSEC_PER_USEC);
}

static int cmd_threads(struct shell *sh, int argc, char **argv)
{
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_init(&t, ">ID\tNAME\tSTATE\t>SWITCHES\t>TIME US");
	thread_for_each(thread_row, &t);
	shell_table(sh, &t);
	return 0;
}

static int cmd_version(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	shell_printf(sh, "%s\n", trellis_banner);
	return 0;
}

static int cmd_reboot(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	if (shell_check_caps(sh, BIT_ULL(CAP_SYS_BOOT)))
		return -EPERM;
	arch_reboot();
}

static int cmd_poweroff(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	if (shell_check_caps(sh, BIT_ULL(CAP_SYS_BOOT)))
		return -EPERM;
	arch_poweroff();
}

static int cmd_exit(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	sh->exit = true;
	return 0;
}

static const struct shell_command commands[] = {
	{ "help", "[COMMAND | cmdline]", "list the commands, or explain one", cmd_help },
	{ "mem", "", "memory in use", cmd_mem },
	{ "wx", "", "look for memory that is writable and executable at once", cmd_wx },
	{ "dmesg", "[LEVEL]",
	  "print the kernel's log\nOnly lines up to LEVEL: 3 errors, 4 warnings, 6 information, 7 "
	  "all.",
	  cmd_dmesg },
	{ "threads", "", "list the kernel's threads", cmd_threads },
	{ "version", "", "name this build", cmd_version },
	{ "exit", "", "leave the shell, which powers the machine off", cmd_exit },
	{ "reboot", "", "restart the machine", cmd_reboot },
	{ "poweroff", "", "turn the machine off", cmd_poweroff },
};

void shell_init(void)
{
	shell_register(commands, ARRAY_SIZE(commands));
}
