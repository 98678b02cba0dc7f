/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine code as text, by capstone. Hosted. */
#pragma once

#include "kernel/lib/types.h"

#define X86_TEXT_MAX 200

/*
 * Calls @line with each of the @size bytes' instructions: its offset and its text. Jumps inside show offsets
 * ("+1f"); an address that @name knows is shown by name. False if capstone is not usable; bytes that are no
 * instruction end it with a line "(bad)".
 */
bool x86_disasm(const u8 *code, u32 size, u64 address, const char *(*name)(u64 address),
		void (*line)(u32 offset, const char *text, void *arg), void *arg);
