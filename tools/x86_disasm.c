// SPDX-License-Identifier: GPL-2.0-only
/* Machine code as text: see x86_disasm.h. */
#include "tools/x86_disasm.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <string.h>

/* The one operand of a jump or call, or the constant of a move: what may be an address. */
static void insn_text(const cs_insn *insn, u64 base, u32 size, const char *(*name_of)(u64),
		      char *text)
{
	const cs_x86 *x86 = &insn->detail->x86;
	const char *name = NULL;
	u64 imm = 0;
	int n = snprintf(text, X86_TEXT_MAX, "%-7s", insn->mnemonic);

	if (x86->op_count && x86->operands[x86->op_count - 1].type == X86_OP_IMM)
		imm = x86->operands[x86->op_count - 1].imm;
	if (imm && name_of)
		name = name_of(imm);
	text += n;
	if (x86->op_count == 1 && imm >= base && imm < base + size)
		snprintf(text, X86_TEXT_MAX - n, " +%x", (u32)(imm - base));
	else if (name)
		snprintf(text, X86_TEXT_MAX - n, " %.*s%s",
			 x86->op_count > 1 ? (int)(strchr(insn->op_str, ',') - insn->op_str + 2)
					   : 0,
			 insn->op_str, name);
	else
		snprintf(text, X86_TEXT_MAX - n, "%s%s", *insn->op_str ? " " : "", insn->op_str);
}

bool x86_disasm(const u8 *code, u32 size, u64 address, const char *(*name)(u64 address),
		void (*line)(u32 offset, const char *text, void *arg), void *arg)
{
	char text[X86_TEXT_MAX];
	cs_insn *insns;
	size_t n;
	u32 done = 0;
	csh cs;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs))
		return false;
	cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON);
	n = cs_disasm(cs, code, size, address, 0, &insns);
	for (size_t i = 0; i < n; i++) {
		insn_text(&insns[i], address, size, name, text);
		line((u32)(insns[i].address - address), text, arg);
		done = (u32)(insns[i].address - address) + insns[i].size;
	}
	if (done < size)
		line(done, "(bad)", arg);
	if (n)
		cs_free(insns, n);
	cs_close(&cs);
	return true;
}
