/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/disk/gpt on disks that are files: what the real libfdisk writes and reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/base/partition-type.h"
#include "linux/disk/gpt-write.h"
#include "linux/disk/gpt.h"
#include "linux/disk/inventory.h"
#include "tests/unit/gpt-put.h"

#define MIB(n) ((uint64_t)(n) << 20)

struct disk {
        char path[32];
        struct inventory inventory;
};

static int set_up(void **state)
{
        struct disk *disk = calloc(1, sizeof(*disk));
        strcpy(disk->path, "/tmp/test-gpt-XXXXXX");
        int fd = mkstemp(disk->path);
        assert_true(fd >= 0 && ftruncate(fd, (off_t)MIB(64)) == 0 && close(fd) == 0);
        struct fdisk_context *context = fdisk_new_context();
        assert_int_equal(fdisk_assign_device(context, disk->path, 0), 0);
        assert_int_equal(fdisk_create_disklabel(context, "gpt"), 0);
        assert_int_equal(fdisk_write_disklabel(context), 0);
        fdisk_unref_context(context);
        *state = disk;
        return 0;
}

static int tear_down(void **state)
{
        struct disk *disk = *state;
        (void)unlink(disk->path);
        free(disk);
        return 0;
}

static const struct inventory *read_disk(struct disk *disk)
{
        assert_int_equal(gpt_read(disk->path, &disk->inventory), 0);
        return &disk->inventory;
}

/* 64 MiB of 512-byte sectors end with the entries' 32 and the header */
static void the_usable_range_leaves_room_for_both_tables(void **state)
{
        const struct inventory *inventory = read_disk(*state);
        assert_int_equal(inventory->sector_size, 512);
        assert_int_equal(inventory->last_usable_bytes, MIB(64) - 33 * 512 - 1);
}

static void a_table_made_for_a_smaller_disk_gives_the_whole_disk(void **state)
{
        struct disk *disk = *state;
        assert_int_equal(truncate(disk->path, (off_t)MIB(256)), 0);
        assert_int_equal(read_disk(disk)->last_usable_bytes, MIB(256) - 33 * 512 - 1);
}

/* What gpt_read() promises must be what gpt_put() can do, once the table was written anew. */
static void an_entry_fits_up_to_the_last_usable_byte_of_a_grown_disk(void **state)
{
        struct disk *disk = *state;
        struct guid id = guid_partition_esp;
        struct gpt_entry entry = {
                .type = guid_partition_esp, .uuid = guid_partition_esp, .name = "grown", .start_bytes = MIB(1)
        };
        assert_int_equal(truncate(disk->path, (off_t)MIB(256)), 0);
        entry.size_bytes = read_disk(disk)->last_usable_bytes + 1 - entry.start_bytes;
        assert_int_equal(gpt_write_id(disk->path, &id), 0);
        assert_int_equal(put(disk->path, &entry), 0);
        const struct inventory *inventory = read_disk(disk);
        assert_int_equal(inventory->partition_count, 1);
        assert_int_equal(inventory->partitions[0].size_bytes, entry.size_bytes);
        assert_int_equal(inventory->last_usable_bytes, entry.start_bytes + entry.size_bytes - 1);
}

/* The control: a sector more is refused. */
static void an_entry_beyond_the_last_usable_byte_is_refused(void **state)
{
        struct disk *disk = *state;
        struct gpt_entry entry = {
                .type = guid_partition_esp, .uuid = guid_partition_esp, .name = "long", .start_bytes = MIB(1)
        };
        entry.size_bytes = read_disk(disk)->last_usable_bytes + 1 + 512 - entry.start_bytes;
        assert_true(put(disk->path, &entry) < 0);
        assert_int_equal(read_disk(disk)->partition_count, 0);
}

static void entries_take_the_slots_they_are_given(void **state)
{
        struct disk *disk = *state;
        struct gpt_entry entries[2] = {
                { .number = 3,
                  .type = guid_partition_esp,
                  .uuid = { { 1 } },
                  .name = "a",
                  .start_bytes = MIB(20),
                  .size_bytes = MIB(2) },
                { .number = 1,
                  .type = guid_partition_config,
                  .uuid = { { 2 } },
                  .name = "b",
                  .start_bytes = MIB(10),
                  .size_bytes = MIB(2) },
        };
        const struct inventory *inventory;

        assert_int_equal(gpt_put(disk->path, entries, 2), 0);
        inventory = read_disk(disk);
        assert_int_equal(inventory->partition_count, 2);
        assert_int_equal(inventory->partitions[0].number, 1);
        assert_int_equal(inventory->partitions[1].number, 3);
        /* each where the other one has been */
        entries[0].start_bytes = MIB(10);
        entries[1].start_bytes = MIB(20);
        entries[1].attributes = UINT64_C(1) << 59;
        assert_int_equal(gpt_put(disk->path, entries, 2), 0);
        inventory = read_disk(disk);
        assert_int_equal(inventory->partition_count, 2);
        assert_int_equal(inventory->partitions[0].number, 3);
        assert_string_equal(inventory->partitions[0].name, "a");
        assert_int_equal(inventory->partitions[1].number, 1);
        assert_true(inventory->partitions[1].attributes == UINT64_C(1) << 59);
        /* one of them does not fit: neither is changed */
        entries[0].start_bytes = MIB(30);
        entries[1].size_bytes = MIB(64);
        assert_true(gpt_put(disk->path, entries, 2) < 0);
        assert_int_equal(read_disk(disk)->partitions[0].start_bytes, MIB(10));
        entries[0].number = 0;
        assert_int_equal(gpt_put(disk->path, entries, 1), -EINVAL);
}

/* What gpt_read() says is what gpt_put() can do. */
static void a_short_table_has_the_slots_that_it_says(void **state)
{
        struct disk *disk = *state;
        struct fdisk_context *context = fdisk_new_context();
        struct gpt_entry entry = {
                .type = guid_partition_esp, .uuid = { { 1 } }, .name = "last", .start_bytes = MIB(10), .size_bytes = MIB(2)
        };
        assert_int_equal(read_disk(disk)->entry_count, 128);
        assert_int_equal(fdisk_assign_device(context, disk->path, 0), 0);
        assert_int_equal(fdisk_gpt_set_npartitions(context, 4), 0);
        assert_int_equal(fdisk_write_disklabel(context), 0);
        fdisk_unref_context(context);
        assert_int_equal(read_disk(disk)->entry_count, 4);
        entry.number = 5;
        assert_true(gpt_put(disk->path, &entry, 1) < 0);
        entry.number = 4;
        assert_int_equal(gpt_put(disk->path, &entry, 1), 0);
        assert_int_equal(read_disk(disk)->partitions[0].number, 4);
}

/* Type, GUID, name and attributes are what they were; beside it one goes, one comes, all in one table. */
static void what_grows_keeps_all_but_its_end(void **state)
{
        struct disk *disk = *state;
        static const struct guid unknown = { { 9, 8, 7, 6 } };
        struct gpt_entry entries[] = {
                { .number = 1,
                  .type = unknown,
                  .uuid = { { 1 } },
                  .name = "kept \xc3\xa4\xe2\x82\xac",
                  .attributes = UINT64_C(0x8001000000000004) },
                { .number = 2, .type = guid_partition_esp, .uuid = { { 2 } }, .name = "goes" },
                { .number = 4, .type = guid_partition_config, .uuid = { { 4 } }, .name = "behind" },
        };
        struct inventory before;

        for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
                entries[i].start_bytes = MIB(10 * (i + 1));
                entries[i].size_bytes = MIB(2);
        }
        assert_int_equal(gpt_put(disk->path, entries, ARRAY_SIZE(entries)), 0);
        before = *read_disk(disk);

        struct gpt_entry change[] = {
                { .number = 1, .grows = true, .start_bytes = MIB(10), .size_bytes = MIB(19) + 512 },
                { .number = 2, .type = guid_partition_esp, .uuid = { { 3 } }, .name = "comes" },
                { .number = 4, .grows = true, .start_bytes = MIB(30), .size_bytes = MIB(64 - 30) - 33 * 512 }
        };
        change[1].start_bytes = MIB(29) + 4096;
        change[1].size_bytes = MIB(1) - 4096;
        assert_int_equal(gpt_put(disk->path, change, ARRAY_SIZE(change)), 0);
        const struct inventory *inventory = read_disk(disk);
        assert_int_equal(inventory->partition_count, 3);
        for (size_t i = 0; i < 3; i += 2) {
                struct inventory_partition wanted = before.partitions[i];

                wanted.size_bytes = change[i].size_bytes;
                assert_memory_equal(&inventory->partitions[i], &wanted, sizeof(wanted));
        }
        assert_string_equal(inventory->partitions[1].name, "comes");
}

static void nothing_shrinks_moves_or_is_grown_over(void **state)
{
        struct disk *disk = *state;
        struct gpt_entry entry = {
                .number = 1, .type = guid_partition_esp, .uuid = { { 1 } }, .name = "a", .start_bytes = MIB(10)
        };
        struct gpt_entry other = {
                .number = 2, .type = guid_partition_esp, .uuid = { { 2 } }, .name = "b", .start_bytes = MIB(20)
        };
        struct gpt_entry growth = { .number = 1, .grows = true, .start_bytes = MIB(10), .size_bytes = MIB(2) - 512 };

        entry.size_bytes = other.size_bytes = MIB(2);
        assert_int_equal(gpt_put(disk->path, &entry, 1), 0);
        assert_int_equal(gpt_put(disk->path, &other, 1), 0);
        assert_int_equal(gpt_put(disk->path, &growth, 1), -EINVAL);
        growth.size_bytes = MIB(4);
        growth.start_bytes = MIB(9);
        assert_int_equal(gpt_put(disk->path, &growth, 1), -EINVAL);
        growth.start_bytes = MIB(10);
        growth.number = 3;
        assert_int_equal(gpt_put(disk->path, &growth, 1), -EINVAL);
        growth.number = 1;
        growth.size_bytes = MIB(10) + 512;
        assert_true(gpt_put(disk->path, &growth, 1) < 0);
        assert_int_equal(read_disk(disk)->partitions[0].size_bytes, MIB(2));
        growth.size_bytes = MIB(10); /* the control: all there is */
        assert_int_equal(gpt_put(disk->path, &growth, 1), 0);
        assert_int_equal(read_disk(disk)->partitions[0].size_bytes, MIB(10));
}

/* -- what hides in a table -- */

#define SECTOR 512

/* Both headers with another FirstUsableLBA, and bytes where no partition is: behind the header, in an unused entry, as boot code.
 */
static void hide(struct disk *disk, uint64_t first_usable, const char *what)
{
        FILE *file = fopen(disk->path, "r+");
        uint8_t header[SECTOR];
        static uint8_t entries[128 * 128];

        assert_non_null(file);
        for (int copy = 0; copy < 2; copy++) {
                uint64_t lba = copy == 0 ? 1 : MIB(64) / SECTOR - 1, entries_lba = copy == 0 ? 2 : lba - 32;

                assert_true(fseek(file, (long)(lba * SECTOR), SEEK_SET) == 0 && fread(header, SECTOR, 1, file) == 1);
                assert_true(fseek(file, (long)(entries_lba * SECTOR), SEEK_SET) == 0 &&
                            fread(entries, sizeof(entries), 1, file) == 1);
                (void)strcpy((char *)entries + 100 * 128 + 16, what); /* its type stays zero, so that it is unused */
                store_le64(entries + 100 * 128 + 32, MIB(40) / SECTOR);
                store_le64(entries + 100 * 128 + 40, MIB(50) / SECTOR);
                store_le64(header + 40, first_usable);
                store_le64(header + 48, MIB(32) / SECTOR);
                (void)strcpy((char *)header + 200, what);
                store_le32(header + 88, crc32_of(entries, sizeof(entries)));
                store_le32(header + 16, 0);
                store_le32(header + 16, crc32_of(header, 92));
                assert_true(fseek(file, (long)(lba * SECTOR), SEEK_SET) == 0 && fwrite(header, SECTOR, 1, file) == 1);
                assert_true(fseek(file, (long)(entries_lba * SECTOR), SEEK_SET) == 0 &&
                            fwrite(entries, sizeof(entries), 1, file) == 1);
        }
        assert_true(fseek(file, 100, SEEK_SET) == 0 && fputs(what, file) >= 0 && fclose(file) == 0);
}

static size_t count_hidden(const struct disk *disk, const char *what)
{
        static uint8_t bytes[64 << 20];
        FILE *file = fopen(disk->path, "r");
        size_t count = 0, length = strlen(what);

        assert_true(file && fread(bytes, sizeof(bytes), 1, file) == 1 && fclose(file) == 0);
        for (const uint8_t *at = bytes, *end = bytes + sizeof(bytes); (at = memmem(at, (size_t)(end - at), what, length)); at++)
                count++;
        return count;
}

static void bounds_come_from_the_disk_and_not_from_the_header(void **state)
{
        struct disk *disk = *state;

        hide(disk, MIB(16) / SECTOR, "canary");
        const struct inventory *inventory = read_disk(disk);
        assert_int_equal(inventory->partition_count, 0); /* an entry without a type covers nothing, whatever its bounds say */
        assert_int_equal(inventory->first_usable_bytes, 2 * SECTOR);
        assert_int_equal(inventory->header_first_usable_bytes, MIB(16));
        assert_int_equal(inventory->entries_start_bytes, 2 * SECTOR);
        assert_int_equal(inventory->entries_size_bytes, 32 * SECTOR);
        assert_int_equal(inventory->last_usable_bytes, MIB(64) - 33 * SECTOR - 1);
}

static void a_cleaned_table_holds_its_partitions_and_nothing_else(void **state)
{
        struct disk *disk = *state;
        struct gpt_entry entry = { .type = guid_partition_esp, .uuid = guid_efi_global, .name = "esp", .size_bytes = MIB(2) };

        entry.start_bytes = MIB(20);
        assert_int_equal(put(disk->path, &entry), 0);
        hide(disk, MIB(24) / SECTOR, "canary");
        assert_int_equal(count_hidden(disk, "canary"), 5);
        assert_int_equal(gpt_clean_table(disk->path, false), 0);
        assert_int_equal(count_hidden(disk, "canary"), 1); /* the boot code */
        assert_int_equal(gpt_clean_table(disk->path, true), 0);
        assert_int_equal(count_hidden(disk, "canary"), 0);

        const struct inventory *inventory = read_disk(disk);
        assert_int_equal(inventory->partition_count, 1);
        assert_string_equal(inventory->partitions[0].name, "esp");
        assert_int_equal(inventory->partitions[0].start_bytes, MIB(20));
        assert_int_equal(inventory->header_first_usable_bytes, MIB(20));
        entry.start_bytes = MIB(40); /* behind what the header called its end */
        assert_int_equal(put(disk->path, &entry), 0);
        assert_int_equal(read_disk(disk)->partition_count, 2);
}

/* The control: without it, the bounds hold. */
static void a_table_that_is_not_cleaned_keeps_partitions_within_its_bounds(void **state)
{
        struct disk *disk = *state;
        struct gpt_entry entry = { .type = guid_partition_esp, .uuid = guid_efi_global, .name = "esp", .size_bytes = MIB(2) };

        hide(disk, MIB(24) / SECTOR, "canary");
        entry.start_bytes = MIB(40);
        assert_true(put(disk->path, &entry) < 0);
}

/* As after a cut in the midst of it: the other copy is whole. */
static void one_damaged_copy_is_written_anew(void **state)
{
        struct disk *disk = *state;
        struct gpt_entry entry = { .type = guid_partition_esp, .uuid = guid_efi_global, .name = "esp", .size_bytes = MIB(2) };

        entry.start_bytes = MIB(20);
        assert_int_equal(put(disk->path, &entry), 0);
        FILE *file = fopen(disk->path, "r+");
        assert_true(file && fseek(file, 2 * SECTOR + 60, SEEK_SET) == 0 && fputs("damage", file) >= 0 && fclose(file) == 0);
        assert_int_equal(gpt_clean_table(disk->path, true), 0);
        assert_string_equal(read_disk(disk)->partitions[0].name, "esp");
        assert_int_equal(count_hidden(disk, "damage"), 0);
}

/* -- who is the ESP -- */

static void add(const struct disk *disk, const struct guid *type, uint8_t uuid, uint64_t start_mib)
{
        struct gpt_entry entry = { .type = *type, .uuid = { { uuid } }, .name = "x", .size_bytes = MIB(1) };

        entry.start_bytes = MIB(start_mib);
        assert_int_equal(put(disk->path, &entry), 0);
}

static void only_the_esp_that_was_started_from_is_the_esp(void **state)
{
        struct disk *disk = *state;
        const struct guid esp = { { 7 } }, other = { { 9 } };
        char path[DEVICE_PATH_MAX];

        add(disk, &guid_partition_esp, 8, 10);
        add(disk, &guid_partition_esp, 7, 20);
        add(disk, &guid_partition_config, 9, 30);
        assert_int_equal(inventory_read_disk(disk->path, &esp, &disk->inventory), 0);
        assert_int_equal(disk->inventory.partitions[0].role, ROLE_OTHER);
        assert_int_equal(disk->inventory.partitions[1].role, ROLE_ESP);
        assert_int_equal(disk->inventory.partitions[2].role, ROLE_OTHER);
        assert_true(disk->inventory.esp_usable && guid_equal(&disk->inventory.esp, &esp));

        assert_int_equal(inventory_read_disk(disk->path, &other, &disk->inventory), 0); /* of another type */
        assert_int_equal(disk->inventory.partitions[2].role, ROLE_ESP);
        assert_false(disk->inventory.esp_usable);

        assert_int_equal(inventory_read_disk(disk->path, NULL, &disk->inventory), 0);
        assert_false(disk->inventory.esp_usable);
        assert_true(guid_is_zero(&disk->inventory.esp));

        add(disk, &guid_partition_config, 7, 40); /* somebody's copy of the PARTUUID */
        assert_int_equal(inventory_read_disk(disk->path, &esp, &disk->inventory), 0);
        assert_int_equal(disk->inventory.partitions[1].role, ROLE_ESP);
        assert_int_equal(disk->inventory.partitions[3].role, ROLE_ESP);
        assert_false(disk->inventory.esp_usable);
        assert_int_equal(inventory_partition_path(&disk->inventory, &esp, path), -ENOTUNIQ);
}

/* With nothing but one superblock's magic in it. Of what looks blank but held plain text, a discard would be all that becomes. */
static void what_holds_a_file_system_is_not_blank(void **state)
{
        struct disk *disk = *state;
        const struct {
                const char *magic;
                off_t at;
                enum partition_content content;
        } cases[] = {
                { "", 0, CONTENT_BLANK },
                { "LUKS\xba\xbe", 0, CONTENT_LUKS },
                { "XFSB", 0, CONTENT_UNKNOWN },
                { "\x53\xef", 1080, CONTENT_UNKNOWN }, /* ext4 */
                { "SWAPSPACE2", 4086, CONTENT_UNKNOWN },
                { "_BHRfS_M", 65600, CONTENT_UNKNOWN }, /* btrfs */
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const size_t size = strlen(cases[i].magic);
                assert_int_equal(truncate(disk->path, 0), 0);
                assert_int_equal(truncate(disk->path, (off_t)MIB(1)), 0);
                FILE *file = fopen(disk->path, "r+");
                assert_true(file && fseek(file, cases[i].at, SEEK_SET) == 0 && fwrite(cases[i].magic, 1, size, file) == size);
                assert_int_equal(fclose(file), 0);
                assert_int_equal(inventory_look_at(disk->path), cases[i].content);
        }
        assert_int_equal(truncate(disk->path, 4096), 0);
        assert_int_equal(inventory_look_at(disk->path), CONTENT_UNKNOWN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_usable_range_leaves_room_for_both_tables, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_table_made_for_a_smaller_disk_gives_the_whole_disk, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_entry_fits_up_to_the_last_usable_byte_of_a_grown_disk, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_entry_beyond_the_last_usable_byte_is_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_grows_keeps_all_but_its_end, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nothing_shrinks_moves_or_is_grown_over, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bounds_come_from_the_disk_and_not_from_the_header, set_up, tear_down),
                cmocka_unit_test_setup_teardown(entries_take_the_slots_they_are_given, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_short_table_has_the_slots_that_it_says, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_cleaned_table_holds_its_partitions_and_nothing_else, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_table_that_is_not_cleaned_keeps_partitions_within_its_bounds, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(one_damaged_copy_is_written_anew, set_up, tear_down),
                cmocka_unit_test_setup_teardown(only_the_esp_that_was_started_from_is_the_esp, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_holds_a_file_system_is_not_blank, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
