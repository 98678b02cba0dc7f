// SPDX-License-Identifier: GPL-2.0-only
/* The banner. */
#include "kernel/version.h"
#include "kernel/lib/types.h"

const char trellis_banner[] = "Trellis " TRELLIS_VERSION
#if TRELLIS_DEBUG
			      " (debug)"
#endif
			      ", compiler " __VERSION__;
