/* SPDX-License-Identifier: GPL-2.0-only */
/* The bare machine's transports. */
#pragma once

#include "kernel/rpc/transport.h"

/* Serves the wire on COM2, if there is one. */
bool com2_start(void);
