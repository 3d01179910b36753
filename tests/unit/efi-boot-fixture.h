/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image and a firmware for the tests of the stub from its first instruction to the kernel's: what is in the image, what is
 * asked for, and what is seen of a boot afterwards. */
#ifndef CLEANSLATE_TESTS_UNIT_EFI_BOOT_FIXTURE_H
#define CLEANSLATE_TESTS_UNIT_EFI_BOOT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/handover.h"
#include "common/boot/pcr-mode.h"
#include "common/format/mok-table.h"
#include "fake-firmware.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"

#define OS_RELEASE   "ID=acme\nIMAGE_ID=robot\n"
#define COMMAND_LINE "console=ttyS0 quiet\n"
#define KERNEL       "this is the kernel"
#define INITRD       "initrd" /* two bytes short of a multiple of four */
#define SIGNATURE    "{\"sha256\":[]}"
#define PUBLIC_KEY   "-----BEGIN PUBLIC KEY-----\n"
#define REQUEST_OURS "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"robot\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"

static inline void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

/* In an order that is not the measuring order. */
static inline struct fake_firmware *with_image(const char *command_line)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".sbat", "sbat,1\n");
        add_text(firmware, ".osrel", OS_RELEASE);
        if (command_line != NULL)
                add_text(firmware, ".cmdline", command_line);
        add_text(firmware, ".pcrsig", SIGNATURE);
        add_text(firmware, ".pcrpkey", PUBLIC_KEY);
        add_text(firmware, ".uname", "6.1.0");
        add_text(firmware, ".initrd", INITRD);
        add_text(firmware, ".linux", KERNEL);
        return firmware;
}

static inline void set_request(struct fake_firmware *firmware, const char *json)
{
        uint8_t value[1024];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(json, strlen(json), &writer);
        assert_false(writer.overflow);
        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, writer.size);
}

static inline void set_progress(struct fake_firmware *firmware, const char *slot, enum reset_phase phase, uint32_t failures)
{
        struct progress progress = { .sequence = 3, .phase = phase, .attempts = failures + 1, .failures = failures };
        uint8_t encoded[PROGRESS_ENCODED_SIZE];
        struct progress_keys keys;

        device_secret_keys(&fake_device_secret, &keys);
        progress_encode(&progress, progress_key(&keys, progress.origin), encoded);
        fake_set_variable(firmware, &guid_cleanslate, slot, encoded, sizeof(encoded));
}

static inline void assert_boots(struct fake_firmware *firmware)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
        assert_int_equal(firmware->kernel.initrd_status, EFI_SUCCESS);
}

/* The stub comes back with exactly this error, says this, and leaves nothing behind. */
static inline void assert_fails(struct fake_firmware *firmware, EFI_STATUS expected, const char *words)
{
        EFI_STATUS status;

        assert_false(fake_run(firmware, &status));
        assert_true(status == expected);
        assert_non_null(strstr(firmware->console, words));
        assert_false(fake_serves_initrd(firmware));
        assert_int_equal(firmware->pool_blocks, 0);
}

/* A file's content in the archive behind the initrd, found by its path: newc has the header of 110 bytes right before that, its
 * size as eight hexadecimal digits at 54 of those. data == NULL: absent. */
static inline struct bytes find_file(const struct fake_firmware *firmware, const char *path)
{
        const uint8_t *initrd = firmware->kernel.initrd;
        size_t length = strlen(path) + 1, end = firmware->kernel.initrd_size;

        for (size_t at = 110; at + length < end; at++) {
                const uint8_t *header = initrd + at - 110;
                char digits[9] = { 0 };
                size_t size, content = (at + length + 3) / 4 * 4;

                if (memcmp(initrd + at, path, length) != 0)
                        continue;
                assert_memory_equal(header, "070701", 6);
                memcpy(digits, header + 54, 8);
                size = strtoul(digits, NULL, 16);
                assert_true(range_fits(end, content, size));
                return (struct bytes){ initrd + content, size };
        }
        return (struct bytes){ 0 };
}

static inline void assert_file_is(const struct fake_firmware *firmware, const char *path, const char *content)
{
        struct bytes file = find_file(firmware, path);

        assert_int_equal(file.size, strlen(content));
        assert_memory_equal(file.data, content, file.size);
}

static inline struct handover handed_over(const struct fake_firmware *firmware)
{
        struct bytes text = find_file(firmware, HANDOVER_PATH);
        struct handover handover;

        assert_non_null(text.data);
        assert_int_equal(handover_parse((const char *)text.data, text.size, &handover), ERR_OK);
        return handover;
}

/* What common/format/pcr predicts for the image and this mode, as the image builder signs it. */
static inline void assert_pcr_is_predicted(const struct fake_firmware *firmware, enum boot_mode mode)
{
        uint8_t predicted[SHA256_SIZE];
        struct uki uki;

        assert_int_equal(uki_find_sections(firmware->image, firmware->image_size, UKI_LOADED, 0, &uki), ERR_OK);
        pcr_predict_sections(sha256_chunks, &uki, predicted);
        pcr_mode_extend(sha256_chunks, predicted, mode);
        assert_memory_equal(firmware->pcrs[PCR_KERNEL_IMAGE], predicted, SHA256_SIZE);
}

#endif
