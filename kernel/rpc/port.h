/* SPDX-License-Identifier: GPL-2.0-only */
/* A port is a transport in service: its reader thread lives here. */
#pragma once

#include "kernel/rpc/connection.h"

void wire_port_put(struct wire_port *port);
