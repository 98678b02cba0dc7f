/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-1 (FIPS 180-4, section 6.1): for program tags, which are names and no protection. */
#pragma once

#include "kernel/lib/types.h"

#define SHA1_DIGEST_SIZE 20

void sha1(const void *data, size_t n, u8 digest[SHA1_DIGEST_SIZE]);
