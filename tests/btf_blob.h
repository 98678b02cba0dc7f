/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BTF by hand: a blob is a struct of "struct btf_header hdr", "u32 types[]" and "char strings[]", in this order
 * and without anything between them. For tests in the kernel and hosted ones alike.
 */
#pragma once

#include <linux/btf.h>

#include "kernel/lib/types.h"

/* Initializes hdr of @blob, from the sizes of the rest. */
#define BTF_BLOB_HEADER(blob)                                                              \
	{                                                                                  \
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof((blob).hdr), \
		.type_len = sizeof((blob).types), .str_off = sizeof((blob).types),         \
		.str_len = sizeof((blob).strings),                                         \
	}
/* Bytes, without the padding at the end of the struct. */
#define BTF_BLOB_SIZE(blob) (sizeof((blob).hdr) + sizeof((blob).types) + sizeof((blob).strings))

/* Types of functions: "int main(void)" is FUNC_BTF_MAIN, and "int f(void)" FUNC_BTF_F, static or global. */
#define FUNC_BTF_MAIN 3
#define FUNC_BTF_F    4
struct func_btf {
	struct btf_header hdr;
	u32 types[4 + 3 + 3 + 3];
	char strings[12];
};
static inline struct func_btf func_btf(u32 linkage)
{
	struct func_btf btf = {
		.hdr = BTF_BLOB_HEADER(btf),
		.types = { 1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, 0,
			   BTF_KIND_FUNC_PROTO << 24, 1, 5, BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL,
			   2, 10, BTF_KIND_FUNC << 24 | linkage, 2 },
		.strings = "\0int\0main\0f",
	};

	return btf;
}
