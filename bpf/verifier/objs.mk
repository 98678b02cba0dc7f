# SPDX-License-Identifier: GPL-2.0-only
# verifier-src: in every build.
verifier-src :=
