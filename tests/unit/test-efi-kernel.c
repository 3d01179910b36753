/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole starts of the stub behind each shim, and on firmware that protects its memory: the kernel inside runs, or what is to say
 * so has the last word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "efi/secure-boot.h"
#include "fake-kernel.h"

static struct fake_firmware *firmware;
static uint8_t kernel[FAKE_KERNEL_SIZE];

static int set_up(void **state)
{
        firmware = fake_new();
        fake_kernel_write(kernel);
        return 0;
}

static int tear_down(void **state)
{
        fake_done(firmware);
        return 0;
}

static bool start(EFI_STATUS *ret_status)
{
        fake_add_section(firmware, ".linux", kernel, sizeof(kernel));
        fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
        fake_add_section(firmware, ".cmdline", "quiet", 5);
        fake_add_section(firmware, ".initrd", "initrd", 6);
        return fake_run(firmware, ret_status);
}

static void assert_placed_and_whole(void)
{
        assert_true(firmware->kernel.started);
        assert_non_null(fake_placed.base);
        assert_true(fake_placed.headers_are_there && fake_placed.rest_is_zero);
        assert_true(fake_placed.loaded_size == FAKE_KERNEL_SIZE + KERNEL_PAGE);
        assert_string_equal(firmware->kernel.command_line, "quiet");
        assert_true(firmware->kernel.initrd_status == EFI_SUCCESS && firmware->kernel.initrd_size > 6);
        assert_memory_equal(firmware->kernel.path, secure_boot_kernel_path(), 24);
}

static void assert_loaded(void)
{
        assert_true(firmware->kernel.started);
        assert_null(fake_placed.base);
        assert_string_equal(firmware->kernel.command_line, "quiet");
}

/* Shim, what is there besides, and whether the stub has to place the kernel itself. */
static const struct {
        const char *name;
        enum fake_shim shim;
        bool secure_boot, placed;
} shims[] = {
        { "15.8", FAKE_SHIM_15_8, true, false },
        { "16.0", FAKE_SHIM_16_0, true, true },
        { "16.1", FAKE_SHIM_16_1, true, false },
        { "16.0, and SecureBoot cannot be read", FAKE_SHIM_16_0, false, true },
};

static void kernel_starts_behind_every_shim(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(shims); i++) {
                EFI_STATUS status;

                fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
                if (shims[i].secure_boot)
                        fake_enable_secure_boot(firmware);
                fake_start_shim(firmware, shims[i].shim);
                if (!start(&status))
                        fail_msg("shim %s: the kernel was not started", shims[i].name);
                if (shims[i].placed)
                        assert_placed_and_whole();
                else
                        assert_loaded();
                fake_done(firmware);
                firmware = fake_new();
        }
}

/* It asks shim nothing that it would say no to on the screen. */
static void shim_16_0_is_not_asked_in_vain(void **state)
{
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
        fake_enable_secure_boot(firmware);
        fake_start_shim(firmware, FAKE_SHIM_16_0);
        assert_true(start(&status));
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL), -1);
}

static void what_shim_16_1_refuses_is_not_started_in_another_way(void **state)
{
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_EXECUTABLE);
        fake_enable_secure_boot(firmware);
        fake_start_shim(firmware, FAKE_SHIM_16_1);
        firmware->faults.load_image = EFI_SECURITY_VIOLATION; /* it is revoked */
        assert_false(start(&status));
        assert_true(status == EFI_SECURITY_VIOLATION);
        assert_null(fake_placed.base);
}

static void firmware_that_refuses_in_its_own_way_is_gone_round(void **state)
{
        static const EFI_STATUS refusals[] = { EFI_ACCESS_DENIED, EFI_SECURITY_VIOLATION, EFI_UNSUPPORTED };

        for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
                EFI_STATUS status;

                fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
                firmware->faults.load_image = refusals[i];
                assert_true(start(&status));
                assert_placed_and_whole();
                fake_done(firmware);
                firmware = fake_new();
        }
}

static void pages_are_code_or_writable_and_never_both(void **state)
{
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
        firmware->faults.load_image = EFI_UNSUPPORTED;
        assert_true(start(&status));
        assert_placed_and_whole();
        assert_false(fake_placed.code_is_writable || fake_placed.data_is_executable);
}

/* It does not say that it runs so. */
static void kernel_without_nx_compat_has_it_all(void **state)
{
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
        store_le16(kernel + 0x80 + 24 + 70, 0);
        firmware->faults.load_image = EFI_UNSUPPORTED;
        assert_true(start(&status));
        assert_placed_and_whole();
        assert_true(fake_placed.code_is_writable && fake_placed.data_is_executable);
}

static void memory_that_cannot_be_made_code_is_not_jumped_to(void **state)
{
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_STUBBORN);
        firmware->faults.load_image = EFI_ACCESS_DENIED;
        assert_false(start(&status));
        assert_true(status == EFI_UNSUPPORTED);
        assert_int_equal(fake_placed.pages, 0);
        assert_non_null(strstr(firmware->console, "the kernel did not start"));
}

/* edk2 writes over what it frees, which read-only memory would not survive; and what is ours says again what we are. */
static void kernel_that_comes_back_leaves_nothing(void **state)
{
        const EFI_LOADED_IMAGE before = firmware->self;
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
        firmware->faults.load_image = EFI_ACCESS_DENIED;
        firmware->faults.start_image = EFI_DEVICE_ERROR;
        assert_false(start(&status));
        assert_true(status == EFI_DEVICE_ERROR);
        assert_non_null(fake_placed.base);
        assert_int_equal(fake_placed.pages, 0);
        assert_int_equal(firmware->pool_blocks, 0);
        assert_true(firmware->self.ImageBase == before.ImageBase && firmware->self.FilePath == before.FilePath &&
                    firmware->self.LoadOptions == before.LoadOptions && firmware->self.LoadOptionsSize == before.LoadOptionsSize);
}

static void aligned_kernel_lies_where_it_wants_to(void **state)
{
        EFI_STATUS status;

        fake_offer_pages(firmware, FAKE_MEMORY_STRICT);
        store_le32(kernel + 0x80 + 24 + 32, 0x10000);
        firmware->faults.load_image = EFI_UNSUPPORTED;
        assert_true(start(&status));
        assert_placed_and_whole();
        assert_int_equal((uintptr_t)fake_placed.base % 0x10000, 0);
}

static void kernel_before_5_8_is_refused_in_words(void **state)
{
        EFI_STATUS status;

        store_le16(kernel + 0x80 + 24 + 44, 0);
        assert_false(start(&status));
        assert_true(status == EFI_INCOMPATIBLE_VERSION);
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL), -1);
        assert_non_null(strstr(firmware->console, "the kernel is too old"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(kernel_starts_behind_every_shim),
                TEST(shim_16_0_is_not_asked_in_vain),
                TEST(what_shim_16_1_refuses_is_not_started_in_another_way),
                TEST(firmware_that_refuses_in_its_own_way_is_gone_round),
                TEST(pages_are_code_or_writable_and_never_both),
                TEST(kernel_without_nx_compat_has_it_all),
                TEST(memory_that_cannot_be_made_code_is_not_jumped_to),
                TEST(kernel_that_comes_back_leaves_nothing),
                TEST(aligned_kernel_lies_where_it_wants_to),
                TEST(kernel_before_5_8_is_refused_in_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
