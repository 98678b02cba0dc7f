# SPDX-License-Identifier: GPL-2.0-only
# verifier-src: in every build. In reading order: values, states, one instruction each, the walk.
verifier-src := $(addprefix bpf/verifier/, \
    tnum.c reg_bounds.c scalar_alu.c branches.c \
    state_mem.c regs.c linked_regs.c log_state.c diagnostics.c \
    attach_target.c attach.c cfg.c resolve_maps.c liveness.c \
    check_alu.c check_jmp.c check_stack.c check_mem.c btf_access.c btf_ctx.c \
    packet.c helper_mem.c check_args.c check_call.c callbacks.c loops.c kfunc_sets.c check_kfunc.c subprog.c \
    states_equal.c states.c backtrack.c driver.c convert.c fixups.c check.c)
