# SPDX-License-Identifier: GPL-2.0-or-later
# images/deb/: Debian packages of what ships. Debian wants its files in debian/ at the root of a source tree, so a tree is staged
# that has them there.
DEB        := $(BUILD)/deb
DEB_TREE   := $(DEB)/cleanslate-$(VERSION)
DEB_FILES  := $(wildcard images/deb/*) images/deb/source/format

.PHONY: deb
deb: $(DEB)/.made ## Debian packages, checked by lintian: build/deb/*.deb
$(DEB)/.made: $(shell git ls-files efi common linux initrd reset-tool images docs README.md Makefile 2>/dev/null) $(DEB_FILES)
	@rm -rf $(DEB) && mkdir -p $(DEB_TREE)/debian
	@git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents -t $(DEB_TREE)
	@cp -r $(filter-out %/module.mk %/source/format,$(DEB_FILES)) $(DEB_TREE)/debian/
	@printf 'cleanslate (%s) unstable; urgency=medium\n\n  * A build of the source tree; its history is in git.\n\n -- %s  %s\n' \
	    '$(VERSION)' "$$(sed -n 's/^Maintainer: //p' images/deb/control)" "$$(date -u -R -d @$(SOURCE_DATE_EPOCH))" >$(DEB_TREE)/debian/changelog
	$(call say,DEB,$(DEB))
	@cd $(DEB_TREE) && dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes >../log 2>&1 || { tail -40 ../log; false; }
	$(call say,LINTIAN,$(DEB))
	@lintian --fail-on error,warning --allow-root --suppress-tags initial-upload-closes-no-bugs $(DEB)/*.changes
	@rm -rf $(DEB_TREE)
	@ls $(DEB)/*.deb && touch $@
