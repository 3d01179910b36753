# SPDX-License-Identifier: GPL-2.0-or-later
# common/po/: the catalogs. Where there is a libc without room for gettext's, in the initrd, they are a table of common/base/message.c.
MESSAGE_TABLE := $(BUILD)/po/message-table.h

$(BUILD)/po/%.mo: common/po/%.po
	@mkdir -p $(@D)
	$(call say,MSGFMT,$@)
	$(Q)msgfmt --check -o $@ $<
$(MESSAGE_TABLE): $(BUILD)/po/de.mo common/po/compile.py
	$(Q)$(PYTHON) common/po/compile.py $< > $@
# every flavour of common/base/message.o, the fuzzers' among them
$(patsubst %,$(BUILD)/%/common/base/message.o,host asan efi-obj asan-efi fuzz-obj efi fuzz): $(MESSAGE_TABLE)

.PHONY: messages
messages: ## collect the texts for people into common/po/cleanslate.pot and merge them into the catalogs
	xgettext --keyword= --keyword=N_ --from-code=UTF-8 --no-location --sort-output --package-name=cleanslate --files-from=common/po/POTFILES \
	    --output=- | sed '/^"POT-Creation-Date/d' > common/po/cleanslate.pot
	msgmerge --quiet --sort-output --no-fuzzy-matching --update --backup=none common/po/de.po common/po/cleanslate.pot
