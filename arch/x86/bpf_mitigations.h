/* SPDX-License-Identifier: GPL-2.0-only */
/* Returns and indirect jumps of generated code, as bpf_jit_mitigations wants them: see bpf/jit.h. */
#pragma once

#include "arch/x86/x86_encode.h"
#include "bpf/jit.h"

/* ret */
void x86_return(struct x86_buf *b);
/* jmp @r, which must not be rsp. */
void x86_jump_indirect(struct x86_buf *b, enum x86_reg r);
