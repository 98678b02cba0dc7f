// SPDX-License-Identifier: GPL-2.0-only
/* trellis cmd, shell: lines for the kernel's shell. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/cap_set.h"
#include "tools/trellis/client.h"
#include "tools/trellis/trellis.h"

struct line {
	FILE *csv;
	struct text_filter filter;
	bool done, csv_failed;
	int failed; /* errno */
	int result;
};

static void take_output(struct client *c, const struct wire_header *h, const void *payload,
			void *arg)
{
	struct line *line = arg;

	if (!(h->flags & WIRE_MORE)) {
		line->done = true;
		line->result = h->result;
		put_text_end(&line->filter, stdout);
	} else if (h->result == 1 && line->csv) {
		fwrite(payload, 1, h->length, line->csv);
	} else {
		put_text(&line->filter, stdout, payload, h->length);
	}
	/* Nobody wants what cannot be written any more: at exit it is said so. */
	if (fflush(stdout)) {
		line->failed = errno;
	} else if (line->csv && fflush(line->csv)) {
		line->failed = errno;
		line->csv_failed = true;
	}
}

int shell_line(struct client *c, u32 session, const char *text, FILE *csv)
{
	struct wire_shell head = { .flags = csv ? WIRE_SHELL_CSV : 0 };
	struct line line = { .csv = csv };

	client_request(c, WIRE_SHELL, session, &head, sizeof(head), text, strlen(text), take_output,
		       &line);
	while (!line.done && !line.failed && !c->lost)
		client_pump(c, -1);
	if (c->lost)
		die("%s", c->why);
	if (line.failed)
		die(line.csv_failed ? "cannot write the CSV file: %s"
				    : "cannot write the output: %s",
		    strerror(line.failed));
	if (line.result == -E2BIG)
		warn("the line is too long for the kernel's shell");
	return line.result;
}

u32 shell_open(struct client *c)
{
	struct machine m;
	int session;

	machine_find(&m, machine_name);
	machine_connect(&m, c, 0);
	session = client_open_session(c, "remote shell", BPF_CAPS_ALL);
	if (session < 0)
		die("the kernel opens no session: %s", strerror(-session));
	return session;
}

int cmd_cmd(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", 1, NULL, 'c' }, { "name", 1, NULL, 'n' }, { "help", 0, NULL, 'h' }, { 0 }
	};
	static struct client client;
	struct out_file csv = { 0 };
	const char *csv_path = NULL;
	int opt, err;
	u32 session;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h') {
			puts("Usage: trellis cmd [--name NAME] [--csv FILE] 'LINE'\n"
			     "Runs a line in the kernel's shell ('help' lists its commands).\n"
			     "  --csv FILE  keep what the commands write as CSV, if all goes well\n"
			     "Exit status: 0, or 1 if a command failed.");
			return 0;
		} else if (opt == 'n') {
			machine_name = optarg;
		} else if (opt == 'c') {
			csv_path = optarg;
		} else {
			die("cmd --help explains the options");
		}
	}
	if (optind + 1 != argc)
		die("cmd wants one line, in quotes; cmd --help explains");
	session = shell_open(&client);
	if (csv_path)
		out_open(&csv, csv_path);
	err = shell_line(&client, session, argv[optind], csv.f);
	client_end(&client);
	if (err && err != -ECANCELED)
		return 1;
	if (csv_path)
		out_commit(&csv);
	return 0;
}

int cmd_shell(int argc, char **argv)
{
	static struct client client;
	char *text = NULL;
	size_t alloc = 0;
	ssize_t n;
	u32 session;
	int err = 0;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		puts("Usage: trellis shell [--name NAME]\n"
		     "Lines from standard input to the kernel's shell, until 'exit' or the end.");
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--name"))
		machine_name = argv[2];
	else if (argc > 1)
		die("shell: unknown argument '%s'; --help explains", argv[1]);
	session = shell_open(&client);
	while (err != -ECANCELED) {
		if (isatty(0)) {
			fputs("trellis> ", stdout);
			fflush(stdout);
		}
		n = getline(&text, &alloc, stdin);
		if (n < 0)
			break;
		text[strcspn(text, "\n")] = 0;
		err = shell_line(&client, session, text, NULL);
	}
	free(text);
	client_end(&client);
	return 0;
}
