/* SPDX-License-Identifier: GPL-2.0-only */
/* The assembler's state, and the words that its text is made of. Private to bpf_asm.c and bpf_asm_words.c. */
#pragma once

#include "tools/bpf_asm.h"

#define NAME_MAX_LEN 64
#define MAX_LABELS   512

struct label {
	char name[NAME_MAX_LEN];
	u32 insn;
};

/* An instruction that names a label. */
struct fixup {
	char name[NAME_MAX_LEN];
	u32 insn, line;
};

struct as {
	const char *p; /* what is left of the text */
	u32 line;
	u32 code; /* the opcode written in front, or 256 */
	struct bpf_insn *out;
	u32 len, max;
	const struct bpf_asm_cbs *cbs;
	struct label labels[MAX_LABELS];
	struct fixup fixups[MAX_LABELS];
	u32 nr_labels, nr_fixups;
	char *err;
	size_t err_size;
};

/* Says in the caller's buffer @what is wrong at this place of the text. Always false. */
bool as_fail(struct as *a, const char *what);
void as_skip_space(struct as *a);
/* Takes @word if it comes next. A word of letters must end where the word does. */
bool as_take(struct as *a, const char *word);
/* The same, and fails if it does not. */
bool as_expect(struct as *a, const char *word);
bool as_is_name_char(char c);
/* A name of at most NAME_MAX_LEN - 1 characters. */
bool as_take_name(struct as *a, char *name);
/* rN, or wN if @wide is false. */
bool as_take_reg(struct as *a, bool wide, u8 *reg);
/* A number with an optional sign (blanks after it allowed), or a name that the caller knows. */
bool as_take_number(struct as *a, s64 *value);
/* A number that fits 32 bits, signed or unsigned; or one that fits 16, signed. They fail if there is none. */
bool as_take_imm32(struct as *a, s32 *imm);
bool as_take_s16(struct as *a, s16 *off);
