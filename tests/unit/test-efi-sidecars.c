/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials and extensions on the partition that the image was started from: what of them the initrd gets, what the TPM is
 * told, and that nothing of them reaches a boot that is not an ordinary one. */
#include "tests/unit/efi-boot-fixture.h"

#include "common/boot/sidecar.h"
#include <stdio.h>

#define BESIDE "EFI/BOOT/A.EFI.extra.d/"

static void put(struct fake_firmware *firmware, const char *path, const char *text)
{
        fake_put_file(firmware, path, text, strlen(text));
}

/* One of each kind, and what is none. */
static struct fake_firmware *with_sidecars(const char *command_line)
{
        struct fake_firmware *firmware = with_image(command_line);

        put(firmware, BESIDE "b.cred", "secret b");
        put(firmware, BESIDE "a.cred", "secret a");
        put(firmware, BESIDE ".hidden.cred", "hidden");
        put(firmware, BESIDE "deep/c.cred", "deep");
        put(firmware, BESIDE "notes.txt", "notes");
        put(firmware, BESIDE "tools.sysext.raw", "squashfs");
        put(firmware, BESIDE "site.confext.raw", "erofs");
        put(firmware, "loader/credentials/g.cred", "global");
        put(firmware, "loader/extensions/g.raw", "global squashfs");
        put(firmware, "loader/extensions/g.confext.raw", "global erofs");
        return firmware;
}

static const char *const handed[][2] = {
        { ".extra/credentials/a.cred", "secret a" },
        { ".extra/credentials/b.cred", "secret b" },
        { ".extra/sysext/tools.sysext.raw", "squashfs" },
        { ".extra/confext/site.confext.raw", "erofs" },
        { ".extra/global_credentials/g.cred", "global" },
        { ".extra/global_sysext/g.raw", "global squashfs" },
        { ".extra/global_confext/g.confext.raw", "global erofs" },
};

static void each_kind_reaches_the_initrd(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);

        assert_boots(firmware);
        assert_string_equal(firmware->console, "");
        for (size_t i = 0; i < ARRAY_SIZE(handed); i++)
                assert_file_is(firmware, handed[i][0], handed[i][1]);
        assert_null(find_file(firmware, ".extra/credentials/.hidden.cred").data);
        assert_null(find_file(firmware, ".extra/credentials/c.cred").data);
        assert_null(find_file(firmware, ".extra/credentials/notes.txt").data);
        assert_null(find_file(firmware, ".extra/sysext/site.confext.raw").data);
        assert_int_equal(fake_open_count(firmware), 0);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

/* The events behind those of the sections; the archives are in the initrd as they were measured. */
static void archives_are_measured_in_systemd_stubs_order_and_form(void **state)
{
        static const struct {
                const char *event;
                UINT32 pcr;
        } order[] = {
                { "Credentials initrd", 12 },
                { "Global credentials initrd", 12 },
                { "System extension initrd", 13 },
                { "Global system extension initrd", 13 },
                { "Configuration extension initrd", 12 },
                { "Global configuration extension initrd", 12 },
        };
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);
        size_t at = 8; /* behind INITRD and its padding */
        const struct fake_event *events;

        assert_boots(firmware);
        assert_true(firmware->event_count > ARRAY_SIZE(order));
        events = firmware->events + firmware->event_count - ARRAY_SIZE(order);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                assert_string_equal(events[i].description, order[i].event);
                assert_int_equal(events[i].pcr, order[i].pcr);
                assert_int_equal(events[i].type, 0x0d);
                assert_int_equal(events[i].size % 4, 0);
                assert_memory_equal(firmware->kernel.initrd + at, events[i].data, events[i].size);
                at += events[i].size;
        }
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        assert_string_equal(fake_exported_text(firmware, "StubPcrInitRDSysExts"), "13");
        assert_string_equal(fake_exported_text(firmware, "StubPcrInitRDConfExts"), "12");
        fake_done(firmware);
}

/* The same files written in another order are the same measurement. */
static void measurement_does_not_depend_on_the_order_on_disk(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        uint8_t pcr[SHA256_SIZE];

        put(firmware, BESIDE "a.cred", "1");
        put(firmware, BESIDE "b.cred", "2");
        assert_boots(firmware);
        memcpy(pcr, firmware->pcrs[12], sizeof(pcr));
        fake_done(firmware);
        firmware = with_image(COMMAND_LINE);
        put(firmware, BESIDE "b.cred", "2");
        put(firmware, BESIDE "a.cred", "1");
        assert_boots(firmware);
        assert_memory_equal(firmware->pcrs[12], pcr, sizeof(pcr));
        fake_done(firmware);
}

static void nothing_beside_the_image_leaves_no_trace(void **state)
{
        static const uint8_t zero[SHA256_SIZE] = { 0 };

        for (int volume = 0; volume < 2; volume++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                firmware->faults.no_volume = volume == 0;
                put(firmware, "loader/credentials/readme.txt", "nothing for us");
                assert_boots(firmware);
                assert_string_equal(firmware->console, "");
                assert_memory_equal(firmware->pcrs[12], zero, sizeof(zero));
                assert_memory_equal(firmware->pcrs[13], zero, sizeof(zero));
                assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
                assert_null(fake_exported_text(firmware, "StubPcrInitRDSysExts"));
                assert_null(fake_exported_text(firmware, "StubPcrInitRDConfExts"));
                assert_int_equal(fake_open_count(firmware), 0);
                fake_done(firmware);
        }
}

static void no_other_boot_than_the_ordinary_one_takes_them(void **state)
{
        static const struct {
                const char *line;
                enum boot_mode mode;
        } cases[] = { { "cleanslate.mode=reset", MODE_RESET },
                      { "cleanslate.mode=recovery", MODE_RECOVERY },
                      { "cleanslate.mode=break-glass", MODE_BREAK_GLASS } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_sidecars(cases[i].line);

                add_text(firmware, ".clnslt", "[BreakGlass]\nmode=allowed\n");
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, cases[i].mode);
                for (size_t file = 0; file < ARRAY_SIZE(handed); file++)
                        assert_null(find_file(firmware, handed[file][0]).data);
                for (size_t event = 0; event < firmware->event_count; event++)
                        assert_int_equal(firmware->events[event].pcr, 11);
                fake_done(firmware);
        }
}

/* A request that is due makes it a reset, whoever wrote what beside the image. */
static void requested_reset_takes_none(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);

        set_request(firmware, REQUEST_OURS);
        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_RESET);
        assert_null(find_file(firmware, ".extra/credentials/a.cred").data);
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

static void file_that_cannot_be_read_is_left_out_and_said(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);
        const struct fake_event *event;

        firmware->faults.read_name = "/a.cred";
        firmware->faults.read_file = EFI_DEVICE_ERROR;
        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "Cleanslate: a.cred: "));
        assert_null(find_file(firmware, ".extra/credentials/a.cred").data);
        assert_file_is(firmware, ".extra/credentials/b.cred", "secret b");
        event = firmware->events + firmware->event_count - 6; /* of the credentials: .extra, the directory, then this file */
        assert_non_null(memmem(event->data, event->size, "07070100000003", 14));
        assert_null(memmem(event->data, event->size, "07070100000004", 14));
        assert_int_equal(fake_open_count(firmware), 0);
        fake_done(firmware);
}

static void kind_beyond_its_bounds_is_left_out_and_said(void **state)
{
        for (int size = 0; size < 2; size++) {
                struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);
                char path[64], *large = calloc(1, SIDECAR_CREDENTIALS_MAX);

                for (int i = 0; !size && i < SIDECAR_FILES_MAX; i++) {
                        snprintf(path, sizeof(path), "loader/credentials/%d.cred", i);
                        put(firmware, path, "x");
                }
                if (size)
                        fake_put_file(firmware, "loader/credentials/large.cred", large, SIDECAR_CREDENTIALS_MAX);
                assert_boots(firmware);
                assert_non_null(strstr(firmware->console,
                                       "Cleanslate: credentials in /loader/credentials are ignored: too many or too large"));
                assert_null(find_file(firmware, ".extra/global_credentials/g.cred").data);
                assert_file_is(firmware, ".extra/credentials/a.cred", "secret a");
                assert_int_equal(fake_open_count(firmware), 0);
                free(large);
                fake_done(firmware);
        }
}

static void directory_without_an_end_is_said(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);

        firmware->faults.endless_directory = true;
        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "Cleanslate: credentials beside the image are ignored"));
        assert_null(find_file(firmware, ".extra/credentials/a.cred").data);
        fake_done(firmware);
}

/* What the TPM has not taken does not reach the initrd; the image itself was measured, so the volumes still open. */
static void what_is_not_measured_is_not_handed_over(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);

        firmware->faults.measure = EFI_DEVICE_ERROR;
        firmware->faults.measure_what = "System extension initrd";
        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "Cleanslate: system extensions beside the image are ignored"));
        assert_null(find_file(firmware, ".extra/sysext/tools.sysext.raw").data);
        assert_file_is(firmware, ".extra/global_sysext/g.raw", "global squashfs");
        assert_true(handed_over(firmware).tpm_measured);
        assert_false(handed_over(firmware).tpm_failed);
        fake_done(firmware);
}

static void machine_without_a_tpm_passes_them_on(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);

        firmware->faults.no_tcg2 = true;
        assert_boots(firmware);
        for (size_t i = 0; i < ARRAY_SIZE(handed); i++)
                assert_file_is(firmware, handed[i][0], handed[i][1]);
        assert_null(fake_exported_text(firmware, "StubPcrInitRDSysExts"));
        fake_done(firmware);
}

/* The stub's own word is the last in the initrd, which is what the kernel keeps. */
static void nothing_stands_behind_the_stubs_own_archive(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);
        struct bytes last_credential, own;

        assert_boots(firmware);
        last_credential = find_file(firmware, ".extra/global_confext/g.confext.raw");
        own = find_file(firmware, HANDOVER_PATH);
        assert_true(own.data > last_credential.data);
        fake_done(firmware);
}

static void failed_start_frees_what_was_read(void **state)
{
        struct fake_firmware *firmware = with_sidecars(COMMAND_LINE);

        firmware->faults.start_image = EFI_UNSUPPORTED;
        assert_fails(firmware, EFI_UNSUPPORTED, "Cleanslate: the kernel did not start: not supported");
        assert_int_equal(fake_open_count(firmware), 0);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind_reaches_the_initrd),
                cmocka_unit_test(archives_are_measured_in_systemd_stubs_order_and_form),
                cmocka_unit_test(measurement_does_not_depend_on_the_order_on_disk),
                cmocka_unit_test(nothing_beside_the_image_leaves_no_trace),
                cmocka_unit_test(no_other_boot_than_the_ordinary_one_takes_them),
                cmocka_unit_test(requested_reset_takes_none),
                cmocka_unit_test(file_that_cannot_be_read_is_left_out_and_said),
                cmocka_unit_test(kind_beyond_its_bounds_is_left_out_and_said),
                cmocka_unit_test(directory_without_an_end_is_said),
                cmocka_unit_test(what_is_not_measured_is_not_handed_over),
                cmocka_unit_test(machine_without_a_tpm_passes_them_on),
                cmocka_unit_test(nothing_stands_behind_the_stubs_own_archive),
                cmocka_unit_test(failed_start_frees_what_was_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
