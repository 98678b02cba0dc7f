/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of a verifier test, as a run finds and as it leaves them: arrays and hash maps, with and without CPUs. Hosted. */
#pragma once

#include "kernel/lib/types.h"
#include "tests/verifier_load.h"

#define FUZZ_IMAGE_MAX 16384 /* bytes that are compared */

struct map_image {
	u32 len;
	u64 entries;		  /* of hash maps, whatever their order */
	u64 percpu;		  /* of all maps with a value for each CPU */
	u8 bytes[FUZZ_IMAGE_MAX]; /* of arrays */
};

/* The same values for the same @seed. */
void fuzz_maps_fill(const struct verifier_kernel *k, const struct verifier_build *b, u64 seed);
void fuzz_maps_read(const struct verifier_kernel *k, const struct verifier_build *b,
		    struct map_image *image);
/* NULL, or what is another. Between kernels, maps with a value for each CPU do not count. */
const char *fuzz_maps_difference(const struct map_image *a, const struct map_image *b,
				 bool same_kernel);
