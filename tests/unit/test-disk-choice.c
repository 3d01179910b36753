/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which additional disks a reset erases; every doubt is a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/disks-fixture.h"

static void without_sections_nothing_is_chosen(void **state)
{
        choose("");
        assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
        assert_int_equal(choice.count, 0);
        assert_int_equal(choice.fates[DATA], DISK_FATE_UNDECLARED);
        assert_int_equal(choice.fates[BOOT], DISK_FATE_BOOT);
}

static void each_form_names_one_disk(void **state)
{
        static const struct {
                const char *text;
                uint32_t disk;
        } cases[] = {
                { "[Disk]\nid=serial:D\n", DATA },
                { "[Disk]\nid=wwid:eui.M\n", MORE },
                { "[Disk]\npath=/sys/devices/pci0000:00/0000:00:1f.2/ata1\nlevel=clear\n", SATA },
                { "[Disk]\npath=/sys/devices/pci0000:00/0000:00:04.0\n", DATA },
                { "[Disk]\npath=/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme1/nvme1n1\n", DATA },
                { "[Disk]\nid=serial:U\nlevel=clear\n", USB }, /* on USB, but named: the vendor knows */
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                choose(cases[i].text);
                assert_true(is_chosen(cases[i].disk));
                assert_int_equal(choice.count, 1);
                assert_int_equal(choice.fates[cases[i].disk], DISK_FATE_DECLARED);
        }
}

static void all_internal_takes_what_is_built_in_and_nothing_else(void **state)
{
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_int_equal(choice.count, 3);
        assert_true(is_chosen(DATA) && is_chosen(MORE) && is_chosen(SATA));
        assert_int_equal(choice.fates[USB], DISK_FATE_EXTERNAL);
        assert_int_equal(choice.fates[BOOT], DISK_FATE_BOOT);
        assert_int_equal(choice.fates[SATA], DISK_FATE_INTERNAL);
}

static void each_reason_against_all_internal_counts(void **state)
{
        static const enum disk_fate fates[] = { DISK_FATE_BOOT,     DISK_FATE_VIRTUAL,    DISK_FATE_EXTERNAL,
                                                DISK_FATE_EXTERNAL, DISK_FATE_REMOVABLE,  DISK_FATE_READ_ONLY,
                                                DISK_FATE_EMPTY,    DISK_FATE_UNKNOWN_BUS };

        for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
                struct inventory_disk *disk = &inventory.disks[MORE];

                (void)set_up(state);
                disk->is_boot_disk = i == 0;
                disk->is_virtual = i == 1;
                disk->is_external = i == 2;
                disk->media.usb = i == 3;
                disk->media.removable = i == 4;
                disk->media.read_only = i == 5;
                disk->media.size_bytes = i == 6 ? 0 : disk->media.size_bytes;
                disk->media.bus = i == 7 ? MEDIA_OTHER : disk->media.bus;
                choose("[Disk]\nall=internal\nlevel=clear\n");
                assert_false(is_chosen(MORE));
                assert_int_equal(choice.fates[MORE], fates[i]);
                assert_int_equal(choice.count, 2);
        }
}

static void a_section_of_its_own_comes_before_all_internal(void **state)
{
        choose("[Disk]\nall=internal\nlevel=clear\n[Disk]\nid=serial:D\nlevel=purge\n");
        assert_int_equal(choice.count, 3);
        for (size_t i = 0; i < choice.count; i++)
                assert_int_equal(choice.chosen[i].level, choice.chosen[i].disk == DATA ? ERASE_LEVEL_PURGE : ERASE_LEVEL_CLEAR);
}

/* Whose words then hold for it; wherever disk and section stand. */
static void each_chosen_disk_is_told_with_its_section(void **state)
{
        choose("[Disk]\nid=serial:D\n[Disk]\nall=internal\nlevel=clear\n");
        assert_int_equal(choice.count, 3);
        for (size_t i = 0; i < choice.count; i++)
                assert_int_equal(choice.chosen[i].definition, choice.chosen[i].disk == DATA ? 0 : 1);
        inventory.disks[BOOT].is_boot_disk = false; /* started from the network, say */
        choose("[Disk]\nid=serial:D\n[Disk]\nid=serial:B\n");
        assert_true(is_chosen(BOOT) && is_chosen(DATA));
}

static void the_boot_disk_is_never_erased_by_name(void **state)
{
        choose("[Disk]\nid=serial:B\n");
        assert_refused(DISK_REFUSAL_BOOT, BOOT);
        choose("[Disk]\npath=/sys/devices/pci0000:00/0000:00:03.0\n");
        assert_refused(DISK_REFUSAL_BOOT, BOOT);
}

static void a_missing_disk_is_refused_unless_it_is_optional(void **state)
{
        choose("[Disk]\nid=serial:nobody\n");
        assert_refused(DISK_REFUSAL_MISSING, -1);
        assert_int_equal(choice.refused_definition, 0);
        choose("[Disk]\nid=serial:nobody\nrequired=no\n");
        assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
        assert_int_equal(choice.count, 0);
        choose("[Disk]\npath=/sys/devices/pci0000:00/0000:00:04\n"); /* no whole component */
        assert_refused(DISK_REFUSAL_MISSING, -1);
}

static void what_could_be_meant_twice_is_refused(void **state)
{
        choose("[Disk]\npath=/sys/devices/pci0000:00/0000:00:04.0\n[Disk]\nid=serial:D\n"); /* two sections, one disk */
        assert_refused(DISK_REFUSAL_AMBIGUOUS, DATA);
        (void)strcpy(inventory.disks[MORE].media.serial, "D"); /* one section, two disks */
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_AMBIGUOUS, MORE);
        choose("[Disk]\npath=/sys/devices/pci0000:00\n");
        assert_int_not_equal(choice.refusal, DISK_REFUSAL_NONE);
}

static void a_disk_that_cannot_be_erased_is_refused(void **state)
{
        inventory.disks[DATA].media.read_only = true;
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_READ_ONLY, DATA);
        (void)set_up(state);
        inventory.disks[DATA].is_held = true;
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_refused(DISK_REFUSAL_HELD, DATA);
        (void)set_up(state);
        inventory.disks[DATA].media.size_bytes = 0;
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_EMPTY, DATA);
}

static void what_lies_behind_the_last_disk_or_section_is_not_read(void **state)
{
        struct inventory_disk *last = &inventory.disks[USB];

        last->media.usb = false;
        inventory.disk_count = USB;
        choose("[Disk]\nid=serial:U\n");
        assert_refused(DISK_REFUSAL_MISSING, -1);
        (void)strcpy(last->media.wwid, "eui.D");
        choose("[Disk]\nid=serial:D\n");
        assert_true(is_chosen(DATA));
        choose("[Disk]\nall=internal\nlevel=clear\n");
        assert_int_equal(choice.count, 3);
        assert_int_equal(choice.fates[USB], 0);
        settings.disk_count = 0;
        memset(&choice, 0xaa, sizeof(choice));
        disk_choose(&settings, &inventory, ERASE_LEVEL_UNSET, &choice);
        assert_int_equal(choice.count, 0);
        assert_int_equal(choice.refused_definition, -1);
        assert_int_equal(choice.refused_disk, -1);
}

/* What the sanitizers look at. */
static void full_tables_are_read_to_their_end_and_no_further(void **state)
{
        char text[POLICY_DISKS_MAX * 64];
        size_t at = 0;

        for (size_t i = DISKS; i < INVENTORY_DISKS_MAX; i++) {
                char name[8];
                (void)snprintf(name, sizeof(name), "S%zu", i);
                (void)set_disk(i, MEDIA_NVME, "/dev/nvme9n1", name, name);
        }
        inventory.disk_count = INVENTORY_DISKS_MAX;
        for (size_t d = 0; d < POLICY_DISKS_MAX; d++)
                at += (size_t)snprintf(text + at, sizeof(text) - at, "[Disk]\nid=serial:S%zu\n", INVENTORY_DISKS_MAX - 1 - d);
        choose(text);
        assert_int_equal(choice.count, POLICY_DISKS_MAX);
        assert_true(is_chosen(INVENTORY_DISKS_MAX - 1));
        settings.disk_count = POLICY_DISKS_MAX + 3; /* which nobody should say */
        inventory.disk_count = INVENTORY_DISKS_MAX + 3;
        disk_choose(&settings, &inventory, ERASE_LEVEL_UNSET, &choice);
        assert_int_equal(choice.count, POLICY_DISKS_MAX);
        assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
}

static void a_second_all_internal_names_no_disk(void **state)
{
        choose("[Disk]\nall=internal\nlevel=clear\n"); /* which cleanslate.conf cannot say twice */
        settings.disks[settings.disk_count++] = settings.disks[0];
        disk_choose(&settings, &inventory, ERASE_LEVEL_UNSET, &choice);
        assert_refused(DISK_REFUSAL_MISSING, -1);
        assert_int_equal(choice.refused_definition, 1);
}

static void more_disks_than_can_be_looked_at_are_refused(void **state)
{
        inventory.disks_overflow = true;
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_TOO_MANY, -1);
        choose("");
        assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
}

static void purge_or_fail(void **state)
{
        choose("[Disk]\nid=serial:D\n");
        assert_true(is_chosen(DATA));
        assert_int_equal(choice.chosen[0].level, ERASE_LEVEL_PURGE);
        assert_int_equal(choice.chosen[0].technique, MEDIA_NVME_FORMAT_ERASE);
        inventory.disks[DATA].media.techniques = 0;
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_CANNOT_PURGE, DATA);
        assert_int_equal(choice.obstacle, PURGE_NOT_OFFERED);
        choose("[Disk]\nid=serial:D\npurge-or-fail=no\n");
        assert_true(is_chosen(DATA));
        assert_int_equal(choice.chosen[0].level, ERASE_LEVEL_CLEAR);
        assert_int_equal(choice.chosen[0].technique, MEDIA_TECHNIQUE_NONE);
        assert_int_equal(choice.chosen[0].obstacle, PURGE_NOT_OFFERED);
}

static void cryptographic_erase_counts_where_the_policy_says_so(void **state)
{
        inventory.disks[DATA].media.techniques = MEDIA_TECHNIQUE_BIT(MEDIA_NVME_FORMAT_CRYPTO);
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_CANNOT_PURGE, DATA);
        choose("[Disk]\nid=serial:D\ncrypto-erase=yes\n");
        assert_true(is_chosen(DATA));
        assert_int_equal(choice.chosen[0].technique, MEDIA_NVME_FORMAT_CRYPTO);
}

static void a_purge_takes_no_other_disk_along(void **state)
{
        inventory.disks[DATA].hardware = inventory.disks[BOOT].hardware; /* another namespace of the boot disk's controller */
        choose("[Disk]\nid=serial:D\n");
        assert_refused(DISK_REFUSAL_CANNOT_PURGE, DATA);
        assert_true(choice.shares_hardware);
        choose("[Disk]\nid=serial:D\npurge-or-fail=no\n");
        assert_true(is_chosen(DATA));
        assert_int_equal(choice.chosen[0].level, ERASE_LEVEL_CLEAR);
        assert_true(choice.chosen[0].shares_hardware);
        (void)set_up(state);
        inventory.disks[DATA].hardware = inventory.disks[MORE].hardware;
        choose("[Disk]\nid=serial:D\n"); /* MORE is not to be erased */
        assert_refused(DISK_REFUSAL_CANNOT_PURGE, DATA);
        choose("[Disk]\nid=serial:D\n[Disk]\nid=serial:M\nlevel=clear\n"); /* ... or not to be purged */
        assert_refused(DISK_REFUSAL_CANNOT_PURGE, DATA);
        choose("[Disk]\nid=serial:D\n[Disk]\nid=serial:M\n");
        assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
        assert_int_equal(choice.count, 2);
}

static void a_request_raises_the_level_and_never_lowers_it(void **state)
{
        choose("[Disk]\nid=serial:D\nlevel=crypto\n");
        assert_int_equal(choice.chosen[0].level, ERASE_LEVEL_CRYPTO);
        disk_choose(&settings, &inventory, ERASE_LEVEL_CLEAR, &choice);
        assert_int_equal(choice.chosen[0].level, ERASE_LEVEL_CLEAR);
        choose("[Disk]\nid=serial:D\nlevel=clear\n");
        disk_choose(&settings, &inventory, ERASE_LEVEL_CRYPTO, &choice);
        assert_int_equal(choice.chosen[0].level, ERASE_LEVEL_CLEAR);
}

static void every_fate_has_a_name(void **state)
{
        for (int fate = 0; fate < DISK_FATE_COUNT; fate++)
                assert_true(strlen(disk_fate_name((enum disk_fate)fate)) > 0 && strlen(disk_fate_text((enum disk_fate)fate)) > 0);
        assert_string_equal(disk_fate_name(DISK_FATE_COUNT), "unknown");
        assert_string_equal(disk_fate_text(DISK_FATE_COUNT), "unknown");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        const struct CMUnitTest tests[] = {
                TEST(without_sections_nothing_is_chosen),
                TEST(each_form_names_one_disk),
                TEST(all_internal_takes_what_is_built_in_and_nothing_else),
                TEST(each_reason_against_all_internal_counts),
                TEST(a_section_of_its_own_comes_before_all_internal),
                TEST(each_chosen_disk_is_told_with_its_section),
                TEST(the_boot_disk_is_never_erased_by_name),
                TEST(a_missing_disk_is_refused_unless_it_is_optional),
                TEST(what_could_be_meant_twice_is_refused),
                TEST(a_disk_that_cannot_be_erased_is_refused),
                TEST(what_lies_behind_the_last_disk_or_section_is_not_read),
                TEST(full_tables_are_read_to_their_end_and_no_further),
                TEST(a_second_all_internal_names_no_disk),
                TEST(more_disks_than_can_be_looked_at_are_refused),
                TEST(purge_or_fail),
                TEST(cryptographic_erase_counts_where_the_policy_says_so),
                TEST(a_purge_takes_no_other_disk_along),
                TEST(a_request_raises_the_level_and_never_lowers_it),
                TEST(every_fate_has_a_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
