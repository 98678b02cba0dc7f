# SPDX-License-Identifier: GPL-2.0-only
# Loadable modules: the C files of a folder become build/modules/NAME.ko (for build/trellis.elf) and
# build/modules/host/NAME.ko (for build/trellis-host). A module fits one build of the kernel.
#
#   make module M=samples/hello           or, from anywhere: make -C TRELLIS module M=$PWD
module-flags := $(KFLAGS) -DMODULE -Wno-missing-prototypes

# $(1): subfolder; $(2): the kernel; $(3): flags of its build.
define module-kind
module-rule-$(1) = $$(eval $$(call module-rule,$$(1),$$(notdir $$(1)),$(O)/modules/$(1),$(O)/$(2),$(O)/$(basename $(2)).btf,$(3)))
endef
# $(1): folder; $(2): name; $(3): where to; $(4): kernel; $(5): its BTF; $(6): flags
define module-rule
$(3)/$(2).ko: $(wildcard $(1)/*.c $(1)/*.h) tools/make_module $(4) $(RESOLVE_BTFIDS)
	$$(call say,MOD) tools/make_module $$@ $(4) $(5) $(1) $(CC) $(filter-out -MMD -MP,$(module-flags)) $(6)
endef
$(eval $(call module-kind,.,trellis.elf,$(RELEASE)))
$(eval $(call module-kind,host,trellis-host,$(RELEASE)))
$(eval $(call module-kind,test,trellis-test.elf,$(DEBUG)))
$(eval $(call module-kind,host-test,trellis-host-test,$(DEBUG)))

ifneq ($(M),)
module-dir := $(patsubst %/,%,$(M))
$(call module-rule-.,$(module-dir))
$(call module-rule-host,$(module-dir))
module: $(addsuffix /$(notdir $(module-dir)).ko,$(O)/modules/. $(O)/modules/host)
else
module:
	@echo "make module M=FOLDER: which folder has the module's C files?"; exit 2
endif
module: ## make module M=FOLDER: a loadable module of the C files in it
.PHONY: module
