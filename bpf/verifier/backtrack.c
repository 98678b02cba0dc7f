// SPDX-License-Identifier: GPL-2.0-only
/* Precision: not tracked yet, every scalar counts. */
#include "bpf/verifier/verifier.h"

int mark_chain_precision(struct bpf_verifier_env *env, u32 regno)
{
	return 0;
}

int propagate_precision(struct bpf_verifier_env *env, const struct bpf_verifier_state *old)
{
	return 0;
}
