/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub from its first instruction to the kernel's, on a firmware made of memory: what it measures, hands over and says, and
 * which images it refuses. */
#include "tests/unit/efi-boot-fixture.h"
#include "under-personalities.h"

static void ordinary_boot_is_silent_and_passes_everything_on(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        struct handover handover;

        assert_boots(firmware);
        assert_string_equal(firmware->console, "");
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        assert_int_equal(firmware->kernel.image_size, strlen(KERNEL));
        assert_memory_equal(firmware->kernel.image, KERNEL, strlen(KERNEL));
        assert_memory_equal(firmware->kernel.initrd, INITRD "\0\0", 8);
        assert_memory_equal(firmware->kernel.initrd + 8, "070701", 6);
        assert_int_equal(firmware->kernel.initrd_size % 4, 0);
        assert_file_is(firmware, ".extra/tpm2-pcr-signature.json", SIGNATURE);
        assert_file_is(firmware, ".extra/tpm2-pcr-public-key.pem", PUBLIC_KEY);
        assert_file_is(firmware, ".extra/os-release", OS_RELEASE);
        handover = handed_over(firmware);
        assert_int_equal(handover.choice.mode, MODE_NORMAL);
        assert_int_equal(handover.choice.reason, REASON_ORDINARY);
        assert_int_equal(handover.request, REQUEST_ABSENT);
        assert_true(handover.tpm_measured);
        assert_true(guid_equal(&handover.stub_partition, &fake_partition));
        assert_string_equal(handover.stub_file, "EFI/BOOT/A.EFI");
        fake_done(firmware);
}

static void sections_are_measured_in_systemd_stubs_order_and_form(void **state)
{
        static const char *const order[] = { ".linux", ".osrel", ".cmdline", ".initrd", ".uname", ".sbat", ".pcrpkey" };
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        assert_boots(firmware);
        assert_int_equal(firmware->event_count, 2 * ARRAY_SIZE(order));
        for (size_t i = 0; i < firmware->event_count; i++) {
                assert_string_equal(firmware->events[i].description, order[i / 2]);
                assert_int_equal(firmware->events[i].pcr, 11);
                assert_int_equal(firmware->events[i].type, 0x0d);
        }
        assert_int_equal(firmware->events[0].size, sizeof(".linux"));
        assert_memory_equal(firmware->events[0].data, ".linux", sizeof(".linux"));
        assert_int_equal(firmware->events[5].size, strlen(COMMAND_LINE));
        assert_memory_equal(firmware->events[5].data, COMMAND_LINE, strlen(COMMAND_LINE));
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

static void microcode_comes_before_the_initrd(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".ucode", "microcode");
        assert_boots(firmware);
        assert_memory_equal(firmware->kernel.initrd,
                            "microcode\0\0\0" INITRD "\0\0"
                            "070701",
                            26);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

static void image_without_initrd_still_gets_the_archive(void **state)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".linux", KERNEL);
        add_text(firmware, ".osrel", OS_RELEASE);
        assert_boots(firmware);
        assert_memory_equal(firmware->kernel.initrd, "070701", 6);
        assert_string_equal(firmware->kernel.command_line, "");
        assert_null(find_file(firmware, ".extra/tpm2-pcr-signature.json").data);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        fake_done(firmware);
}

static void kernel_that_does_not_load_or_start_is_said(void **state)
{
        for (int start = 0; start < 2; start++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                if (start)
                        firmware->faults.start_image = EFI_UNSUPPORTED;
                else
                        firmware->faults.load_image = EFI_UNSUPPORTED;
                assert_fails(firmware, EFI_UNSUPPORTED, "Cleanslate: the kernel did not start: not supported");
                fake_done(firmware);
        }
}

static void kernel_of_the_image_starts_under_secure_boot(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        fake_enable_secure_boot(firmware);
        assert_boots(firmware);
        fake_done(firmware);
}

/* The check is back in place behind our one exception. */
static void secure_boot_check_is_restored_after_loading(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        EFI_HANDLE handle = NULL;
        EFI_STATUS status;

        fake_enable_secure_boot(firmware);
        firmware->faults.start_image = EFI_LOAD_ERROR;
        assert_false(fake_run(firmware, &status));
        assert_non_null(firmware->kernel.path);
        assert_true(firmware->boot.LoadImage(FALSE, NULL, firmware->kernel.path, "other", 5, &handle) == EFI_SECURITY_VIOLATION);
        fake_done(firmware);
}

static void foreign_initrd_is_never_used(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        EFI_STATUS status;

        fake_serve_foreign_initrd(firmware);
        assert_false(fake_run(firmware, &status));
        assert_true(status == EFI_ALREADY_STARTED);
        assert_non_null(strstr(firmware->console, "the initrd cannot be handed over: already started"));
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL), -1);
        fake_done(firmware);
}

static void initrd_that_cannot_be_served_is_said(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        firmware->faults.install = EFI_OUT_OF_RESOURCES;
        assert_fails(firmware, EFI_OUT_OF_RESOURCES, "the initrd cannot be handed over: out of resources");
        fake_done(firmware);
}

static void image_without_a_mandatory_section_is_refused_by_name(void **state)
{
        for (int missing = 0; missing < 2; missing++) {
                struct fake_firmware *firmware = fake_new();

                add_text(firmware, missing ? ".linux" : ".osrel", missing ? KERNEL : OS_RELEASE);
                assert_fails(firmware, EFI_NOT_FOUND, missing ? "it has no section: .osrel" : "it has no section: .linux");
                assert_int_equal(firmware->event_count, 0);
                fake_done(firmware);
        }
}

/* Whose request is due is judged by its identity: one that cannot be read must not become another one. */
static void image_whose_identity_cannot_be_read_is_refused(void **state)
{
        static char text[2 * OS_FIELD_MAX] = "ID=";
        struct fake_firmware *firmware = fake_new();

        memset(text + 3, 'x', sizeof(text) - 4);
        add_text(firmware, ".osrel", text);
        add_text(firmware, ".linux", KERNEL);
        assert_fails(firmware, EFI_LOAD_ERROR, "its section .osrel: ");
        assert_non_null(strstr(firmware->console, err_text(ERR_TOO_LARGE)));
        fake_done(firmware);
}

static void image_with_a_section_twice_is_refused(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".initrd", "a second one");
        assert_fails(firmware, EFI_LOAD_ERROR, "cannot find the sections of this image");
        fake_done(firmware);
}

static void command_line_that_is_no_text_is_refused(void **state)
{
        struct fake_firmware *firmware = with_image("quiet \xff\xfe");

        assert_fails(firmware, EFI_INVALID_PARAMETER, "the kernel's command line cannot be used");
        fake_done(firmware);
}

static void machine_without_a_console_boots_and_fails_alike(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        EFI_STATUS status;

        firmware->faults.no_console = true;
        firmware->faults.measure = EFI_DEVICE_ERROR;
        assert_boots(firmware);
        fake_done(firmware);
        firmware = with_image(COMMAND_LINE);
        firmware->faults.no_console = true;
        firmware->faults.load_image = EFI_LOAD_ERROR;
        assert_false(fake_run(firmware, &status));
        assert_true(status == EFI_LOAD_ERROR);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(ordinary_boot_is_silent_and_passes_everything_on, LACKS_PACE | LACKS_SILENCE | LACKS_TPM),
                NEEDS(sections_are_measured_in_systemd_stubs_order_and_form, LACKS_SHA256),
                NEEDS(microcode_comes_before_the_initrd, LACKS_SHA256),
                cmocka_unit_test(image_without_initrd_still_gets_the_archive),
                NEEDS(kernel_that_does_not_load_or_start_is_said, LACKS_CONSOLE),
                NEEDS(kernel_of_the_image_starts_under_secure_boot, LACKS_STORE),
                NEEDS(secure_boot_check_is_restored_after_loading, LACKS_STORE),
                NEEDS(foreign_initrd_is_never_used, LACKS_CONSOLE),
                NEEDS(initrd_that_cannot_be_served_is_said, LACKS_CONSOLE),
                NEEDS(image_without_a_mandatory_section_is_refused_by_name, LACKS_CONSOLE),
                NEEDS(image_whose_identity_cannot_be_read_is_refused, LACKS_CONSOLE),
                NEEDS(image_with_a_section_twice_is_refused, LACKS_CONSOLE),
                NEEDS(command_line_that_is_no_text_is_refused, LACKS_CONSOLE),
                cmocka_unit_test(machine_without_a_console_boots_and_fails_alike),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
