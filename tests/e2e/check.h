/* SPDX-License-Identifier: GPL-2.0-only */
/* For programs that end-to-end tests run: what does not hold is said on standard error, and ends them with 1. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: expected %s; errno %d (%s)\n", __FILE__, __LINE__, \
				#cond, errno, strerror(errno));                                    \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)
