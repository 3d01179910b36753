/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random seed of the partition on its way to the kernel: never used twice, never used alone, never made where there is none.
 */
#include "tests/unit/efi-boot-fixture.h"

#include "common/boot/random-seed.h"

#define PATH "loader/random-seed"

static const struct guid table_guid = { { 0xbc, 0xe5, 0xe1, 0x1c, 0xeb, 0x7c, 0xf2, 0x42, 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80,
                                          0xf5, 0x7b } };
static const uint8_t old_seed[64] = "the seed of the last boot, thirty-two bytes and some more of it";

static struct fake_firmware *with_seed(const char *command_line)
{
        struct fake_firmware *firmware = with_image(command_line);

        fake_put_file(firmware, PATH, old_seed, sizeof(old_seed));
        return firmware;
}

/* 32 bytes, or NULL. */
static const uint8_t *passed_on(const struct fake_firmware *firmware)
{
        const uint8_t *table = fake_find_table(firmware, &table_guid);

        if (table != NULL)
                assert_int_equal(load_le32(table), RANDOM_SEED_SIZE);
        return table == NULL ? NULL : table + 4;
}

static void assert_file_is_old(const struct fake_firmware *firmware)
{
        struct bytes file = fake_file_content(firmware, PATH);

        assert_int_equal(file.size, sizeof(old_seed));
        assert_memory_equal(file.data, old_seed, sizeof(old_seed));
}

static void seed_is_replaced_and_another_one_passed_on(void **state)
{
        static const uint8_t zeros[32] = { 0 };
        struct fake_firmware *firmware = with_seed(COMMAND_LINE);
        uint8_t first_file[32], first_kernel[32];
        struct bytes file;

        assert_boots(firmware);
        assert_string_equal(firmware->console, "");
        file = fake_file_content(firmware, PATH);
        assert_int_equal(file.size, 64);
        assert_memory_equal(file.data + 32, zeros, 32); /* nothing is left of the old one */
        assert_memory_not_equal(file.data, old_seed, 32);
        assert_non_null(passed_on(firmware));
        assert_memory_not_equal(passed_on(firmware), file.data, 32);
        memcpy(first_file, file.data, 32);
        memcpy(first_kernel, passed_on(firmware), 32);
        fake_restart(firmware);
        firmware->system.NumberOfTableEntries = 0;
        assert_boots(firmware);
        assert_memory_not_equal(fake_file_content(firmware, PATH).data, first_file, 32);
        assert_memory_not_equal(passed_on(firmware), first_kernel, 32);
        assert_int_equal(fake_open_count(firmware), 0);
        fake_done(firmware);
}

static void partition_without_one_gets_none(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        fake_put_file(firmware, "loader/loader.conf", "timeout 3\n", 10);
        assert_boots(firmware);
        assert_null(fake_file_content(firmware, PATH).data);
        assert_null(passed_on(firmware));
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

/* A medium that is read-only is somebody's wish and no trouble. */
static void seed_that_cannot_be_replaced_is_not_used(void **state)
{
        static const EFI_STATUS failures[] = { EFI_DEVICE_ERROR, EFI_WRITE_PROTECTED };

        for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
                struct fake_firmware *firmware = with_seed(COMMAND_LINE);
                bool said;

                firmware->faults.write_file = failures[i];
                assert_boots(firmware);
                assert_null(passed_on(firmware));
                assert_file_is_old(firmware);
                said = strstr(firmware->console, "Cleanslate: the random seed on the EFI system partition is not used: ") != NULL;
                assert_int_equal(said, i == 0);
                fake_done(firmware);
        }
}

static void seed_that_anybody_may_know_is_not_used_under_secure_boot(void **state)
{
        for (int generator = 0; generator < 2; generator++) {
                struct fake_firmware *firmware = with_seed(COMMAND_LINE);

                fake_enable_secure_boot(firmware);
                fake_set_loader_text(firmware, "LoaderSystemToken", "thirty-two bytes of this machine");
                firmware->faults.no_rng = generator == 0;
                assert_boots(firmware);
                assert_int_equal(passed_on(firmware) != NULL, generator == 1);
                if (generator == 0)
                        assert_file_is_old(firmware);
                fake_done(firmware);
        }
}

static void no_other_boot_than_the_ordinary_one_touches_it(void **state)
{
        static const char *const lines[] = { "cleanslate.mode=reset", "cleanslate.mode=recovery", "cleanslate.mode=break-glass" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                struct fake_firmware *firmware = with_seed(lines[i]);

                add_text(firmware, ".clnslt", "[BreakGlass]\nmode=allowed\n");
                assert_boots(firmware);
                assert_null(passed_on(firmware));
                assert_file_is_old(firmware);
                fake_done(firmware);
        }
}

static void what_a_boot_loader_has_passed_on_stays(void **state)
{
        static const uint8_t features[8] = { 1 << 6 };
        struct fake_firmware *firmware = with_seed(COMMAND_LINE);

        fake_set_boot_loader_text(firmware, "LoaderInfo", "systemd-boot 257");
        assert_int_equal(firmware->runtime.SetVariable(
                                 (CHAR16[]){ 'L', 'o', 'a', 'd', 'e', 'r', 'F', 'e', 'a', 't', 'u', 'r', 'e', 's', 0 },
                                 (EFI_GUID *)&guid_loader_interface,
                                 EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS, sizeof(features),
                                 (void *)features),
                         EFI_SUCCESS);
        assert_boots(firmware);
        assert_null(passed_on(firmware));
        assert_file_is_old(firmware);
        fake_done(firmware);
}

static void file_of_another_size_is_none(void **state)
{
        static const uint8_t large[RANDOM_SEED_FILE_MAX + 1];
        static const size_t sizes[] = { 0, 31, sizeof(large) };

        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                fake_put_file(firmware, PATH, large, sizes[i]);
                assert_boots(firmware);
                assert_null(passed_on(firmware));
                assert_string_equal(firmware->console, "");
                fake_done(firmware);
        }
}

static void failed_start_takes_it_back(void **state)
{
        struct fake_firmware *firmware = with_seed(COMMAND_LINE);

        firmware->faults.start_image = EFI_UNSUPPORTED;
        assert_fails(firmware, EFI_UNSUPPORTED, "Cleanslate: the kernel did not start: not supported");
        assert_null(passed_on(firmware));
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(seed_is_replaced_and_another_one_passed_on),
                cmocka_unit_test(partition_without_one_gets_none),
                cmocka_unit_test(seed_that_cannot_be_replaced_is_not_used),
                cmocka_unit_test(seed_that_anybody_may_know_is_not_used_under_secure_boot),
                cmocka_unit_test(no_other_boot_than_the_ordinary_one_touches_it),
                cmocka_unit_test(what_a_boot_loader_has_passed_on_stays),
                cmocka_unit_test(file_of_another_size_is_none),
                cmocka_unit_test(failed_start_takes_it_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
