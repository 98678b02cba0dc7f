# SPDX-License-Identifier: GPL-2.0-only
# Unit tests: one program for each tests/unit/test_NAME.c; its sources are listed in unit-NAME.
