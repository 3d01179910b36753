/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/gpt on disks that are files: what the real libfdisk writes and reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libfdisk/libfdisk.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux/gpt.h"

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

/* What gpt_read() promises must be what gpt_create() can do, once the table was written anew. */
static void an_entry_fits_up_to_the_last_usable_byte_of_a_grown_disk(void **state)
{
        struct disk *disk = *state;
        struct guid id = guid_partition_esp;
        struct gpt_entry entry = {
                .type = guid_partition_esp, .uuid = guid_partition_esp, .name = "grown", .start_bytes = MIB(1)
        };
        uint32_t number;
        assert_int_equal(truncate(disk->path, (off_t)MIB(256)), 0);
        entry.size_bytes = read_disk(disk)->last_usable_bytes + 1 - entry.start_bytes;
        assert_int_equal(gpt_write_id(disk->path, &id), 0);
        assert_int_equal(gpt_create(disk->path, &entry, &number), 0);
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
        uint32_t number;
        entry.size_bytes = read_disk(disk)->last_usable_bytes + 1 + 512 - entry.start_bytes;
        assert_true(gpt_create(disk->path, &entry, &number) < 0);
        assert_int_equal(read_disk(disk)->partition_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_usable_range_leaves_room_for_both_tables, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_table_made_for_a_smaller_disk_gives_the_whole_disk, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_entry_fits_up_to_the_last_usable_byte_of_a_grown_disk, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_entry_beyond_the_last_usable_byte_is_refused, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
