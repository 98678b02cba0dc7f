// SPDX-License-Identifier: GPL-2.0-only
/* jit=, mitigations=, spectre_v2=, retbleed=: see bpf/jit.h. trampoline=fused|classic: see bpf/struct_ops_tramp.h. */
#include "kernel/jit_option.h"

#include "bpf/jit.h"
#include "bpf/struct_ops_tramp.h"
#include "kernel/cmdline.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

/* Which of @names the option is given; @now if none, with a warning if that is no answer. */
static u32 choose(const char *option, const char *const *names, u32 n, u32 now)
{
	const char *text = cmdline_get(option);

	for (u32 i = 0; text && i < n; i++)
		if (!strcmp(text, names[i]))
			return i;
	if (text)
		pr_warn("command line: %s=%s: expected %s%s%s%s%s; left at %s", option, text,
			names[0], n > 2 ? ", " : "", n > 2 ? names[1] : "", " or ", names[n - 1],
			names[now]);
	return now;
}

/* mitigations= is for what the others do not say. */
static u32 choose_mitigations(void)
{
	static const char *const all[] = { "off", "auto" };
	static const char *const jumps[] = { "off", "retpoline" };
	static const char *const returns[] = { "off", "stuff" };
	u32 on = choose("mitigations", all, ARRAY_SIZE(all), 0);

	return (choose("spectre_v2", jumps, ARRAY_SIZE(jumps), on) ? BPF_JIT_RETPOLINES : 0) |
	       (choose("retbleed", returns, ARRAY_SIZE(returns), on) ? BPF_JIT_RETURN_THUNKS : 0);
}

void jit_init(void)
{
	static const char *const modes[] = {
		[BPF_JIT_ON] = "on", [BPF_JIT_OFF] = "off", [BPF_JIT_CHECK] = "check"
	};
	static const char *const forms[] = {
		[BPF_TRAMP_FUSED] = "fused", [BPF_TRAMP_CLASSIC] = "classic"
	};

	bpf_jit_mode = choose("jit", modes, ARRAY_SIZE(modes), bpf_jit_mode);
	bpf_tramp_form = choose("trampoline", forms, ARRAY_SIZE(forms), bpf_tramp_form);
	bpf_jit_mitigations = choose_mitigations();
	bpf_jit_fault_init();
}
