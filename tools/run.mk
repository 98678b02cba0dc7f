# SPDX-License-Identifier: GPL-2.0-only
# make run: the kernel with the samples attached, as recordings of libbpf's calls that it replays at boot.
$(O)/boot.cpio: $(O)/trellis.elf $(O)/trellis $(SAMPLE_OBJS) samples/boot.cmd tools/record-samples
	$(call say,CPIO) tools/record-samples $(O) $@ samples/boot.cmd $(SAMPLE_OBJS)

run: $(O)/boot.cpio $(DOC_OBJS) ## boot in QEMU with the samples attached, and simulate two flows
	@tools/run $(O)
.PHONY: run
