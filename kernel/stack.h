/* SPDX-License-Identifier: GPL-2.0-only */
/* Thread stacks: THREAD_STACK_SIZE usable bytes above an unmapped guard page. */
#pragma once

#include "kernel/lib/types.h"

/* The lowest usable byte of a new stack, or NULL. */
void *stack_alloc(void);
void stack_free(void *stack);
