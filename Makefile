# SPDX-License-Identifier: GPL-2.0-or-later
# One non-recursive makefile: each folder's module.mk says what it adds. Everything made lands under $(BUILD).
# `make help` lists the targets.

BUILD  ?= build
VERSION := 0.1
ARCH   ?= $(shell uname -m)
CC     := gcc
PYTHON := /usr/bin/python3
JOBS   ?= $(shell nproc)
export SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),1)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wundef \
            -Wimplicit-fallthrough -Wformat=2 -Wno-unused-parameter -Wno-format-truncation
CFLAGS   ?= -O2 -g
COMMON_FLAGS := -std=gnu11 -I. -I$(BUILD)/po $(WARNINGS) -ffile-prefix-map=$(CURDIR)=. -DCLEANSLATE_VERSION='"$(VERSION)"'
HOST_FLAGS   := $(COMMON_FLAGS) $(CFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fstack-protector-strong -fPIE
SANITIZE     ?= -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN_FLAGS   := $(COMMON_FLAGS) -D_GNU_SOURCE -Og -g1 -fno-omit-frame-pointer $(SANITIZE)

# short lines by default, whole commands with V=1
V ?=
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

.PHONY: all help deps image demo check check-all check-reproducible vm bench fuzz powercut install clean lint format unit fuzz-corpora
.DELETE_ON_ERROR:
.SECONDARY:
all:

# Where the objects of a folder go, one tree a flavour: host (what ships), asan (unit tests). efi/module.mk adds its own.
$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HOST_FLAGS) -MMD -MP -c $< -o $@
$(BUILD)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -MMD -MP -c $< -o $@
$(BUILD)/%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $^

objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

include $(wildcard common/po/module.mk common/module.mk linux/module.mk efi/module.mk initrd/module.mk reset-tool/module.mk images/module.mk \
                   tests/unit/module.mk tests/fuzz/module.mk tests/clang/module.mk tests/tool/module.mk tests/uml/module.mk tests/attack/module.mk tests/qemu/module.mk tests/interop/module.mk tests/repart/module.mk bench/module.mk images/deb/module.mk)

-include $(shell find $(BUILD) \( -path $(BUILD)/deb -o -path $(BUILD)/tests -o -path $(BUILD)/interop -o -path $(BUILD)/repart \) -prune -o -type f -name '*.d' -print 2>/dev/null)

# Of the scenarios of whole machines most take turns, by the number of commits: tests/qemu/turns.py says why.
TURNS := 32
TOGETHER := -j $(JOBS) --output-sync=target
check: export CLEANSLATE_TURN ?= $(shell expr $$(git rev-list --count HEAD 2>/dev/null || echo 0) % $(TURNS) + 1)/$(TURNS)
check: ## everything CI runs: packages, lint, unit, fuzz corpora, the builder, whole machines
	$(MAKE) deps
	$(MAKE) $(TOGETHER) all lint unit tool-test check-freestanding check-doors fuzz-corpora clang repart-compare repart-test
	$(MAKE) $(TOGETHER) image check-reproducible
	$(MAKE) images-test attack uml qemu

check-all: ## the same with every scenario of whole machines, and the clients of others, some hours without KVM
	$(MAKE) check CLEANSLATE_TURN=
	$(MAKE) interop repart-compare-later

powercut: image ## cut the power at CUTS (default 50) random instants of a reset
	CLEANSLATE_POWER_CUTS=$(or $(CUTS),50) $(MAKE) qemu QEMU_TESTS=tests/qemu/test_power_cut.py

# Two builds of what ships, the second one in another directory: the same bytes. What ships is what is installed, of which the
# packages are made, and the archive around the initrd's program; so nothing that is added to either can be left out here.
AGAIN := $(BUILD)/again
check-reproducible: all $(INITRD_ARCHIVE) ## build what ships twice and compare
	@rm -rf $(AGAIN) && mkdir -p $(AGAIN)/tree
	@git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents -t $(AGAIN)/tree
	@mkdir -p $(AGAIN)/tree/build/images && cp -a $(BUILD)/images/kernel $(AGAIN)/tree/build/images/
	@touch $(AGAIN)/tree/build/images/kernel/release
	@$(MAKE) -s install DESTDIR=$(abspath $(AGAIN))/first >$(AGAIN)/log 2>&1 && \
	    $(MAKE) -s -C $(AGAIN)/tree BUILD=build SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) all build/initrd/initrd.cpio.zst >>$(AGAIN)/log 2>&1 && \
	    $(MAKE) -s -C $(AGAIN)/tree BUILD=build SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) install DESTDIR=$(abspath $(AGAIN))/second >>$(AGAIN)/log 2>&1 || \
	    { cat $(AGAIN)/log; false; }
	@cp $(INITRD_ARCHIVE) $(AGAIN)/first/ && cp $(AGAIN)/tree/build/initrd/initrd.cpio.zst $(AGAIN)/second/
	@diff -r $(AGAIN)/first $(AGAIN)/second
	@cd $(AGAIN)/first && echo "reproducible: $$(find . -type f | wc -l) files, of which were compiled or packed: $$(find . -type f \
	    -exec grep -LI . {} + | sed 's|.*/||' | sort | tr '\n' ' ')"
	@rm -rf $(AGAIN)

install: all install-reset-tool install-image-builder ## install under DESTDIR

lint: ## format, the dependency law, types
	tests/lint.sh

format: ## clang-format over the tree
	clang-format -i $$(git ls-files '*.c' '*.h')

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile */module.mk */*/module.mk 2>/dev/null | sort | awk -F':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

clean: ## remove everything that was built
	rm -rf $(BUILD)
