// SPDX-License-Identifier: GPL-2.0-only
/* Helpers that call back into the program: bpf_loop, bpf_for_each_map_elem. */
#include "bpf/verifier/helper_call.h"

bool is_callback_function(u32 func_id)
{
	return func_id == BPF_FUNC_loop || func_id == BPF_FUNC_for_each_map_elem ||
	       func_id == BPF_FUNC_timer_set_callback || func_id == BPF_FUNC_find_vma ||
	       func_id == BPF_FUNC_user_ringbuf_drain;
}

int check_callback_call(struct bpf_verifier_env *env, struct bpf_call_arg_meta *meta, u32 *insn_idx)
{
	verbose(env, "callbacks of func %s#%d are not supported\n", meta->func_name, meta->func_id);
	return -EINVAL;
}

int finish_callback(struct bpf_verifier_env *env, u32 *insn_idx)
{
	return verifier_bug(env, "return from a callback that was not called");
}
