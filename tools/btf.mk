# SPDX-License-Identifier: GPL-2.0-only
# Kernel BTF. An image is linked twice: NAME.first.elf has DWARF for pahole, NAME.elf has NAME.btf.o too;
# then resolve_btfids fills in .BTF_ids (in the recipe that links, as it changes the file in place).
# Hosted programs: tools/link_btf does all of it, and needs $(RESOLVE_BTFIDS) as a prerequisite:
#
#   $(O)/x: $(x-objs) | $(RESOLVE_BTFIDS)
#   	tools/link_btf $@ $(CC) -no-pie $^
RESOLVE_BTFIDS := $(O)/resolve_btfids

$(RESOLVE_BTFIDS): tools/resolve_btfids.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $< -lbpf -lelf -lz

# Type hashes of what is called through pointers: kernel/lib/kcfi.h.
KCFI := $(O)/kcfi
$(KCFI): tools/kcfi.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=gnu11 -O2 -g $(WARN) -o $@ $< -lbpf -lelf -lz

%.btf: %.first.elf
	$(call say,BTF) tools/make_btf $< $@
%.btf.o: %.btf
	$(call say,AS) printf '.section .BTF,"a"\n.balign 8\n.incbin "%s"\n' $< | $(CC) -x assembler -c - -o $@
