// SPDX-License-Identifier: GPL-2.0-only
/* The order in which the kernel comes up: wiring only. */
#include "bpf/btf.h"
#include "bpf/dummy_ops.h"
#include "bpf/iter.h"
#include "kernel/arch.h"
#include "kernel/boot_info.h"
#include "kernel/bpf_report.h"
#include "kernel/caps_option.h"
#include "kernel/cmdline.h"
#include "kernel/execmem.h"
#include "kernel/initrd.h"
#include "kernel/jit_option.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/memory_internal.h"
#include "kernel/net/bpf_filter.h"
#include "kernel/net/bpf_net.h"
#include "kernel/net/bpf_qdisc.h"
#include "kernel/net/bpf_tcp_ca.h"
#include "kernel/net/net_shell.h"
#include "kernel/rcu.h"
#include "kernel/rpc/transport.h"
#include "kernel/shell.h"
#include "kernel/shell_bpf.h"
#include "kernel/shell_btf.h"
#include "kernel/shell_module.h"
#include "kernel/shell_struct_ops.h"
#include "kernel/thread.h"
#include "kernel/version.h"
#include "tests/kernel/ktest.h"

/* In test builds only: see tests/kernel/ktest.c. */
__weak void ktest_init(void)
{
}

__weak void ktest_main(const char *which)
{
	pr_err("test=%s: this build has no tests in it; the test build has", which);
	arch_exit(ARCH_EXIT_FAIL);
}

static void set_console_loglevel(void)
{
	u64 level = console_loglevel;

	cmdline_get_range("loglevel", 0, LOG_DEBUG, &level);
	console_loglevel = level;
}

/*
 * boot.cmd from the archive, then run=, then exit or the console. A failing script leaves a shell. A damaged
 * archive is a failure: what it has of boot.cmd and recordings may be half of what was meant.
 */
static void run_shell(void)
{
	struct cpio_file script;
	const char *run = cmdline_get("run");
	int err = 0;

	if (!initrd_damaged() && !initrd_find("boot.cmd", &script))
		err = shell_run_script("boot.cmd", (const char *)script.data, script.size,
				       &shell_boot);
	if (!err && run)
		err = shell_run_line(run, &shell_boot);
	if (err == -ECANCELED)
		return;
	if (cmdline_get("exit"))
		arch_exit(err || initrd_damaged() ? ARCH_EXIT_FAIL : ARCH_EXIT_PASS);
	shell_interactive();
}

void kmain(const struct boot_info *bi)
{
	thread_init();		   /* this code becomes "main" */
	cmdline_init(bi->cmdline); /* options, for all below */
	set_console_loglevel();
	pr_info("%s, loaded by %s", trellis_banner, bi->loader);
	cmdline_check();      /* unknown options */
	memory_init(bi);      /* pages, kmalloc */
	caps_init();	      /* who may do what */
	initrd_init(bi);      /* the boot archive */
	execmem_init();	      /* executable images */
	jit_init();	      /* programs that become such */
	arch_timer_start();   /* ticks, timers */
	arch_console_start(); /* input */
	arch_irq_enable();
	rcu_init();   /* its thread */
	btf_init();   /* types, for BPF; without them struct_ops are refused */
	shell_init(); /* basic commands */
	shell_btf_init();
	shell_bpf_init();
	shell_struct_ops_init();
	shell_module_init();
	bpf_report_init();
	net_init();	      /* congestion controls, queue disciplines, simulator */
	bpf_dummy_ops_init(); /* struct_ops types: for tests, */
	bpf_net_init();	      /* who keeps maps and modules */
	bpf_tcp_ca_init();    /* congestion controls, */
	bpf_qdisc_init();     /* and queue disciplines */
	bpf_filter_init();    /* programs on packets */
	bpf_iter_init();      /* iterators: BPF objects, */
	bpf_tcp_iter_init();  /* and sockets */
	ktest_init();	      /* commands that crash */
	wire_init();	      /* remote sessions */
	if (cmdline_get("test"))
		ktest_main(cmdline_get("test"));
	run_shell();
	arch_poweroff();
}
