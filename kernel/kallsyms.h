/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of addresses: the kernel's own functions and, added and removed at run time, BPF images.
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * The symbol that @addr lies in: its name into *@name (lives as long as the symbol), the distance from
 * its start into *@offset. False if it lies in none. From any context.
 */
bool kallsyms_lookup(u64 addr, const char **name, u64 *offset);

/* Names [start, start + size). @name is copied. 0 or -ENOMEM. */
int kallsyms_add_image(const char *name, u64 start, u64 size);
/* Takes all names away that begin in [start, start + size). */
void kallsyms_remove_image(u64 start, u64 size);

/* Bytes of memory that the names beginning in [start, start + size) take. */
u64 kallsyms_image_mem(u64 start, u64 size);

/* The address of the kernel symbol @name, or 0. */
u64 kallsyms_lookup_name(const char *name);

/*
 * Calls @func for each symbol, the kernel's in order of address, then the images'; @type is nm's letter
 * ('t' for images). Stops, and returns what @func returned, as soon as that is not 0. @func must not sleep.
 */
int kallsyms_for_each(int (*func)(void *arg, u64 addr, char type, const char *name), void *arg);
