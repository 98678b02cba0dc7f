/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An assembler for raw BTF, right or wrong, for tests. One type a line, numbered from 1 (or where the base
 * ends); elements follow, indented. "-" is no name, "@N" the string offset N as it stands.
 *
 *   int NAME size=4 bits=32 off=0 enc=1      ptr T           array T INDEX N
 *   struct NAME size=8 | union ...           typedef NAME T  const T | volatile T | restrict T
 *     MEMBER T BIT_OFFSET[:WIDTH]            fwd NAME        float NAME size=4
 *   enum NAME size=4 | enum64 NAME size=8    func NAME T     var NAME T linkage=1
 *     ENUMERATOR VALUE                       proto T         datasec NAME size=8
 *   decl_tag TEXT T INDEX                      ARG T           VAR OFFSET SIZE
 *   type_tag TEXT T                          words 0x.. 0x.. (as they stand)
 *
 * Anywhere on a type's line: kflag, vlen=N, type=N, kind=N, info=N override what would be written.
 *   hdr FIELD=N or FIELD+=N   (magic version flags hdr_len type_off type_len str_off str_len)
 *   cut N | pad N             bytes off or zeros onto the end of the blob
 *   align N                   zeros in front of the strings
 *   nonul                     the last string loses its NUL; "firstbyte" the first one gets a letter
 */
#pragma once

#include <stdbool.h>

#include "kernel/lib/types.h"

#define BTF_ASM_MAX 65536

struct btf_asm {
	u8 types[BTF_ASM_MAX];
	u32 types_len, last_type; /* offset of the type whose elements may follow */
	char strings[BTF_ASM_MAX];
	u32 str_len, str_base;
	bool set[8], add[8];
	s64 hdr[8];
	u32 cut, pad, align;
	bool nonul, firstbyte;
	bool vlen_set;
};

void btf_asm_init(struct btf_asm *a, u32 str_base);
/* One line. Fails the test on what it does not understand. */
void btf_asm_line(struct btf_asm *a, const char *line);
/* The blob, from malloc(). */
u8 *btf_asm_finish(struct btf_asm *a, u32 *size);
