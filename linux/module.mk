# SPDX-License-Identifier: GPL-2.0-or-later
# linux/: one adapter per outside thing.
LINUX_SOURCES := $(wildcard linux/*/*.c)
LINUX_LIBS    := -lcryptsetup -ldevmapper -lfdisk -lblkid -lkmod -ltss2-esys -ltss2-mu -ltss2-tctildr -ltss2-rc -lcrypto -luring -lz -lnvme -ljson-c -lpthread
$(BUILD)/host/linux.a: $(call objects,host,$(LINUX_SOURCES))
$(BUILD)/asan/linux.a: $(call objects,asan,$(LINUX_SOURCES))
