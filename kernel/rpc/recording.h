/* SPDX-License-Identifier: GPL-2.0-only */
/* The head of a recording; frames follow. See docs/wire.md, "Recordings". */
#pragma once

#include "kernel/rpc/wire.h"

#define WIRE_RECORDING_MAGIC "TRLSREC1"

struct wire_recording {
	char magic[8]; /* WIRE_RECORDING_MAGIC */
	u8 build_id[WIRE_BUILD_ID];
	u32 blocks; /* bpf(2) calls and closes */
	char name[WIRE_NAME_LEN];
};
_Static_assert(sizeof(struct wire_recording) == 64, "recording head");
