// SPDX-License-Identifier: GPL-2.0-only
/* The shell's "module": loads from the boot archive, unloads and lists. (Over the wire: kernel/rpc/module.c.) */
#include "kernel/shell_module.h"

#include <linux/capability.h>

#include "kernel/initrd.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/module.h"
#include "kernel/shell.h"

/* NAME of the archive: as given, or with .ko behind it. */
static int find_file(const char *name, struct cpio_file *file)
{
	char full[MODULE_NAME_LEN + 16];

	if (!initrd_find(name, file))
		return 0;
	scnprintf(full, sizeof(full), "%s.ko", name);
	return initrd_find(full, file);
}

/* The words after the name, as one text. */
static void join(char **words, int n, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (int i = 0; i < n; i++)
		len += scnprintf(text + len, size - len, "%s%s", i ? " " : "", words[i]);
}

/* As on Linux nothing stands in for it: who loads modules needs no other capability. */
static int check_caps(struct shell *sh)
{
	if (sh->out->caps & BIT_ULL(CAP_SYS_MODULE))
		return 0;
	return shell_error(sh, -EPERM, "this needs CAP_SYS_MODULE; see caps= in \"help cmdline\"");
}

static int load(struct shell *sh, const char *name, char **params, int n)
{
	char text[SHELL_LINE_MAX], why[MODULE_WHY_LEN];
	struct cpio_file file;
	int err = check_caps(sh);

	if (err)
		return err;
	if (find_file(name, &file))
		return shell_error(sh, -ENOENT, "the boot archive has no file \"%s\" or \"%s.ko\"",
				   name, name);
	join(params, n, text, sizeof(text));
	err = module_load(file.data, file.size, text, why);
	return err ? shell_error(sh, err, "%s is not loaded (error %d): %s", name, -err, why) : 0;
}

static int unload(struct shell *sh, const char *name)
{
	char why[MODULE_WHY_LEN];
	int err = check_caps(sh);

	if (err)
		return err;
	err = module_unload(name, why);

	return err ? shell_error(sh, err, "%s (error %d)", why, -err) : 0;
}

static int list(struct shell *sh)
{
	struct module_info info;
	struct table t;

	table_init(&t, "NAME\t>TEXT\t>CONST\t>DATA\t>BTF\t>TYPES\t>USERS\tUSES");
	for (u32 i = 0; module_info_at(i, &info); i++)
		table_row(&t, "%s\t%u\t%u\t%u\t%u\t%u\t%u\t%s", info.name, info.text, info.ro,
			  info.rw, info.btf_id, info.types, info.users,
			  info.uses[0] ? info.uses : "-");
	shell_table(sh, &t);
	return 0;
}

static int cmd_module(struct shell *sh, int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return list(sh);
	if (argc >= 3 && !strcmp(argv[1], "load"))
		return load(sh, argv[2], argv + 3, argc - 3);
	if (argc == 3 && !strcmp(argv[1], "unload"))
		return unload(sh, argv[2]);
	return shell_usage(sh);
}

static const struct shell_command commands[] = {
	{ "module", "[list | load NAME [PARAM=VALUE]... | unload NAME]",
	  "load kernel modules, unload and list them\n"
	  "NAME.ko is taken from the boot archive; on the host, \"trellis module load FILE\" sends "
	  "one.",
	  cmd_module },
};

void shell_module_init(void)
{
	shell_register(commands, ARRAY_SIZE(commands));
}
