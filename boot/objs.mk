# SPDX-License-Identifier: GPL-2.0-only
# boot-src: entry code, first in the image.
boot-src := boot/header.S boot/entry.S
