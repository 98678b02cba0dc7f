/* SPDX-License-Identifier: GPL-2.0-only */
/* What this build is called. */
#pragma once

#define TRELLIS_VERSION "0.1"

/* One line: name, version, build. */
extern const char trellis_banner[];
