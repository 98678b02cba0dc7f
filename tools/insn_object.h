/* SPDX-License-Identifier: GPL-2.0-only */
/* Bare programs in objects: sections of instructions that need no loader. */
#pragma once

#include "bpf/insn.h"

/*
 * The instructions of section @section in the object file @path, *@len of them, there until the process ends.
 * NULL, with a sentence on stderr: there is no such file or section.
 */
const struct bpf_insn *insn_section(const char *path, const char *section, u32 *len);
