// SPDX-License-Identifier: GPL-2.0-only
/* The report of a call through a member of a struct to a function of another type (kernel/lib/kcfi.h). */
#include "kernel/lib/kcfi.h"

#include "kernel/kallsyms.h"
#include "kernel/log.h"

/* A function in generated code begins behind its hash; its name is the image's. */
static const char *name_of(const void *func, u64 *offset)
{
	const char *name;

	*offset = 0;
	return kallsyms_lookup((u64)(uintptr_t)func, &name, offset) ? name : "an unknown function";
}

void kcfi_failed(const void *func, const volatile struct kcfi_site *site)
{
	u64 from = (u64)(uintptr_t)__builtin_return_address(0), at, in;
	const char *name = name_of(func, &at), *caller = name_of((const void *)from, &in);

	panic("kCFI: %s+0x%llx calls %s: expected a function with type hash 0x%08x, found "
	      "%s+0x%llx (0x%llx) "
	      "with 0x%08x",
	      caller, in, (const char *)site->member, site->hash, name, at, (u64)(uintptr_t)func,
	      kcfi_type_of(func));
}
