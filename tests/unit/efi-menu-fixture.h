/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A firmware with a disk and a menu for the tests of the stub with a person at the keyboard, and what a boot becomes. */
#ifndef CLEANSLATE_TESTS_UNIT_EFI_MENU_FIXTURE_H
#define CLEANSLATE_TESTS_UNIT_EFI_MENU_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/crc32.h"
#include "common/base/utf16.h"
#include "common/boot/handover.h"
#include "common/state/boot-trace.h"
#include "fake-firmware.h"

#define BREAK_GLASS "[BreakGlass]\nmode=allowed\n"

static inline void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

static inline void set_supported_indications(struct fake_firmware *firmware, uint64_t bits)
{
        uint8_t value[8];

        store_le64(value, bits);
        fake_set_variable(firmware, &guid_efi_global, "OsIndicationsSupported", value, sizeof(value));
}

/* settings: the text of .clnslt, NULL = no such section. */
static inline struct fake_firmware *with_settings(const char *settings)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".osrel", "ID=acme\nIMAGE_ID=robot\nIMAGE_VERSION=7\n");
        add_text(firmware, ".cmdline", "quiet");
        add_text(firmware, ".linux", "this is the kernel");
        if (settings != NULL)
                add_text(firmware, ".clnslt", settings);
        set_supported_indications(firmware, 0x41);
        fake_disk_add(&firmware->disk, "esp", "esp", 200);
        fake_disk_add(&firmware->disk, "root", "root", 400);
        fake_disk_add(&firmware->disk, "config", "config", 64);
        fake_disk_add(&firmware->disk, "var", "state", 1536);
        return firmware;
}

static inline struct handover handed_over(const struct fake_firmware *firmware)
{
        const char *archive = (const char *)firmware->kernel.initrd, *at, *end;
        struct handover handover = { 0 };

        at = memmem(archive, firmware->kernel.initrd_size, "mode=", 5);
        assert_non_null(at);
        end = strstr(at, "\npartition="); /* its last line, where it is known */
        end = strchr((end != NULL ? end : strstr(at, "\nrequest=")) + 1, '\n');
        assert_int_equal(handover_parse(at, (size_t)(end + 1 - at), &handover), ERR_OK);
        return handover;
}

static inline void assert_boots(struct fake_firmware *firmware, enum boot_mode mode, enum boot_reason reason)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
        assert_int_equal(handed_over(firmware).choice.mode, mode);
        assert_int_equal(handed_over(firmware).choice.reason, reason);
}

static inline void assert_resets(struct fake_firmware *firmware, EFI_RESET_TYPE type)
{
        EFI_STATUS status;

        assert_false(fake_run(firmware, &status));
        assert_true(firmware->was_reset);
        assert_int_equal(firmware->reset_type, type);
}

static inline bool exists(const struct fake_firmware *firmware, const char *name)
{
        return fake_find_variable(firmware, &guid_loader_interface, name) != NULL;
}

#endif
