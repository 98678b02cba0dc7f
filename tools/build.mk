# SPDX-License-Identifier: GPL-2.0-only
# How images and host tools are linked.
