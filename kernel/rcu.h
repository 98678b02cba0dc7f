/* SPDX-License-Identifier: GPL-2.0-only */
/* The inner side of RCU; what others use is in kernel/sync.h. */
#pragma once

/* Starts the thread that calls callbacks. Until then callbacks queue up. */
void rcu_init(void);
/* Notes that this CPU is in no read section. Panics if it is in one. */
void rcu_quiescent_state(void);
