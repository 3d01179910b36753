/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cleaning a directory that stands for the firmware's variable store: what goes, what stays, what BootOrder says afterwards, and
 * what a full or a stubborn store
 * does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <sys/syscall.h>

#include "common/base/forget.h"
#include "initrd/steps/variable-clean.h"
#include "linux/base/cleanup.h"
#include "tests/unit/scratch.h"

#define VENDOR "6f2d8f5e-3b1c-4f57-9d0a-5a1b7c93e240"
#define LOADER "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"

static struct boot_context context;
static struct reset reset;
static struct world {
        char directory[SCRATCH_PATH_MAX], detail[160];
        struct guid present; /* the one partition there is */
        struct guid esp;     /* of `files` */
        struct esp_survey files;
        bool full;           /* the store has no room for a new BootOrder */
        bool deaf;           /* it says that it removed one and did not */
        const char *refused; /* a variable that it does not remove, for this reason: */
        int refusal;
        unsigned listings, list_fails_from; /* how often it was listed; from which time on it cannot be, 0 = never */
        const char *comes_back;             /* a variable that is there again under another name when it was removed */
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

int scandirat(int directory_fd, const char *path, struct dirent ***ret, int (*filter)(const struct dirent *),
              int (*compare)(const struct dirent **, const struct dirent **))
{
        char absolute[64];

        if (world.list_fails_from > 0 && ++world.listings >= world.list_fails_from) {
                errno = EIO;
                return -1;
        }
        (void)snprintf(absolute, sizeof(absolute), "/proc/self/fd/%d/%s", directory_fd, path);
        return scandir(absolute, ret, filter, compare);
}

int unlinkat(int directory_fd, const char *name, int flags)
{
        if (world.refused && strncmp(name, world.refused, strlen(world.refused)) == 0) {
                errno = world.refusal;
                return -1;
        }
        if (world.comes_back && strncmp(name, world.comes_back, strlen(world.comes_back)) == 0)
                return renameat(directory_fd, name, directory_fd, "Boot00BB-" GLOBAL);
        return world.deaf ? 0 : (int)syscall(SYS_unlinkat, directory_fd, name, flags);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        memset(&context, 0, sizeof(context));
        memset(&reset, 0, sizeof(reset));
        scratch_make(world.directory, NULL);
        assert_int_equal(efivarfs_open(world.directory, &context.variables), 0);
        context.report.kmsg_fd = -1;
        policy_init(&context.policy);
        memset(&world.present, 0x11, sizeof(world.present));
        memset(&world.esp, 0x44, sizeof(world.esp));
        reset.context = &context;
        context.started_by_stub = true;
        return 0;
}

static int tear_down(void **state)
{
        world.full = world.deaf = false;
        world.refused = world.comes_back = NULL;
        efivarfs_close(&context.variables);
        scratch_remove(world.directory);
        return 0;
}

static bool exists(const void *argument, const struct guid *partition)
{
        return guid_equal(partition, &world.present) || guid_equal(partition, &world.esp);
}

static int clean(void)
{
        const struct partition_lookup lookup = { .exists = exists, .esp = world.esp, .files = &world.files };

        return variables_clean(&reset, &lookup, world.detail, sizeof(world.detail));
}

static void put(const char *name, uint8_t attributes, const void *value, size_t size)
{
        uint8_t data[256] = { attributes };

        memcpy(data + 4, value, size);
        scratch_write(context.variables.directory_fd, name, data, 4 + size);
}

static void put_entry(const char *name, uint8_t partition)
{
        uint8_t option[8 + 42 + 4] = { [0] = 1, [4] = 46, [8] = 4, [9] = 1, [10] = 42 };

        memset(option + 8 + 24, partition, 16);
        option[8 + 41] = 2;
        memcpy(option + 50, "\x7f\xff\4", 4);
        put(name, 7, option, sizeof(option));
}

/* A hard drive and a file, of at most 40 characters. */
static void put_file_entry(const char *name, uint8_t partition, const char *path)
{
        uint8_t option[8 + 42 + 4 + 2 * 41 + 4] = { [0] = 1, [8] = 4, [9] = 1, [10] = 42, [50] = 4, [51] = 4 };
        size_t length = 4 + 2 * (strlen(path) + 1);

        memset(option + 8 + 24, partition, 16);
        option[8 + 41] = 2;
        option[52] = (uint8_t)length;
        for (size_t i = 0; path[i] != 0; i++)
                option[54 + 2 * i] = (uint8_t)path[i];
        memcpy(option + 50 + length, "\x7f\xff\4", 4);
        option[4] = (uint8_t)(42 + length + 4);
        put(name, 7, option, 8 + 42 + length + 4);
}

static void put_firmware_entry(const char *name)
{
        uint8_t option[8 + 20 + 20 + 4] = { [0] = 1, [4] = 44, [8] = 4, [9] = 7, [10] = 20, [28] = 4, [29] = 6, [30] = 20 };

        memcpy(option + 48, "\x7f\xff\4", 4);
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
        put("BootOrder-" GLOBAL, 7, "\2\0\1\0\xaf\0\7", 8); /* 7 is in no list: the kernel may not have been shown it */
        assert_true(variable_name_parse("DeviceOwner-" VENDOR, sizeof("DeviceOwner-" VENDOR) - 1,
                                        &context.policy.settings.variables.remove[0]));
        context.policy.settings.variables.remove_count = 1;
}

static bool is_there(const char *name)
{
        return faccessat(context.variables.directory_fd, name, F_OK, 0) == 0;
}

static void assert_order(const char *expected, size_t expected_size)
{
        _cleanup_free_ void *value = NULL;
        size_t size;

        assert_int_equal(efivarfs_read(&context.variables, &guid_efi_global, "BootOrder", &value, &size), 0);
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
        assert_order("\1\0\xaf\0\7", 6);
        assert_string_equal(world.detail, "3 removed and gone, 2 kept unlisted, boot secret left to the stub");
        assert_int_equal(reset.cleaned.variables_removed.count, 3);
        assert_string_equal(reset.cleaned.variables_kept.items[0].name, "Boot0001-" GLOBAL); /* of another partition */
        assert_string_equal(reset.cleaned.variables_kept.items[1].name, "VendorNote-" VENDOR);
        assert_int_equal(reset.cleaned.variables_kept.count, 2);
        assert_int_equal(reset.cleaned.variables_left.count, 0);
        assert_false(reset.course.partial);
        assert_true(reset.cleaned.variables_cleaned);
}

static void without_a_stub_of_ours_what_only_it_can_remove_is_named(void **state)
{
        static const char why[] = "if it is there: it takes Cleanslate's boot stub to remove it";
        context.started_by_stub = false;
        put_all();
        assert_int_equal(clean(), 0);
        assert_string_equal(world.detail, "3 removed and gone, 3 kept unlisted, boot secret left, as there is no stub for it");
        assert_string_equal(reset.cleaned.variables_kept.items[0].name, "LoaderBootSecret");
        assert_string_equal(reset.cleaned.variables_kept.items[0].why, why);
        assert_int_equal(reset.cleaned.variables_left.count, 0);
        assert_false(reset.course.partial || is_there("CleanslateForget-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41"));

        context.policy.settings.variables.mok = MOK_RESET; /* the image asks for it, and it is not done */
        memset(&reset.cleaned, 0, sizeof(reset.cleaned));
        assert_int_equal(clean(), 0);
        assert_string_equal(reset.cleaned.variables_left.items[0].name, "MokList");
        assert_string_equal(reset.cleaned.variables_left.items[0].why, why);
        assert_true(reset.course.partial);
}

static void a_cleaning_can_be_repeated(void **state)
{
        put_all();
        assert_int_equal(clean(), 0);
        memset(&reset.cleaned, 0, sizeof(reset.cleaned));
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.variables_removed.count, 0);
        assert_order("\1\0\xaf\0\7", 6);
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

        assert_int_equal(efivarfs_read(&context.variables, &guid_cleanslate, FORGET_VARIABLE_NAME, &value, &size), 0);
        assert_int_equal(forget_decode(value, size, &what), ERR_OK);
        return what;
}

static void the_stub_is_asked_for_what_only_it_can_reach(void **state)
{
        assert_int_equal(clean(), 0);
        assert_int_equal(asked(), FORGET_BOOT_SECRET);
        context.policy.settings.variables.mok = MOK_RESET;
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
        assert_non_null(strstr(world.detail, "BootOrder could not be shortened"));
}

static const struct clean_item *left(const char *name)
{
        for (size_t i = 0; i < reset.cleaned.variables_left.count; i++)
                if (strcmp(reset.cleaned.variables_left.items[i].name, name) == 0)
                        return &reset.cleaned.variables_left.items[i];
        return NULL;
}

/* A former owner must not be able to make a device that nobody can reset. */
static void a_variable_that_firmware_does_not_release_is_named_and_stops_nothing(void **state)
{
        static const struct {
                int error;
                const char *text;
        } errors[] = {
                { EACCES, "does not permit" },
                { EPERM, "does not permit" },
                { EROFS, "write-protected" },
                { EINVAL, "refuses" },
                { EIO, "failed" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                memset(&reset.cleaned, 0, sizeof(reset.cleaned));
                context.policy.settings.variables.remove_count = 0;
                put_all();
                reset.course.partial = false;
                world.refused = "Boot0002-";
                world.refusal = errors[i].error;
                assert_int_equal(clean(), 0);
                world.refused = NULL;
                assert_true(is_there("Boot0002-" GLOBAL));
                assert_false(is_there("LoaderEntryDefault-" LOADER));
                assert_non_null(left("Boot0002-" GLOBAL));
                assert_non_null(strstr(left("Boot0002-" GLOBAL)->why, errors[i].text));
                assert_int_equal(reset.cleaned.variables_left.count, 1);
                assert_int_equal(reset.cleaned.variables_removed.count, 2);
                assert_order("\1\0\xaf\0\7", 6); /* at least it is not started by itself */
                assert_non_null(strstr(world.detail, "2 removed and gone, 2 kept unlisted"));
                assert_non_null(strstr(world.detail, "; 1 could not be removed"));
                assert_true(reset.course.partial && reset.cleaned.variables_cleaned);
        }
}

static void a_variable_that_is_only_said_to_have_gone_is_named(void **state)
{
        put_all();
        world.deaf = true;
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.variables_removed.count, 0);
        assert_int_equal(reset.cleaned.variables_left.count, 3);
        assert_non_null(strstr(left("Boot0002-" GLOBAL)->why, "still there, although"));
        assert_true(reset.course.partial);
}

/* Some firmware makes its boot entries anew, and under another number. */
static void a_variable_that_comes_back_is_named_and_stops_nothing(void **state)
{
        put_all();
        world.comes_back = "Boot0002-";
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.variables_removed.count, 3);
        assert_int_equal(reset.cleaned.variables_left.count, 1);
        assert_non_null(strstr(left("Boot00BB-" GLOBAL)->why, "put there by the firmware"));
        assert_true(reset.course.partial);
        assert_order("\1\0\xaf\0\7", 6);
}

/* Nothing was erased: then it is a reason to refuse the reset. Later it would leave no system. */
static void a_store_that_cannot_be_listed_stops_no_reset_that_has_begun(void **state)
{
        put_all();
        world.list_fails_from = 1;
        assert_int_equal(clean(), -EIO);
        assert_non_null(strstr(context.trouble, "cannot be listed"));
        context.erasing = true;
        world.listings = 0;
        assert_int_equal(clean(), 0);
        assert_non_null(strstr(left("EFI variables")->why, "does not list them"));
        assert_int_equal(reset.cleaned.variables_removed.count, 0);
        assert_true(is_there("Boot0002-" GLOBAL) && reset.course.partial && reset.cleaned.variables_cleaned);
        assert_order("\2\0\1\0\xaf\0\7", 8);
}

/* Only what is seen to be gone counts as gone. */
static void a_store_that_cannot_be_listed_again_is_asked_for_each_variable(void **state)
{
        put_all();
        context.erasing = true;
        world.list_fails_from = 2;
        world.refused = "Boot0002-";
        world.refusal = EIO;
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.variables_removed.count, 2);
        assert_int_equal(reset.cleaned.variables_left.count, 2);
        assert_non_null(strstr(left("Boot0002-" GLOBAL)->why, "failed to remove"));
        assert_non_null(left("EFI variables"));
        assert_true(reset.course.partial);
}

static void an_authenticated_variable_is_not_tried(void **state)
{
        put("LoaderEntryDefault-" LOADER, 0x27, "x", 2);
        put("BootNext-" GLOBAL, 0x27, "\1", 2);
        assert_int_equal(clean(), 0);
        assert_true(is_there("LoaderEntryDefault-" LOADER) && is_there("BootNext-" GLOBAL));
        assert_non_null(strstr(left("LoaderEntryDefault-" LOADER)->why, "authenticated"));
        assert_non_null(left("BootNext-" GLOBAL));
        assert_true(reset.course.partial);
}

static void a_stub_that_cannot_be_asked_is_said(void **state)
{
        put("BootOrder-" GLOBAL, 7, "\1", 2);
        assert_int_equal(mkdirat(context.variables.directory_fd, "CleanslateForget-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41", 0700),
                         0);
        assert_int_equal(clean(), 0);
        assert_non_null(left("LoaderBootSecret"));
        assert_true(reset.course.partial);
        assert_int_equal(syscall(SYS_unlinkat, context.variables.directory_fd,
                                 "CleanslateForget-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41", AT_REMOVEDIR),
                         0);
}

/* Nobody is asked whether the next start, or what comes before every start, is the former owner's. */
static void what_comes_before_or_instead_of_the_boot_order_goes(void **state)
{
        put("BootNext-" GLOBAL, 7, "\1", 2);
        put_entry("Driver0000-" GLOBAL, 0x11);
        put_firmware_entry("Driver0001-" GLOBAL);
        put_entry("SysPrep0002-" GLOBAL, 0x11);
        put("DriverOrder-" GLOBAL, 7, "\0\0\1\0\2", 6);
        put("SysPrepOrder-" GLOBAL, 7, "\2", 2);
        assert_int_equal(clean(), 0);
        assert_false(is_there("BootNext-" GLOBAL) || is_there("Driver0000-" GLOBAL) || is_there("SysPrep0002-" GLOBAL));
        assert_true(is_there("Driver0001-" GLOBAL));
        assert_false(is_there("SysPrepOrder-" GLOBAL));
        _cleanup_free_ void *value = NULL;
        size_t size;
        assert_int_equal(efivarfs_read(&context.variables, &guid_efi_global, "DriverOrder", &value, &size), 0);
        assert_int_equal(size, 4);
        assert_memory_equal(value, "\1\0\2", 4); /* 2 is a SysPrep's */
        assert_string_equal(reset.cleaned.variables_kept.items[0].name, "Driver0001-" GLOBAL);
}

/* An entry, what it points to, and what becomes of it. */
static void entries_are_judged_by_what_they_point_to(void **state)
{
        static const struct {
                const char *name;
                uint8_t partition;
                const char *path;
                bool goes_with_list, goes_without;
        } cases[] = {
                { "Boot0001-" GLOBAL, 0x44, "\\EFI\\kept.efi", false, false },
                { "Boot0002-" GLOBAL, 0x44, "\\EFI\\removed.efi", true, true },
                { "Boot0003-" GLOBAL, 0x44, "\\EFI\\never-there.efi", true, true },
                { "Boot0004-" GLOBAL, 0x44, "\\efi\\NAMED.bin", true, false },
                { "Boot0005-" GLOBAL, 0x11, "\\EFI\\removed.efi", false, false }, /* of another partition */
                { "Boot0006-" GLOBAL, 0x22, "\\EFI\\kept.efi", true, true },
                { "Boot0007-" GLOBAL, 0x44, "\\EFI", true, true }, /* a directory */
                { "Boot0008-" GLOBAL, 0x44, "\\", false, false },  /* the partition: its BOOT*.EFI */
        };
        static char *const paths[] = { "EFI", "EFI/kept.efi", "EFI/removed.efi", "EFI/named.bin", "EFI/BOOT/BOOTX64.EFI" };
        static struct esp_entry entries[ARRAY_SIZE(paths)];
        static struct esp_finding findings[] = {
                { ESP_KEEP, 0 }, { ESP_KEEP, 0 }, { ESP_REMOVE, 0 }, { ESP_NAME, 0 }, { ESP_KEEP, 0 }
        };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
                entries[i] = (struct esp_entry){ .path = paths[i], .directory = i == 0 };
        world.files.tree = (struct esp_tree){ .entries = entries, .count = ARRAY_SIZE(paths) };
        world.files.findings = findings;
        for (int list = 0; list < 2; list++) {
                world.files.policy.list.present = list;
                for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                        put_file_entry(cases[i].name, cases[i].partition, cases[i].path);
                assert_int_equal(clean(), 0);
                for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                        if (is_there(cases[i].name) == (list ? cases[i].goes_with_list : cases[i].goes_without))
                                fail_msg("%s, list %d", cases[i].path, list);
        }
}

static void a_key_goes_with_its_entry(void **state)
{
        put_all();
        put("Key0000-" GLOBAL, 7, "\0\0\0\0crc.\2\0\0\0", 12);
        put("Key0001-" GLOBAL, 7, "\0\0\0\0crc.\1\0\0\0", 12);
        assert_int_equal(clean(), 0);
        assert_false(is_there("Key0000-" GLOBAL));
        assert_true(is_there("Key0001-" GLOBAL));
}

/* A non-volatile one is the old system's word for what has started this machine. */
static void a_boot_current_that_outlives_a_restart_protects_nothing(void **state)
{
        put_all();
        put("BootCurrent-" GLOBAL, 7, "\2", 2);
        assert_int_equal(clean(), 0);
        assert_false(is_there("Boot0002-" GLOBAL));
}

static void unreadable_entries_stay(void **state)
{
        put("Boot0003-" GLOBAL, 7, "\1", 2);
        put("Boot0004-" GLOBAL, 7, "", 0);
        scratch_text(context.variables.directory_fd, "no-variable", "x");
        scratch_text(context.variables.directory_fd, "Short-" VENDOR, "x");
        assert_int_equal(clean(), 0);
        assert_true(is_there("Boot0003-" GLOBAL) && is_there("Boot0004-" GLOBAL));
        assert_int_equal(reset.cleaned.variables_kept.count, 2); /* and are named */
}

static void the_store_is_listed_in_order_with_attributes(void **state)
{
        _cleanup_free_ struct efivar *list = NULL;
        size_t count = 0;

        put("b-c-" VENDOR, 0x27, "x", 1);
        put("a-" LOADER, 6, "", 0);
        scratch_text(context.variables.directory_fd, "-" VENDOR, "12345");
        assert_int_equal(efivarfs_list(&context.variables, &list, &count), 0);
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
                TEST(without_a_stub_of_ours_what_only_it_can_remove_is_named),
                TEST(a_cleaning_can_be_repeated),
                TEST(an_order_without_any_entry_left_goes),
                TEST(the_stub_is_asked_for_what_only_it_can_reach),
                TEST(a_full_store_keeps_the_order_and_says_so),
                TEST(a_variable_that_firmware_does_not_release_is_named_and_stops_nothing),
                TEST(a_variable_that_is_only_said_to_have_gone_is_named),
                TEST(a_variable_that_comes_back_is_named_and_stops_nothing),
                TEST(a_store_that_cannot_be_listed_stops_no_reset_that_has_begun),
                TEST(a_store_that_cannot_be_listed_again_is_asked_for_each_variable),
                TEST(an_authenticated_variable_is_not_tried),
                TEST(a_stub_that_cannot_be_asked_is_said),
                TEST(what_comes_before_or_instead_of_the_boot_order_goes),
                TEST(entries_are_judged_by_what_they_point_to),
                TEST(a_key_goes_with_its_entry),
                TEST(a_boot_current_that_outlives_a_restart_protects_nothing),
                TEST(unreadable_entries_stay),
                TEST(the_store_is_listed_in_order_with_attributes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
