/* SPDX-License-Identifier: GPL-2.0-only */
/* The shell command "crash", which ends the machine in one of the ways that tests must notice. */
#pragma once

void crash_init(void);
/* The shell command "misuse", which breaks one of the kernel's own rules. */
void misuse_init(void);
/* The shell command "jit-plant", which makes interpreter and machine code differ. */
void jit_plant_init(void);
