/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub's smaller parts by themselves: device paths as firmware writes them, the initrd's LoadFile2 interface, the texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "efi/console.h"
#include "efi/device-path.h"
#include "efi/initrd-media.h"
#include "fake-firmware.h"
#include "under-personalities.h"

#define END_OF_PATH 0x7f, 0xff, 4, 0

/* Only what the functions under test call. */
static struct platform platform_of(struct fake_firmware *firmware)
{
        return (struct platform){ .image = NULL, .system = &firmware->system };
}

static void file_nodes_become_one_path_with_backslashes(void **state)
{
        static const struct {
                const char *text;
                uint8_t path[40];
        } cases[] = {
                { "\\a\\b", { 4, 4, 14, 0, '\\', 0, 'a', 0, '\\', 0, 'b', 0, 0, 0, END_OF_PATH } },
                { "\\a\\b", { 4, 4, 8, 0, 'a', 0, 0, 0, 4, 4, 8, 0, 'b', 0, 0, 0, END_OF_PATH } },
                { "\\a", { 4, 4, 6, 0, 'a', 0, END_OF_PATH } }, /* no NUL in the node */
                { "\\a", { 1, 1, 6, 0, 2, 2, 4, 4, 8, 0, 'a', 0, 0, 0, END_OF_PATH } },
                { "", { END_OF_PATH } },
                { "", { 4, 4, 4, 0, END_OF_PATH } },              /* an empty name */
                { "", { 4, 4, 3, 0, 4, 4, 8, 0, 'a', 0, 0, 0 } }, /* a node shorter than its header ends the path */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[32];
                struct writer writer = writer_over(text, sizeof(text));

                device_path_file((const EFI_DEVICE_PATH *)cases[i].path, &writer);
                assert_string_equal(text, cases[i].text);
        }
}

static void absent_file_path_is_no_text(void **state)
{
        char text[4];
        struct writer writer = writer_over(text, sizeof(text));

        device_path_file(NULL, &writer);
        assert_string_equal(text, "");
}

/* A hard drive node names a partition only by a GPT's GUID; an MBR's signature is none. */
static void only_a_gpt_partition_has_an_identity(void **state)
{
        struct fake_firmware *firmware = fake_new();
        struct platform platform = platform_of(firmware);
        struct fake_handle *device = firmware->self.DeviceHandle;
        uint8_t mbr[46] = { 4, 1, 42, 0, [24] = 1, 2, 3, 4, [40] = 1, 1, END_OF_PATH };
        uint8_t cut[] = { 4, 1, 24, 0, [24] = END_OF_PATH };
        struct guid partition = { { 0 } };

        assert_true(device_path_partition(&platform, device, &partition));
        assert_true(guid_equal(&partition, &fake_partition));
        partition = (struct guid){ { 0 } };
        device->protocols[0].interface = mbr;
        assert_false(device_path_partition(&platform, device, &partition));
        device->protocols[0].interface = cut;
        assert_false(device_path_partition(&platform, device, &partition));
        device->protocols[0].interface = NULL;
        assert_false(device_path_partition(&platform, device, &partition));
        assert_false(device_path_partition(&platform, NULL, &partition));
        assert_true(guid_is_zero(&partition));
        fake_done(firmware);
}

static void initrd_is_served_as_load_file2_is_specified(void **state)
{
        struct fake_firmware *firmware = fake_new();
        struct platform platform = platform_of(firmware);
        struct initrd_media media = { 0 };
        EFI_DEVICE_PATH path = { 0 };
        uint8_t buffer[16];
        UINTN size = 0;

        initrd_media_add(&media, (struct bytes){ (const uint8_t *)"abcde", 5 });
        initrd_media_add(&media, (struct bytes){ NULL, 0 });
        initrd_media_add(&media, (struct bytes){ (const uint8_t *)"fghi", 4 });
        assert_int_equal(initrd_media_install(&platform, &media), EFI_SUCCESS);
        assert_true(fake_serves_initrd(firmware));
        assert_true(media.protocol.LoadFile(&media.protocol, &path, FALSE, &size, NULL) == EFI_BUFFER_TOO_SMALL);
        assert_int_equal(size, 12);
        size = 11;
        memset(buffer, 'x', sizeof(buffer));
        assert_true(media.protocol.LoadFile(&media.protocol, &path, FALSE, &size, buffer) == EFI_BUFFER_TOO_SMALL);
        assert_int_equal(buffer[0], 'x');
        assert_true(media.protocol.LoadFile(&media.protocol, &path, TRUE, &size, buffer) == EFI_UNSUPPORTED);
        assert_true(media.protocol.LoadFile(&media.protocol, &path, FALSE, NULL, buffer) == EFI_INVALID_PARAMETER);
        size = sizeof(buffer);
        assert_true(media.protocol.LoadFile(&media.protocol, &path, FALSE, &size, buffer) == EFI_SUCCESS);
        assert_int_equal(size, 12);
        assert_memory_equal(buffer, "abcde\0\0\0fghixxxx", 16);
        initrd_media_uninstall(&platform, &media);
        assert_false(fake_serves_initrd(firmware));
        initrd_media_uninstall(&platform, &media); /* twice is fine */
        fake_done(firmware);
}

static void console_line_is_cut_never_overrun(void **state)
{
        struct fake_firmware *firmware = fake_new();
        struct platform platform = platform_of(firmware);
        char detail[1000];

        memset(detail, 'd', sizeof(detail) - 1);
        detail[sizeof(detail) - 1] = '\0';
        console_say(&platform, "what", detail);
        assert_string_equal(firmware->console, "Cleanslate: what: \r\n");
        fake_done(firmware);
}

static void every_status_has_words(void **state)
{
        assert_string_equal(status_text(EFI_NOT_FOUND), "not found");
        assert_string_equal(status_text(EFI_SECURITY_VIOLATION), "security violation");
        assert_string_equal(status_text(EFIERR(4711)), "firmware error");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(file_nodes_become_one_path_with_backslashes),
                cmocka_unit_test(absent_file_path_is_no_text),
                cmocka_unit_test(only_a_gpt_partition_has_an_identity),
                cmocka_unit_test(initrd_is_served_as_load_file2_is_specified),
                cmocka_unit_test(console_line_is_cut_never_overrun),
                cmocka_unit_test(every_status_has_words),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
