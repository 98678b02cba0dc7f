// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell command "jit-plant": a compared run in which interpreter and code are not of the same program, to see that
 * it panics and says what is another. tests/kernel/jit-plants does each in a process of its own.
 */
#include "bpf/jit.h"
#include "bpf/jit_check.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/shell.h"
#include "tests/kernel/check_client.h"
#include "tests/kernel/crash.h"

/* The same instruction of the interpreter's copy, with another constant. */
static void plant(struct check_client *cc, int fd, u32 insn)
{
	struct bpf_prog *prog;

	if (bpf_prog_get(cc->c.s, fd, &prog))
		return;
	if (prog->aux->jit_check)
		prog->aux->jit_check->insns[insn].imm ^= 1;
	bpf_prog_put(prog);
}

static int run_planted(struct shell *sh, const struct check_program *p, u32 insn)
{
	struct check_client cc = { 0 };
	struct check_ctx ctx = p->ctx;
	int fd;

	bpf_jit_mode = BPF_JIT_CHECK;
	if (!check_client_open(&cc))
		return shell_error(sh, -ENOMEM, "no memory");
	fd = check_client_load(&cc, p, CHECK_HASH);
	if (fd < 0)
		return shell_error(sh, fd, "it cannot be loaded");
	plant(&cc, fd, insn);
	check_client_run(&cc, fd, &ctx);
	return shell_error(sh, -EIO, "nobody noticed");
}

static int cmd_jit_plant(struct shell *sh, int argc, char **argv)
{
	for (u32 i = 0; argc == 3 && i < nr_check_programs; i++) {
		u32 n = argv[2][0] - '0';

		if (!strcmp(check_programs[i].name, argv[1]) &&
		    n < ARRAY_SIZE(check_programs[i].plants))
			return run_planted(sh, &check_programs[i], check_programs[i].plants[n]);
	}
	return shell_usage(sh);
}

static const struct shell_command commands[] = {
	{ "jit-plant", "PROGRAM NUMBER", "a difference for jit=check (test builds only)",
	  cmd_jit_plant },
};

void jit_plant_init(void)
{
	shell_register(commands, ARRAY_SIZE(commands));
}
