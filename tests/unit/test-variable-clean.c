/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cleaning a directory that stands for the firmware's variable store: what goes, what stays, what BootOrder says afterwards, and
 * what a full or a stubborn store does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "common/forget.h"
#include "initrd/variable-clean.h"
#include "linux/cleanup.h"
#include "tests/unit/scratch.h"

#define VENDOR "6f2d8f5e-3b1c-4f57-9d0a-5a1b7c93e240"
#define LOADER "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"

static struct device device;
static struct reset reset;
static struct world {
        char directory[SCRATCH_PATH_MAX], detail[160];
        struct guid present; /* the one partition there is */
        bool full;           /* the store has no room for a new BootOrder */
        bool deaf;           /* it says that it removed one and did not */
} world;

/* edk2 needs room for the new value beside the old one; a new small one may still find some. */
static bool is_order(int fd)
{
        char link[64], path[SCRATCH_PATH_MAX * 2] = "";

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        return readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "/BootOrder-");
}

ssize_t write(int fd, const void *data, size_t size)
{
        if (world.full && is_order(fd)) {
                errno = ENOSPC;
                return -1;
        }
        return syscall(SYS_write, fd, data, size);
}

int unlinkat(int directory_fd, const char *name, int flags)
{
        return world.deaf ? 0 : (int)syscall(SYS_unlinkat, directory_fd, name, flags);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        memset(&device, 0, sizeof(device));
        memset(&reset, 0, sizeof(reset));
        scratch_make(world.directory, NULL);
        assert_int_equal(efivarfs_open(world.directory, &device.variables), 0);
        device.report.kmsg_fd = -1;
        policy_init(&device.policy);
        memset(&world.present, 0x11, sizeof(world.present));
        reset.device = &device;
        return 0;
}

static int tear_down(void **state)
{
        world.full = world.deaf = false;
        efivarfs_close(&device.variables);
        scratch_remove(world.directory);
        return 0;
}

static bool exists(const void *context, const struct guid *partition)
{
        return guid_equal(partition, &world.present);
}

static int clean(void)
{
        const struct partition_lookup lookup = { .exists = exists };

        return variables_clean(&reset, &lookup, world.detail, sizeof(world.detail));
}

static void put(const char *name, uint8_t attributes, const void *value, size_t size)
{
        uint8_t data[256] = { attributes };

        memcpy(data + 4, value, size);
        scratch_write(device.variables.directory_fd, name, data, 4 + size);
}

static void put_entry(const char *name, uint8_t partition)
{
        uint8_t option[8 + 42 + 4] = { [0] = 1, [4] = 46, [8] = 4, [9] = 1, [10] = 42 };

        memset(option + 8 + 24, partition, 16);
        option[8 + 41] = 2;
        memcpy(option + 50, "\x7f\xff\4", 4);
        put(name, 7, option, sizeof(option));
}

static void put_all(void)
{
        put("LoaderEntryDefault-" LOADER, 7, "x", 2);
        put("LoaderInfo-" LOADER, 6, "x", 2);
        put("VendorNote-" VENDOR, 7, "x", 2);
        put("DeviceOwner-" VENDOR, 7, "x", 2);
        put_entry("Boot0001-" GLOBAL, 0x11);
        put_entry("Boot0002-" GLOBAL, 0x22);
        put_entry("Boot00AF-" GLOBAL, 0x33);
        put("BootCurrent-" GLOBAL, 6, "\xaf", 2);
        put("BootOrder-" GLOBAL, 7, "\2\0\1\0\xaf\0\7", 8); /* 7 was removed by a cleaning that was cut off */
        assert_true(variable_name_parse("DeviceOwner-" VENDOR, sizeof("DeviceOwner-" VENDOR) - 1,
                                        &device.policy.settings.variables.remove[0]));
        device.policy.settings.variables.remove_count = 1;
}

static bool is_there(const char *name)
{
        return faccessat(device.variables.directory_fd, name, F_OK, 0) == 0;
}

static void assert_order(const char *expected, size_t expected_size)
{
        _cleanup_free_ void *value = NULL;
        size_t size;

        assert_int_equal(efivarfs_read(&device.variables, &guid_efi_global, "BootOrder", &value, &size), 0);
        assert_int_equal(size, expected_size);
        assert_memory_equal(value, expected, size);
}

static void what_must_go_goes_and_the_rest_stays(void **state)
{
        put_all();
        assert_int_equal(clean(), 0);
        assert_false(is_there("LoaderEntryDefault-" LOADER) || is_there("DeviceOwner-" VENDOR) || is_there("Boot0002-" GLOBAL));
        assert_true(is_there("LoaderInfo-" LOADER) && is_there("VendorNote-" VENDOR) && is_there("Boot0001-" GLOBAL));
        assert_true(is_there("Boot00AF-" GLOBAL)); /* it points nowhere, and started this machine */
        assert_order("\1\0\xaf", 4);
        assert_string_equal(world.detail, "3 removed and gone, 1 kept unlisted, boot secret left to the stub");
        assert_int_equal(reset.beyond.variables_removed.count, 3);
        assert_string_equal(reset.beyond.variables_kept.items[0].name, "VendorNote-" VENDOR);
        assert_int_equal(reset.beyond.variables_kept.count, 1);
        assert_true(reset.beyond.variables_cleaned);
}

static void a_cleaning_can_be_repeated(void **state)
{
        put_all();
        assert_int_equal(clean(), 0);
        memset(&reset.beyond, 0, sizeof(reset.beyond));
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.beyond.variables_removed.count, 0);
        assert_order("\1\0\xaf", 4);
}

static void an_order_without_any_entry_left_goes(void **state)
{
        put_entry("Boot0002-" GLOBAL, 0x22);
        put("BootOrder-" GLOBAL, 7, "\2", 2);
        assert_int_equal(clean(), 0);
        assert_false(is_there("BootOrder-" GLOBAL) || is_there("Boot0002-" GLOBAL));
}

/* What the stub is asked for; the reader is the stub's. */
static uint32_t asked(void)
{
        _cleanup_free_ void *value = NULL;
        uint32_t what = 0;
        size_t size;

        assert_int_equal(efivarfs_read(&device.variables, &guid_cleanslate, FORGET_VARIABLE_NAME, &value, &size), 0);
        assert_int_equal(forget_decode(value, size, &what), ERR_OK);
        return what;
}

static void the_stub_is_asked_for_what_only_it_can_reach(void **state)
{
        assert_int_equal(clean(), 0);
        assert_int_equal(asked(), FORGET_BOOT_SECRET);
        device.policy.settings.variables.mok = MOK_RESET;
        assert_int_equal(clean(), 0);
        assert_int_equal(asked(), FORGET_BOOT_SECRET | FORGET_OWNER_KEYS);
        assert_non_null(strstr(world.detail, "boot secret and owner keys left to the stub"));
}

static void a_full_store_keeps_the_order_and_says_so(void **state)
{
        put_all();
        world.full = true;
        assert_int_equal(clean(), 0);
        world.full = false;
        assert_false(is_there("Boot0002-" GLOBAL));
        assert_order("\2\0\1\0\xaf\0\7", 8);
        assert_non_null(strstr(world.detail, "the store is too full to shorten BootOrder"));
}

static void a_variable_that_does_not_go_fails_the_cleaning(void **state)
{
        put_all();
        world.deaf = true;
        assert_int_equal(clean(), -EBADMSG);
        assert_non_null(strstr(device.trouble, "was removed and is still there"));
        assert_false(reset.beyond.variables_cleaned);
}

static void unreadable_entries_stay(void **state)
{
        put("Boot0003-" GLOBAL, 7, "\1", 2);
        put("Boot0004-" GLOBAL, 7, "", 0);
        scratch_text(device.variables.directory_fd, "no-variable", "x");
        scratch_text(device.variables.directory_fd, "Short-" VENDOR, "x");
        assert_int_equal(clean(), 0);
        assert_true(is_there("Boot0003-" GLOBAL) && is_there("Boot0004-" GLOBAL));
        assert_int_equal(reset.beyond.variables_kept.count, 0);
}

static void the_store_is_listed_in_order_with_attributes(void **state)
{
        _cleanup_free_ struct efivar *list = NULL;
        size_t count = 0;

        put("b-c-" VENDOR, 0x27, "x", 1);
        put("a-" LOADER, 6, "", 0);
        scratch_text(device.variables.directory_fd, "-" VENDOR, "12345");
        assert_int_equal(efivarfs_list(&device.variables, &list, &count), 0);
        assert_int_equal(count, 2);
        assert_string_equal(list[0].name, "a");
        assert_string_equal(list[1].name, "b-c");
        assert_int_equal(list[1].attributes, 0x27);
        assert_true(guid_equal(&list[0].vendor, &guid_loader_interface));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(what_must_go_goes_and_the_rest_stays),
                TEST(a_cleaning_can_be_repeated),
                TEST(an_order_without_any_entry_left_goes),
                TEST(the_stub_is_asked_for_what_only_it_can_reach),
                TEST(a_full_store_keeps_the_order_and_says_so),
                TEST(a_variable_that_does_not_go_fails_the_cleaning),
                TEST(unreadable_entries_stay),
                TEST(the_store_is_listed_in_order_with_attributes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
