/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By what additional disks are told apart, and known again by a reset that is resumed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/disks-fixture.h"

static void a_clone_of_a_chosen_disk_is_refused(void **state)
{
        (void)strcpy(inventory.disks[USB].media.wwid, "eui.D"); /* even where the clone itself would not be taken */
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_AMBIGUOUS, DATA);
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_refused(DISK_REFUSAL_AMBIGUOUS, DATA);
        choose("[Disk]\nid=serial:M\n"); /* others are not concerned */
        assert_true(is_chosen(MORE));
}

static void the_boot_disk_under_another_name_is_refused(void **state)
{
        (void)strcpy(inventory.disks[MORE].media.wwid, "eui.B");
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_refused(DISK_REFUSAL_AMBIGUOUS, MORE);
}

static void without_wwids_model_and_serial_tell(void **state)
{
        struct inventory_disk *a = &inventory.disks[DATA], *b = &inventory.disks[MORE];

        a->media.wwid[0] = b->media.wwid[0] = '\0';
        assert_false(disks_show_one_identity(a, b));
        (void)strcpy(b->media.serial, "D");
        assert_true(disks_show_one_identity(a, b));
        (void)strcpy(b->media.model, "Another");
        assert_false(disks_show_one_identity(a, b));
        a->media.serial[0] = b->media.serial[0] = '\0'; /* disks that say nothing are not the same for that */
        (void)strcpy(b->media.model, a->media.model);
        assert_false(disks_show_one_identity(a, b));
}

static void one_wwid_says_nothing_without_another(void **state)
{
        struct inventory_disk *a = &inventory.disks[DATA], *b = &inventory.disks[MORE];

        (void)strcpy(b->media.serial, "D");
        assert_false(disks_show_one_identity(a, b));
        a->media.wwid[0] = '\0';
        assert_true(disks_show_one_identity(a, b) && disks_show_one_identity(b, a));
        (void)strcpy(a->media.wwid, "x"); /* however short */
        (void)strcpy(b->media.wwid, "y");
        assert_false(disks_show_one_identity(a, b));
}

/* What "additional disk N" means must not depend on the order in which the kernel found the disks. */
static void the_order_follows_identity(void **state)
{
        struct inventory_disk data = inventory.disks[DATA];
        uint32_t check;

        choose("[Disk]\nall=internal\nlevel=clear\n");
        check = disk_choice_check(&choice, &inventory);
        assert_string_equal(inventory.disks[choice.chosen[0].disk].media.serial, "A");
        assert_string_equal(inventory.disks[choice.chosen[1].disk].media.serial, "D");
        inventory.disks[DATA] = inventory.disks[SATA];
        inventory.disks[SATA] = data;
        (void)strcpy(inventory.disks[SATA].path, "/dev/nvme7n1");
        inventory.disks[SATA].media.size_bytes *= 2; /* a hidden area was opened */
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_string_equal(inventory.disks[choice.chosen[0].disk].media.serial, "A");
        assert_string_equal(inventory.disks[choice.chosen[1].disk].media.serial, "D");
        assert_int_equal(disk_choice_check(&choice, &inventory), check);
        (void)strcpy(inventory.disks[MORE].media.serial, "another");
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_int_not_equal(disk_choice_check(&choice, &inventory), check);
}

static void the_wwid_orders_before_the_serial_and_that_before_the_place(void **state)
{
        static const struct {
                const char *wwids[2], *serials[2], *places[2];
                uint32_t first;
        } cases[] = {
                { { "eui.2", "eui.1" }, { "A", "B" }, { "/a", "/b" }, MORE },
                { { "", "" }, { "Y", "X" }, { "/a", "/b" }, MORE },
                { { "eui.1", "eui.2" }, { "Y", "X" }, { "/b", "/a" }, DATA },
                { { "", "" }, { "", "" }, { "/b", "/a" }, MORE },
                { { "", "" }, { "", "" }, { "/a", "/b" }, DATA },
                { { "", "" }, { "", "" }, { "/a", "/a" }, DATA }, /* nothing tells them apart: as they were found */
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                for (size_t d = 0; d < 2; d++) {
                        struct inventory_disk *disk = &inventory.disks[DATA + d];
                        (void)strcpy(disk->media.wwid, cases[i].wwids[d]);
                        (void)strcpy(disk->media.serial, cases[i].serials[d]);
                        (void)strcpy(disk->syspath, cases[i].places[d]);
                }
                inventory.disk_count = SATA;
                choose("[Disk]\nall=internal\nlevel=clear\n");
                assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
                assert_int_equal(choice.chosen[0].disk, cases[i].first);
                assert_int_equal(choice.count, 2);
        }
}

/* A progress outlives the version that wrote it. The numbers are from Python's zlib.crc32. */
static void the_check_of_the_disks_is_a_format(void **state)
{
        struct inventory_disk *without = &inventory.disks[MORE];

        without->media.wwid[0] = without->media.serial[0] = '\0';
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_int_equal(choice.count, 3);
        assert_int_equal(disk_choice_check(&choice, &inventory), 0x95aa06bf);
        inventory.disks[SATA].media.wwid[0] = inventory.disks[DATA].media.serial[0] = '\0';
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_int_equal(disk_choice_check(&choice, &inventory), 0x67674025);
        memset(without->syspath, 'p', sizeof(without->syspath) - 1); /* as long as it may be */
        (void)disk_choice_check(&choice, &inventory);
}

static void a_finished_disk_is_recalled_and_not_judged_again(void **state)
{
        uint32_t check;

        choose("[Disk]\nall=internal\n"); /* A, D, M */
        check = disk_choice_check(&choice, &inventory);
        inventory.disks[DATA].media.techniques = 0; /* frozen since */
        disk_choice_recall(&settings, check, 1u << 1, &inventory);
        assert_true(inventory.disks[DATA].is_done);
        assert_false(inventory.disks[MORE].is_done || inventory.disks[SATA].is_done);
        choose("[Disk]\nall=internal\n");
        assert_true(is_chosen(DATA));
}

static void a_finished_first_disk_is_recalled_as_well(void **state)
{
        choose("[Disk]\nall=internal\n"); /* A, D, M */
        disk_choice_recall(&settings, disk_choice_check(&choice, &inventory), 1u << 0, &inventory);
        assert_true(inventory.disks[SATA].is_done);
        assert_false(inventory.disks[DATA].is_done || inventory.disks[MORE].is_done);
        disk_choice_recall(&settings, disk_choice_check(&choice, &inventory), UINT32_MAX, &inventory);
        assert_true(inventory.disks[SATA].is_done && inventory.disks[DATA].is_done && inventory.disks[MORE].is_done);
        assert_false(inventory.disks[BOOT].is_done || inventory.disks[USB].is_done); /* which are not chosen */
}

/* It is empty, or full of what the next step puts there, or a purge has left it locked. */
static void a_finished_disk_may_be_in_any_state(void **state)
{
        for (int i = 0; i < 3; i++) {
                struct inventory_disk *disk = &inventory.disks[DATA];
                (void)set_up(state);
                disk->is_done = true;
                disk->is_held = i == 0;
                disk->media.read_only = i == 1;
                disk->media.size_bytes = i == 2 ? 0 : disk->media.size_bytes;
                choose("[Disk]\nid=serial:D\n");
                assert_true(is_chosen(DATA));
        }
}

static void what_was_done_to_other_disks_is_forgotten(void **state)
{
        uint32_t check;

        choose("[Disk]\nall=internal\n");
        check = disk_choice_check(&choice, &inventory);
        (void)strcpy(inventory.disks[DATA].media.wwid, "eui.exchanged");
        disk_choice_recall(&settings, check, UINT32_MAX, &inventory);
        for (size_t i = 0; i < DISKS; i++)
                assert_false(inventory.disks[i].is_done);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        const struct CMUnitTest tests[] = {
                TEST(a_clone_of_a_chosen_disk_is_refused),
                TEST(the_boot_disk_under_another_name_is_refused),
                TEST(without_wwids_model_and_serial_tell),
                TEST(one_wwid_says_nothing_without_another),
                TEST(the_order_follows_identity),
                TEST(the_wwid_orders_before_the_serial_and_that_before_the_place),
                TEST(the_check_of_the_disks_is_a_format),
                TEST(a_finished_disk_is_recalled_and_not_judged_again),
                TEST(a_finished_first_disk_is_recalled_as_well),
                TEST(a_finished_disk_may_be_in_any_state),
                TEST(what_was_done_to_other_disks_is_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
