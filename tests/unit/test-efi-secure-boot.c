/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one exception that the stub makes under Secure Boot: for the kernel inside of the signed image, for as long as that is
 * loaded, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "efi/secure-boot.h"
#include "fake-firmware.h"
#include "under-personalities.h"

static char kernel[] = "the kernel of the image";

static struct platform platform_of(struct fake_firmware *firmware)
{
        return (struct platform){ .image = NULL, .system = &firmware->system };
}

static EFI_STATUS load(struct fake_firmware *firmware, EFI_DEVICE_PATH *path)
{
        EFI_HANDLE handle = NULL;
        EFI_STATUS status = firmware->boot.LoadImage(FALSE, NULL, path, kernel, sizeof(kernel), &handle);

        if (handle != NULL)
                (void)firmware->boot.UnloadImage(handle);
        return status;
}

static void kernel_is_let_through_only_in_between(void **state)
{
        struct fake_firmware *firmware = fake_new();
        struct platform platform = platform_of(firmware);
        struct secure_boot_exception exception;

        fake_enable_secure_boot(firmware);
        assert_true(load(firmware, secure_boot_kernel_path()) == EFI_SECURITY_VIOLATION);
        exception = secure_boot_admit_kernel(&platform);
        assert_true(load(firmware, secure_boot_kernel_path()) == EFI_SUCCESS);
        secure_boot_withdraw(&exception);
        assert_true(load(firmware, secure_boot_kernel_path()) == EFI_SECURITY_VIOLATION);
        fake_done(firmware);
}

/* Nothing that ran in between could slip in anything of its own: what would look like our path is not. */
static void nothing_else_is_let_through(void **state)
{
        static const uint8_t file[] = { 4, 4, 8, 0, 'a', 0, 0, 0, 0x7f, 0xff, 4, 0 };
        static const uint8_t end[] = { 0x7f, 0xff, 4, 0 };
        struct fake_firmware *firmware = fake_new();
        struct platform platform = platform_of(firmware);
        struct secure_boot_exception exception;
        uint8_t alike[24]; /* vendor media, 20 bytes, and the end of the path */

        fake_enable_secure_boot(firmware);
        exception = secure_boot_admit_kernel(&platform);
        for (size_t at = 0; at < sizeof(alike); at++) {
                memcpy(alike, secure_boot_kernel_path(), sizeof(alike));
                alike[at] ^= 1;
                assert_true(load(firmware, (EFI_DEVICE_PATH *)alike) == EFI_SECURITY_VIOLATION);
        }
        assert_true(load(firmware, (EFI_DEVICE_PATH *)file) == EFI_SECURITY_VIOLATION);
        assert_true(load(firmware, (EFI_DEVICE_PATH *)end) == EFI_SECURITY_VIOLATION);
        assert_true(load(firmware, NULL) == EFI_SECURITY_VIOLATION);
        secure_boot_withdraw(&exception);
        fake_done(firmware);
}

static void firmwares_own_functions_are_back_afterwards(void **state)
{
        struct fake_firmware *firmware = fake_new();
        struct platform platform = platform_of(firmware);
        struct fake_security security;
        struct fake_security2 security2;

        fake_enable_secure_boot(firmware);
        security = firmware->security;
        security2 = firmware->security2;
        for (int i = 0; i < 2; i++) {
                struct secure_boot_exception exception = secure_boot_admit_kernel(&platform);

                assert_true(firmware->security.authenticate_state != security.authenticate_state);
                assert_true(firmware->security2.authenticate != security2.authenticate);
                secure_boot_withdraw(&exception);
                secure_boot_withdraw(&exception); /* once more does no harm */
                assert_true(firmware->security.authenticate_state == security.authenticate_state);
                assert_true(firmware->security2.authenticate == security2.authenticate);
        }
        fake_done(firmware);
}

/* Whole boots: the exception ends whether the kernel could be loaded or not. */
static void stub_leaves_the_check_in_place_whatever_happens(void **state)
{
        static const struct {
                EFI_STATUS load_image, start_image;
        } cases[] = {
                { EFI_SUCCESS, EFI_LOAD_ERROR },
                { EFI_UNSUPPORTED, EFI_SUCCESS },
                { EFI_OUT_OF_RESOURCES, EFI_SUCCESS },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = fake_new();
                struct fake_security2 before;
                EFI_STATUS status;

                fake_add_section(firmware, ".linux", kernel, sizeof(kernel));
                fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
                fake_enable_secure_boot(firmware);
                before = firmware->security2;
                firmware->faults.load_image = cases[i].load_image;
                firmware->faults.start_image = cases[i].start_image;
                assert_false(fake_run(firmware, &status));
                assert_true(firmware->security2.authenticate == before.authenticate);
                firmware->faults.load_image = EFI_SUCCESS;
                assert_true(load(firmware, secure_boot_kernel_path()) == EFI_SECURITY_VIOLATION);
                fake_done(firmware);
        }
}

/* It would measure the kernel a second time. */
static void check_is_spared_without_secure_boot_too(void **state)
{
        struct fake_firmware *firmware = fake_new();
        uint8_t off = 0;
        EFI_STATUS status;

        fake_add_section(firmware, ".linux", kernel, sizeof(kernel));
        fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
        fake_enable_secure_boot(firmware);
        fake_set_variable(firmware, &guid_efi_global, "SecureBoot", &off, sizeof(off));
        assert_true(fake_run(firmware, &status));
        fake_done(firmware);
}

/* The kernel runs with the firmware's own check: what it loads is checked like anything else. */
static void check_is_in_place_when_the_kernel_starts(void **state)
{
        struct fake_firmware *firmware = fake_new();
        struct fake_security security;
        struct fake_security2 security2;
        EFI_STATUS status;

        fake_add_section(firmware, ".linux", kernel, sizeof(kernel));
        fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
        fake_enable_secure_boot(firmware);
        security = firmware->security;
        security2 = firmware->security2;
        assert_true(fake_run(firmware, &status));
        assert_true(firmware->kernel.started);
        assert_true(firmware->security.authenticate_state == security.authenticate_state);
        assert_true(firmware->security2.authenticate == security2.authenticate);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(kernel_is_let_through_only_in_between, LACKS_STORE),
                NEEDS(nothing_else_is_let_through, LACKS_STORE),
                NEEDS(firmwares_own_functions_are_back_afterwards, LACKS_STORE),
                NEEDS(stub_leaves_the_check_in_place_whatever_happens, LACKS_STORE),
                NEEDS(check_is_spared_without_secure_boot_too, LACKS_STORE),
                NEEDS(check_is_in_place_when_the_kernel_starts, LACKS_STORE),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
