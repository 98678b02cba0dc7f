# SPDX-License-Identifier: GPL-2.0-only
# Loadable modules: the C files of a folder become build/modules/NAME.ko (for build/trellis.elf) and
# build/modules/host/NAME.ko (for build/trellis-host). A module fits one build of the kernel.
#
#   make module M=samples/hello           or, from anywhere: make -C TRELLIS module M=$PWD
module-flags = $(filter-out -MMD -MP,$(KFLAGS)) $(ROOM)

module-dirs := $(sort samples/hello tests/modules/kt_mod tests/modules/kt_user $(patsubst %/,%,$(M)))

# $(1): the module's folder; $(2): where to; $(3): the kernel; $(4): flags of its build
define module-rule
$(2)/$(notdir $(1)).ko: $(filter-out %.bpf.c,$(wildcard $(1)/*.c $(1)/*.h)) tools/make_module $(O)/$(3) $(RESOLVE_BTFIDS) $(KCFI)
	@mkdir -p $$(@D)
	$$(call say,MOD) tools/make_module $$@ $(O)/$(3) $(O)/$(basename $(3)).btf $(1) $(CC) $(module-flags) $(4)
endef
$(foreach m,$(module-dirs),\
    $(eval $(call module-rule,$(m),$(O)/modules,trellis.elf,$(RELEASE)))\
    $(eval $(call module-rule,$(m),$(O)/modules/host,trellis-host,$(RELEASE)))\
    $(eval $(call module-rule,$(m),$(O)/modules/test,trellis-test.elf,$(DEBUG)))\
    $(eval $(call module-rule,$(m),$(O)/modules/host-test,trellis-host-test,$(DEBUG))))

ifneq ($(M),)
module: $(foreach d,modules modules/host,$(O)/$(d)/$(notdir $(patsubst %/,%,$(M))).ko)
else
module:
	@echo "make module M=FOLDER: which folder has the module's C files?"; exit 2
endif
module: ## make module M=FOLDER: a loadable module of the C files in it
.PHONY: module

# The tests' modules as the boot archives of the test builds: build/modules/test.cpio, .../host-test.cpio.
module-tests := kt_mod.ko kt_user.ko
define module-archive
$(O)/modules/$(1).cpio: $(module-tests:%=$(O)/modules/$(1)/%)
	$$(call say,CPIO) (cd $$(basename $$@) && printf '%s\n' $(module-tests) | cpio -o -H newc --quiet) > $$@
endef
$(foreach k,test host-test,$(eval $(call module-archive,$(k))))
