// SPDX-License-Identifier: GPL-2.0-only
/* A module that needs another one's symbol, exports one itself, and can be made to fault where it has a name. */
#include "kernel/module.h"

int kt_mod_answer(void);

static bool kt_crash;
module_param(kt_crash, bool);

int kt_user_result;
EXPORT_SYMBOL(kt_user_result);

/* An address that nothing is at, and that the compiler does not know. */
static volatile uintptr_t address = 16;

static __noinline void kt_user_fault(void)
{
	*(int *)address = 1;
}

static int kt_user_init(void)
{
	kt_user_result = kt_mod_answer() + 1;
	if (kt_crash)
		kt_user_fault();
	return 0;
}
module_init(kt_user_init);

static void kt_user_exit(void)
{
}
module_exit(kt_user_exit);
