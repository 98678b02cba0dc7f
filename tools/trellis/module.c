// SPDX-License-Identifier: GPL-2.0-only
/*
 * trellis module: loads modules from this side, unloads and lists them. To load is one request; the kernel then
 * reads the file as if it were a loader's memory, so that a file of any size costs it no more than it takes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/trellis/client.h"
#include "tools/trellis/trellis.h"

static const char usage[] =
	"Usage: trellis module [--name NAME] load FILE [PARAM=VALUE]...\n"
	"       trellis module [--name NAME] unload NAME\n"
	"       trellis module [--name NAME] list\n"
	"FILE is made by \"make module M=FOLDER\": build/modules/NAME.ko for the kernel in QEMU,\n"
	"build/modules/host/NAME.ko for trellis-host.\n"
	"Exit status: 0, or 1 if the kernel refused.";

/* The file that is being loaded, as the kernel sees it: memory from address 0 on. */
static struct {
	char *data;
	size_t size;
} file;

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st))
		die("cannot read %s: %s", path, strerror(errno));
	file.data = xmalloc(st.st_size + 1);
	while ((n = read(fd, file.data + file.size, st.st_size - file.size)) > 0)
		file.size += n;
	if (n < 0 || (off_t)file.size != st.st_size)
		die("cannot read %s: %s", path, n < 0 ? strerror(errno) : "it changes");
	close(fd);
}

static void on_question(struct client *c, const struct wire_header *h, const void *payload)
{
	struct wire_mem mem;

	if (h->type != WIRE_READ_MEM || h->length != sizeof(mem)) {
		client_answer(c, h, -EINVAL, NULL, 0);
		return;
	}
	memcpy(&mem, payload, sizeof(mem));
	if (mem.addr > file.size || mem.size > file.size - mem.addr)
		client_answer(c, h, -EFAULT, NULL, 0);
	else
		client_answer(c, h, 0, file.data + mem.addr, mem.size);
}

/* "a=1 b=2" */
static char *join(char **words)
{
	char *text = xasprintf("%s", *words ? *words : "");

	while (*words && *++words) {
		char *longer = xasprintf("%s %s", text, *words);

		free(text);
		text = longer;
	}
	return text;
}

static int load(struct client *c, u32 session, const char *path, char **params)
{
	char *text = join(params), why[256];
	size_t n = sizeof(why) - 1;
	struct wire_module call;
	int err;

	read_file(path);
	call = (struct wire_module){ .size = file.size };
	if (call.size != file.size)
		die("%s is too large for a module", path);
	c->on_request = on_question;
	err = client_call(c, WIRE_MODULE, session, &call, sizeof(call), text, strlen(text), why,
			  &n);
	why[n] = 0;
	if (err)
		fprintf(stderr, "%s is not loaded (error %d): %s\n", path, -err, why);
	free(text);
	free(file.data);
	return err;
}

int cmd_module(int argc, char **argv)
{
	static struct client client;
	char *line = NULL;
	u32 session;
	int err;

	if (argc > 2 && !strcmp(argv[1], "--name")) {
		machine_name = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		puts(usage);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "list"))
		line = xasprintf("module list");
	else if (argc == 3 && !strcmp(argv[1], "unload"))
		line = xasprintf("module unload %s", argv[2]);
	else if (argc < 3 || strcmp(argv[1], "load"))
		die("module wants load FILE, unload NAME or list; --help explains");
	session = shell_open(&client);
	err = line ? shell_line(&client, session, line, NULL)
		   : load(&client, session, argv[2], argv + 3);
	free(line);
	client_end(&client);
	return err ? 1 : 0;
}
