# SPDX-License-Identifier: GPL-2.0-or-later
# reset-tool/: the `cleanslate` command. Takes from the archives only what it uses, so that it links against libc alone; what needs
# more libraries is in a program of its own, which it starts.
TOOL_SOURCES := $(wildcard reset-tool/*.c)
TOOL         := $(BUILD)/reset-tool/cleanslate
INSPECT      := $(BUILD)/reset-tool/cleanslate-inspect
INSPECT_PATH := /usr/lib/cleanslate/cleanslate-inspect
PREFIX       ?= /usr

$(BUILD)/host/reset-tool.a: $(call objects,host,$(filter-out reset-tool/main.c,$(TOOL_SOURCES)))

$(BUILD)/host/reset-tool/%.o: HOST_FLAGS += -DCLEANSLATE_INSPECT_PATH='"$(INSPECT_PATH)"'
$(BUILD)/host/reset-tool/main-inspect.o: reset-tool/main.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HOST_FLAGS) -DCLEANSLATE_INSPECT -MMD -MP -c $< -o $@

$(INSPECT): $(BUILD)/host/reset-tool/main-inspect.o $(BUILD)/host/reset-tool.a $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

$(TOOL): $(BUILD)/host/reset-tool/main.o $(BUILD)/host/reset-tool.a $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

# The service: what the commands are made of, with libsystemd, which the command does without.
SERVICE_SOURCES := $(wildcard reset-tool/service/*.c)
SERVICE         := $(BUILD)/reset-tool/cleanslated
$(SERVICE): $(call objects,host,$(SERVICE_SOURCES)) $(BUILD)/host/reset-tool.a $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS) -lsystemd
$(call objects,host,reset-tool/service/descriptions.c): $(wildcard reset-tool/varlink/*)

# the commands without main(), ahead of the archives they need
RESET_TOOL_TESTS := $(filter $(BUILD)/unit/test-reset-tool%,$(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test-*.c)))
$(RESET_TOOL_TESTS): $(BUILD)/unit/%: $(BUILD)/asan/tests/unit/%.o $(call objects,asan,$(filter-out reset-tool/main.c,$(TOOL_SOURCES))) \
                                      $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $^ -lcmocka $(LINUX_LIBS)

# The commands without main(), so that its parts can be tested like libraries.
$(BUILD)/asan/reset-tool.a: $(call objects,asan,$(filter-out reset-tool/main.c,$(TOOL_SOURCES)))

$(BUILD)/unit/test-inspection: $(BUILD)/asan/reset-tool/inspection.o

$(BUILD)/unit/test-service-client: $(call objects,asan,reset-tool/service/client.c reset-tool/service/reply.c)
$(BUILD)/unit/test-service-client: LINUX_LIBS += -lsystemd

$(BUILD)/unit/test-reset-key: $(BUILD)/asan/reset-tool/reset-key.o

$(BUILD)/unit/test-preserve-request: $(BUILD)/asan/reset-tool/preserve-request.o

$(BUILD)/unit/test-hooks: $(BUILD)/asan/reset-tool/hooks.o $(BUILD)/asan/reset-tool/boot-context.o $(BUILD)/asan/reset-tool/running-image.o

$(BUILD)/unit/test-preserve-collect: $(BUILD)/asan/reset-tool/preserve-collect.o $(BUILD)/asan/reset-tool/boot-context.o

$(BUILD)/unit/test-schedule-tool: $(call objects,asan,tests/unit/test-schedule-tool.c $(filter-out reset-tool/main.c,$(TOOL_SOURCES))) \
                                  $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $^ -lcmocka $(LINUX_LIBS)

$(BUILD)/unit/test-plan-tool: $(call objects,asan,tests/unit/test-plan-tool.c $(filter-out reset-tool/main.c,$(TOOL_SOURCES))) \
                              $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $^ -lcmocka -ljson-c $(LINUX_LIBS)

$(BUILD)/unit/test-certificate-tool: $(call objects,asan,tests/unit/test-certificate-tool.c $(filter-out reset-tool/main.c,$(TOOL_SOURCES))) \
                                     $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $^ -lcmocka $(LINUX_LIBS)

$(BUILD)/unit/test-certificate-boot: $(call objects,asan,tests/unit/test-certificate-boot.c $(filter-out reset-tool/main.c,$(TOOL_SOURCES))) \
                                     $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $^ -lcmocka $(LINUX_LIBS)

all: $(TOOL) $(INSPECT) $(SERVICE)

.PHONY: install-reset-tool
install-reset-tool: $(TOOL) $(INSPECT) $(SERVICE) ## the cleanslate command, its units, man page and completion, below DESTDIR
	install -Dm755 $(TOOL) $(DESTDIR)$(PREFIX)/bin/cleanslate
	install -Dm755 $(INSPECT) $(DESTDIR)$(INSPECT_PATH)
	install -Dm755 $(SERVICE) $(DESTDIR)$(PREFIX)/lib/cleanslate/cleanslated
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/varlink $(wildcard reset-tool/varlink/io.*)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/polkit-1/actions reset-tool/polkit/io.cleanslate.factoryreset.policy
	install -Dm644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system $(wildcard reset-tool/units/*)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system-preset reset-tool/90-cleanslate.preset
	install -Dm644 -t $(DESTDIR)$(PREFIX)/lib/systemd/catalog $(wildcard reset-tool/catalog/*)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/cleanslate.1
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man7 docs/man/cleanslate-stub.7
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man8 docs/man/cleanslate-service.8 docs/man/cleanslate-initrd.8
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man5 docs/man/cleanslate.conf.5
	install -Dm644 reset-tool/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/cleanslate
	install -Dm644 reset-tool/completion.zsh $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_cleanslate
