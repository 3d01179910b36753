# SPDX-License-Identifier: GPL-2.0-or-later
# reset-tool/: the `cleanslate` command. Takes from linux.a only what it uses, so that it links against libc alone.
TOOL_SOURCES := $(wildcard reset-tool/*.c)
TOOL         := $(BUILD)/reset-tool/cleanslate
PREFIX       ?= /usr

$(TOOL): $(call objects,host,$(TOOL_SOURCES)) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

# The service: what the commands are made of, with libsystemd, which the command does without.
SERVICE_SOURCES := $(wildcard reset-tool/service/*.c)
SERVICE         := $(BUILD)/reset-tool/cleanslated
SERVICE_SHARED  := asking history json-members machine requester status-json
$(SERVICE): $(call objects,host,$(SERVICE_SOURCES) $(SERVICE_SHARED:%=reset-tool/%.c)) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS) -lsystemd
$(call objects,host,reset-tool/service/descriptions.c): $(wildcard reset-tool/varlink/*)

# the commands without main(), ahead of the archives they need
$(BUILD)/unit/test-reset-tool: $(call objects,asan,tests/unit/test-reset-tool.c $(filter-out reset-tool/main.c,$(TOOL_SOURCES))) \
                               $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $^ -lcmocka $(LINUX_LIBS)

all: $(TOOL) $(SERVICE)

.PHONY: install-reset-tool
install-reset-tool: $(TOOL) $(SERVICE) ## the cleanslate command, its units, man page and completion, below DESTDIR
	install -Dm755 $(TOOL) $(DESTDIR)$(PREFIX)/bin/cleanslate
	install -Dm755 $(SERVICE) $(DESTDIR)$(PREFIX)/lib/cleanslate/cleanslated
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/varlink $(wildcard reset-tool/varlink/io.*)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/polkit-1/actions reset-tool/polkit/io.cleanslate.factoryreset.policy
	install -Dm644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system $(wildcard reset-tool/units/*)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/cleanslate.1
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man8 docs/man/cleanslate-service.8
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man5 docs/man/cleanslate.conf.5
	install -Dm644 reset-tool/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/cleanslate

# What an image takes of it: the tree that the installation leaves.
$(BUILD)/reset-tool/installed/.made: $(TOOL) $(SERVICE) $(wildcard reset-tool/units/* reset-tool/varlink/* reset-tool/polkit/* docs/man/*) reset-tool/completion.bash reset-tool/module.mk
	@rm -rf $(@D)
	$(Q)$(MAKE) -s --no-print-directory install-reset-tool DESTDIR=$(@D)/tree
	@touch $@
