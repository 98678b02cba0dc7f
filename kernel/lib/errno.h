/* SPDX-License-Identifier: GPL-2.0-only */
/* Error numbers: the UAPI's, and the two kernel-internal ones that bpf(2) lets user space see. */
#pragma once

#include <linux/errno.h>

#ifndef ERESTARTSYS
#define ERESTARTSYS 512
#endif
/* What Linux's bpf(2) answers for "this kind of object cannot do that"; not EOPNOTSUPP (95). */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif
