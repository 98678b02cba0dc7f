# SPDX-License-Identifier: GPL-2.0-only
# verifier-src: in every build.
verifier-src := $(addprefix bpf/verifier/,tnum.c reg_bounds.c scalar_alu.c branches.c)
