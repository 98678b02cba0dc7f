# SPDX-License-Identifier: GPL-2.0-only
# net-src: in every build.
net-src :=
