// SPDX-License-Identifier: GPL-2.0-only
/* jit=on|off|check: see bpf/jit.h. */
#include "kernel/jit_option.h"

#include "bpf/jit.h"
#include "kernel/cmdline.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

void jit_init(void)
{
	static const char *const names[] = {
		[BPF_JIT_OFF] = "off", [BPF_JIT_ON] = "on", [BPF_JIT_CHECK] = "check"
	};
	const char *text = cmdline_get("jit");
	bool known = !text;

	for (u32 i = 0; text && i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]))
			continue;
		bpf_jit_mode = i;
		known = true;
	}
	if (!known)
		pr_warn("command line: jit=%s: expected on, off or check; left at %s", text,
			names[bpf_jit_mode]);
	bpf_jit_fault_init();
}
