/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names looked up in a blob of BTF, hosted, without the kernel's own reader: the same code finds the types of
 * Trellis and of the Linux that a test runs on. It trusts the blob: it is a kernel's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf_type;

struct raw_btf {
	const struct btf_type **types; /* by ID; types[0] is NULL */
	uint32_t nr_types;
	const char *strings;
};

/* Indexes the blob, which must stay. False with a sentence on stderr if it is no BTF. */
bool raw_btf_init(struct raw_btf *btf, const void *data, size_t size);
/* ID of the type of @kind (BTF_KIND_...) called @name, or 0. */
uint32_t raw_btf_find(const struct raw_btf *btf, const char *name, uint32_t kind);
/* Index of a struct's member, or -1. */
int raw_btf_member(const struct raw_btf *btf, uint32_t struct_id, const char *member);
/*
 * Bytes from the start of @struct_name to the member @path, "a.b"; the structs that are embedded in it are
 * searched too: tcp_sock.sk_pacing_rate is found. False if there is none.
 */
bool raw_btf_offset(const struct raw_btf *btf, const char *struct_name, const char *path,
		    uint32_t *offset);
