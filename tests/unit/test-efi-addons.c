/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addons: what somebody whom the firmware trusts has signed grows the command line, the initrd and the microcode of an ordinary
 * boot, and is measured as systemd-stub does it; nothing else does, and no other boot takes any. */
#include "tests/unit/efi-boot-fixture.h"

#include "common/boot/addon.h"

#define BESIDE "EFI/BOOT/A.EFI.extra.d/"
#define GLOBAL "loader/addons/"
#define PAGE   4096

struct section {
        const char *name, *text;
};

/* A PE file whose sections are where they are once it is loaded. */
static void put_addon(struct fake_firmware *firmware, const char *path, const char *signature, const struct section *sections)
{
        static uint8_t image[8 * PAGE];
        size_t count = 0, size = PAGE;

        memset(image, 0, sizeof(image));
        memcpy(image, "MZ", 2);
        store_le32(image + 60, 64);
        memcpy(image + 64, "PE\0", 4);
        for (; sections[count].name != NULL; count++, size += PAGE) {
                uint8_t *header = image + 64 + 24 + 40 * count;

                memcpy(header, sections[count].name, strlen(sections[count].name));
                store_le32(header + 8, (uint32_t)strlen(sections[count].text));
                store_le32(header + 12, (uint32_t)size);
                memcpy(image + size, sections[count].text, strlen(sections[count].text));
        }
        store_le16(image + 64 + 6, (uint16_t)count);
        memcpy(image + 2048, signature, strlen(signature));
        fake_put_file(firmware, path, image, size);
}

#define SIGNED(firmware, path, ...) \
        put_addon(firmware, path, FAKE_SIGNATURE, (const struct section[]){ __VA_ARGS__, { NULL, NULL } })
#define UNSIGNED(firmware, path, ...) put_addon(firmware, path, "", (const struct section[]){ __VA_ARGS__, { NULL, NULL } })

static struct fake_firmware *with_secure_boot(const char *command_line)
{
        struct fake_firmware *firmware = with_image(command_line);

        fake_enable_secure_boot(firmware);
        return firmware;
}

static const struct fake_event *event_of(const struct fake_firmware *firmware, const char *description)
{
        for (size_t i = 0; i < firmware->event_count; i++)
                if (strcmp(firmware->events[i].description, description) == 0)
                        return &firmware->events[i];
        return NULL;
}

static void command_lines_grow_the_images_own_and_are_measured_together(void **state)
{
        struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);
        const struct fake_event *event;

        SIGNED(firmware, BESIDE "b.addon.efi", { ".cmdline", " own.b=1\n" });
        SIGNED(firmware, BESIDE "A.Addon.EFI", { ".cmdline", "own.a=1" }, { ".sbat", "sbat,1\n" });
        SIGNED(firmware, GLOBAL "z.addon.efi", { ".cmdline", "\tglobal=1" });
        SIGNED(firmware, BESIDE "c.efi", { ".cmdline", "no.addon" });
        assert_boots(firmware);
        assert_string_equal(firmware->console, "");
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet global=1 own.a=1 own.b=1");
        event = event_of(firmware, "global=1 own.a=1 own.b=1");
        assert_non_null(event);
        assert_int_equal(event->pcr, 12);
        assert_int_equal(event->type, 0x0d);
        assert_int_equal(event->size, 2 * sizeof("global=1 own.a=1 own.b=1"));
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        assert_int_equal(fake_open_count(firmware), 0);
        fake_done(firmware);
}

/* The kernel takes the first microcode that fits and the last file of a name. */
static void initrds_come_last_and_microcode_first(void **state)
{
        struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);
        size_t size;

        SIGNED(firmware, GLOBAL "g.addon.efi", { ".initrd", "G111" }, { ".ucode", "g111" });
        SIGNED(firmware, BESIDE "o.addon.efi", { ".initrd", "O222" }, { ".ucode", "o222" });
        assert_boots(firmware);
        size = firmware->kernel.initrd_size;
        assert_memory_equal(firmware->kernel.initrd, "o222g111" INITRD "\0\0", 16);
        assert_memory_equal(firmware->kernel.initrd + size - 8, "G111O222", 8);
        assert_non_null(find_file(firmware, HANDOVER_PATH).data);
        fake_done(firmware);
}

static void parts_are_measured_in_systemd_stubs_order_and_form(void **state)
{
        static const struct {
                UINT32 tag;
                const char *name, *data;
        } order[] = { { ADDON_UCODE_TAG, "o.addon.efi", "o222" },
                      { ADDON_UCODE_TAG, "g.addon.efi", "g111" },
                      { ADDON_INITRD_TAG, "g.addon.efi", "G111" },
                      { ADDON_INITRD_TAG, "o.addon.efi", "O222" } };
        struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);
        const struct fake_event *events;

        fake_put_file(firmware, "loader/credentials/c.cred", "c", 1); /* measured in front of them */
        SIGNED(firmware, GLOBAL "g.addon.efi", { ".initrd", "G111" }, { ".ucode", "g111" });
        SIGNED(firmware, BESIDE "o.addon.efi", { ".initrd", "O222" }, { ".ucode", "o222" });
        assert_boots(firmware);
        events = firmware->events + firmware->event_count - ARRAY_SIZE(order);
        assert_string_equal(events[-1].description, "Global credentials initrd");
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                assert_int_equal(events[i].pcr, 12);
                assert_int_equal(events[i].tag, order[i].tag);
                assert_string_equal(events[i].description, order[i].name);
                assert_int_equal(events[i].size, 4);
                assert_memory_equal(events[i].data, order[i].data, 4);
        }
        fake_done(firmware);
}

static void addon_that_nobody_trusted_has_signed_is_ignored_and_said(void **state)
{
        struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);

        UNSIGNED(firmware, BESIDE "evil.addon.efi", { ".cmdline", "init=/bin/sh" }, { ".initrd", "evil" });
        SIGNED(firmware, BESIDE "good.addon.efi", { ".cmdline", "good=1" });
        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "Cleanslate: addon ignored: evil.addon.efi: "));
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet good=1");
        assert_memory_not_equal(firmware->kernel.initrd + firmware->kernel.initrd_size - 4, "evil", 4);
        assert_null(firmware->addon.ImageBase); /* unloaded */
        fake_done(firmware);
}

/* Without Secure Boot the firmware loads anything, and PCR 11 does not show it. */
static void without_secure_boot_no_addon_is_loaded(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        SIGNED(firmware, BESIDE "a.addon.efi", { ".cmdline", "a=1" });
        assert_boots(firmware);
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, BESIDE "a.addon.efi"), -1);
        assert_non_null(strstr(firmware->console, "Cleanslate: addon ignored: EFI/BOOT/A.EFI.extra.d: Secure Boot is off"));
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

static void no_other_boot_than_the_ordinary_one_takes_any(void **state)
{
        static const char *const lines[] = { "cleanslate.mode=reset", "cleanslate.mode=recovery", "cleanslate.mode=break-glass" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                struct fake_firmware *firmware = with_secure_boot(lines[i]);

                add_text(firmware, ".clnslt", "[BreakGlass]\nmode=allowed\n");
                SIGNED(firmware, BESIDE "a.addon.efi", { ".cmdline", "a=1" }, { ".initrd", "LAST" });
                assert_boots(firmware);
                assert_int_not_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
                assert_string_equal(firmware->kernel.command_line, lines[i]);
                assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, BESIDE "a.addon.efi"), -1);
                for (size_t event = 0; event < firmware->event_count; event++)
                        assert_int_equal(firmware->events[event].pcr, 11);
                fake_done(firmware);
        }
}

static void addon_that_is_none_for_this_image_is_ignored_and_said(void **state)
{
        static const struct {
                struct section sections[3];
                enum err err;
        } cases[] = {
                { { { ".linux", "kernel" }, { ".cmdline", "x=1" } }, ERR_UNSUPPORTED },
                { { { ".uname", "6.1.1" }, { ".cmdline", "x=1" } }, ERR_VERSION },
                { { { ".uname", "6.1" }, { ".cmdline", "x=1" } }, ERR_VERSION },
                { { { ".sbat", "sbat,1\n" } }, ERR_MISSING },
                { { { ".cmdline", "x=\xff" } }, ERR_ENCODING },
                { { { ".cmdline", "x=1" }, { ".cmdline", "x=2" } }, ERR_DUPLICATE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);

                put_addon(firmware, BESIDE "a.addon.efi", FAKE_SIGNATURE, cases[i].sections);
                SIGNED(firmware, BESIDE "b.addon.efi", { ".uname", "6.1.0" }, { ".cmdline", "fits=1" });
                assert_boots(firmware);
                assert_non_null(strstr(firmware->console, "Cleanslate: addon ignored: a.addon.efi: "));
                assert_non_null(strstr(firmware->console, err_text(cases[i].err)));
                assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet fits=1");
                fake_done(firmware);
        }
}

/* All of one or nothing: the ninth initrd's command line is not taken, either. */
static void more_parts_than_there_may_be_are_left_out_whole(void **state)
{
        struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);
        char path[] = BESIDE "0.addon.efi";

        for (int i = 0; i < 9; i++) {
                path[sizeof(BESIDE) - 1] = (char)('0' + i);
                SIGNED(firmware, path, { ".cmdline", i < 8 ? "in" : "out" }, { ".initrd", "part" });
        }
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet in in in in in in in in");
        assert_non_null(strstr(firmware->console, "Cleanslate: addon ignored: 8.addon.efi: "));
        fake_done(firmware);
}

static void what_is_not_measured_does_not_take_part(void **state)
{
        static const char *const events[] = { "a=1", "a.addon.efi" };

        for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
                struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);
                const uint8_t *end;

                SIGNED(firmware, BESIDE "a.addon.efi", { ".cmdline", "a=1" }, { ".initrd", "LAST" });
                firmware->faults.measure = EFI_DEVICE_ERROR;
                firmware->faults.measure_what = events[i];
                assert_boots(firmware);
                end = firmware->kernel.initrd + firmware->kernel.initrd_size - 4;
                assert_string_equal(firmware->kernel.command_line, i == 0 ? "console=ttyS0 quiet" : "console=ttyS0 quiet a=1");
                assert_int_equal(memcmp(end, "LAST", 4) == 0, i == 0);
                assert_non_null(strstr(firmware->console, " ignored"));
                assert_false(handed_over(firmware).tpm_failed);
                fake_done(firmware);
        }
}

static void failed_start_frees_what_was_loaded(void **state)
{
        struct fake_firmware *firmware = with_secure_boot(COMMAND_LINE);

        SIGNED(firmware, BESIDE "a.addon.efi", { ".cmdline", "a=1" }, { ".initrd", "LAST" }, { ".ucode", "first" });
        firmware->faults.start_image = EFI_UNSUPPORTED;
        assert_fails(firmware, EFI_UNSUPPORTED, "Cleanslate: the kernel did not start: not supported");
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(command_lines_grow_the_images_own_and_are_measured_together),
                cmocka_unit_test(initrds_come_last_and_microcode_first),
                cmocka_unit_test(parts_are_measured_in_systemd_stubs_order_and_form),
                cmocka_unit_test(addon_that_nobody_trusted_has_signed_is_ignored_and_said),
                cmocka_unit_test(without_secure_boot_no_addon_is_loaded),
                cmocka_unit_test(no_other_boot_than_the_ordinary_one_takes_any),
                cmocka_unit_test(addon_that_is_none_for_this_image_is_ignored_and_said),
                cmocka_unit_test(more_parts_than_there_may_be_are_left_out_whole),
                cmocka_unit_test(what_is_not_measured_does_not_take_part),
                cmocka_unit_test(failed_start_frees_what_was_loaded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
