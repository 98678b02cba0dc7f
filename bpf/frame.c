// SPDX-License-Identifier: GPL-2.0-only
/* Stack frames of generated code as text (bpf/frame.h). */
#include "bpf/frame.h"

#include "kernel/lib/printf.h"

const char *bpf_frame_line(const struct bpf_frame_slot *slot, char *buf, u32 size)
{
	char what[32], from[24] = "", where[8];

	if (slot->arg == BPF_FRAME_NO_ARG)
		scnprintf(what, sizeof(what), "%s%s%s", slot->what, slot->reg ? " " : "",
			  slot->reg ?: "");
	else
		scnprintf(what, sizeof(what), "%s[%d]", slot->what, slot->arg);
	if (slot->arg != BPF_FRAME_NO_ARG && slot->reg)
		scnprintf(from, sizeof(from), "came in %s", slot->reg);
	else if (slot->size != 8)
		scnprintf(from, sizeof(from), "%u byte%s", slot->size, PLURAL(slot->size));
	scnprintf(where, sizeof(where), slot->off ? "%+d" : "%d", slot->off);
	if (*from)
		scnprintf(buf, size, "%6s | %-22s %s", slot->kept ?: where, what, from);
	else
		scnprintf(buf, size, "%6s | %s", slot->kept ?: where, what);
	return buf;
}
