/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every place that systemd-repart 262.1 was seen to give, and the minima behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/bytes.h"
#include "layout-cases.h"

#define KIB(number) ((uint64_t)(number) << 10)

static uint64_t given(uint64_t value)
{
        return value == 0 ? LAYOUT_UNSET : value;
}

/* The disks were files: file systems are made for sectors of 4096 bytes then. */
static struct layout_item item_of(const struct layout_row *row)
{
        const struct layout_content content = { row->role,         row->format == NULL ? "" : row->format,
                                                row->is_encrypted, false,
                                                LAYOUT_UNSET,      4096 };
        struct layout_item item = {
                .kind = row->kind,
                .slot = row->slot,
                .start_bytes = row->start,
                .size_bytes = row->size,
                .size_min_bytes = given(row->min),
                .size_max_bytes = given(row->max),
                .padding_min_bytes = given(row->padding_min),
                .padding_max_bytes = given(row->padding_max),
                .weight = row->weight == 0 ? 1000 : row->weight - 1,
                .padding_weight = row->padding_weight,
                .priority = row->priority,
                .supplement_for = row->supplements - 1,
        };

        layout_need(&content, &item);
        return item;
}

static size_t row_count(const struct layout_case *one)
{
        size_t count = 0;

        while (count < LAYOUT_ROWS_MAX && (one->rows[count].size > 0 || one->rows[count].kind == LAYOUT_NEW) &&
               memcmp(&one->rows[count], &(struct layout_row){ 0 }, sizeof(one->rows[count])) != 0)
                count++;
        return count;
}

static void places_are_those_that_systemd_repart_gave(void **state)
{
        for (size_t c = 0; c < ARRAY_SIZE(layout_cases); c++) {
                const struct layout_case *one = &layout_cases[c];
                const struct layout_disk disk = { MIB(1), one->disk_size - 33 * 512, 4096 };
                struct layout_item items[LAYOUT_ROWS_MAX];
                struct layout_place places[LAYOUT_ROWS_MAX] = { 0 };
                size_t count = row_count(one);
                bool moved = true;

                print_message("%s\n", one->name);
                for (size_t i = 0; i < count; i++)
                        items[i] = item_of(&one->rows[i]);
                assert_int_equal(layout_solve(&disk, items, count, places, &moved), one->err);
                for (size_t i = 0; i < count; i++) {
                        assert_int_equal(places[i].outcome, one->rows[i].place.outcome);
                        assert_int_equal(places[i].start_bytes, one->rows[i].place.start_bytes);
                        assert_int_equal(places[i].size_bytes, one->rows[i].place.size_bytes);
                        assert_int_equal(places[i].padding_bytes, one->rows[i].place.padding_bytes);
                }
                assert_int_equal(moved, one->err != ERR_OK);
        }
}

#define RECORDED     "tests/unit/data/layout-262.txt"
#define RECORDED_MAX 24

struct recorded {
        struct layout_disk disk;
        enum err err;
        size_t count;
        struct layout_item items[RECORDED_MAX];
        struct layout_place places[RECORDED_MAX];
};

static uint64_t number_in(const char *word)
{
        return strcmp(word, "-") == 0 ? LAYOUT_UNSET : strtoull(word, NULL, 10);
}

static void add_item(struct recorded *recorded, const char *line)
{
        struct layout_item *item = &recorded->items[recorded->count];
        struct layout_place *place = &recorded->places[recorded->count++];
        char kind[16], min[24], max[24], padding_min[24], padding_max[24], outcome[24] = "";
        int read = 0;

        *place = (struct layout_place){ 0 };
        *item = (struct layout_item){ .size_default_bytes = MIB(10) };
        assert_int_equal(sscanf(line, "%15s %u %lu %lu %23s %23s %lu %23s %23s %u %u %d %d%n", kind, &item->slot,
                                &item->start_bytes, &item->size_bytes, min, max, &item->size_floor_bytes, padding_min,
                                padding_max, &item->weight, &item->padding_weight, &item->priority, &item->supplement_for, &read),
                         13);
        item->kind = strcmp(kind, "new") == 0 ? LAYOUT_NEW : strcmp(kind, "kept") == 0 ? LAYOUT_KEPT : LAYOUT_FOREIGN;
        item->size_min_bytes = number_in(min);
        item->size_max_bytes = number_in(max);
        item->padding_min_bytes = number_in(padding_min);
        item->padding_max_bytes = number_in(padding_max);
        if (sscanf(line + read, " = %lu %lu %lu %u", &place->start_bytes, &place->size_bytes, &place->padding_bytes,
                   &place->rank) > 0)
                return;
        if (sscanf(line + read, " = %23s", outcome) == 1)
                place->outcome = strcmp(outcome, "merged") == 0 ? LAYOUT_MERGED : LAYOUT_DROPPED;
}

/* Something that stays ends off the grain: for that alone the program refuses, or leaves out what has a priority, and ours does
 * not (test-layout-solve). */
static bool may_differ(const struct recorded *recorded)
{
        bool odd = false, gives_way = recorded->err == ERR_NO_SPACE;

        for (size_t i = 0; i < recorded->count; i++) {
                const struct layout_item *item = &recorded->items[i];

                odd |= item->kind == LAYOUT_KEPT && (item->start_bytes + item->size_bytes) % recorded->disk.grain_bytes != 0;
                gives_way |= item->priority > 0;
        }
        return odd && gives_way;
}

static void assert_as_recorded(const struct recorded *recorded)
{
        struct layout_place places[RECORDED_MAX];
        bool moved = true;
        enum err err = layout_solve(&recorded->disk, recorded->items, recorded->count, places, &moved);

        if (err == ERR_OK && may_differ(recorded))
                return;
        assert_int_equal(err, recorded->err);
        for (size_t i = 0; recorded->err == ERR_OK && i < recorded->count; i++) {
                assert_int_equal(places[i].outcome, recorded->places[i].outcome);
                assert_int_equal(places[i].start_bytes, recorded->places[i].start_bytes);
                assert_int_equal(places[i].size_bytes, recorded->places[i].size_bytes);
                assert_int_equal(places[i].padding_bytes, recorded->places[i].padding_bytes);
                assert_int_equal(places[i].rank, recorded->places[i].rank);
        }
}

static void places_of_random_disks_are_those_recorded(void **state)
{
        FILE *file = fopen(RECORDED, "re");
        struct recorded recorded = { 0 };
        size_t disks = 0;
        char line[512];

        assert_non_null(file);
        while (fgets(line, sizeof(line), file)) {
                char outcome[16] = "";

                if (line[0] == '#')
                        continue;
                if (strncmp(line, "disk ", 5) != 0) {
                        add_item(&recorded, line);
                        continue;
                }
                if (disks++ > 0)
                        assert_as_recorded(&recorded);
                recorded.count = 0;
                recorded.disk.grain_bytes = 4096;
                assert_true(sscanf(line, "disk %lu %lu %15s", &recorded.disk.first_bytes, &recorded.disk.end_bytes, outcome) >=
                            2);
                recorded.err = strcmp(outcome, "no-space") == 0 ? ERR_NO_SPACE : ERR_OK;
        }
        assert_as_recorded(&recorded);
        fclose(file);
        assert_int_equal(disks, 238);
}

static const struct {
        struct layout_content content;
        uint64_t floor, minimum; /* what cannot be built smaller; what counts where no SizeMinBytes= is given */
} needs[] = {
        { { LAYOUT_ROLE_OTHER, "", false, false, LAYOUT_UNSET, 512 }, 0, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "ext4", false, false, LAYOUT_UNSET, 512 }, MIB(32), MIB(10) },
        { { LAYOUT_ROLE_OTHER, "xfs", false, false, LAYOUT_UNSET, 512 }, MIB(300), MIB(10) },
        { { LAYOUT_ROLE_OTHER, "btrfs", false, false, LAYOUT_UNSET, 512 }, MIB(256), MIB(10) },
        { { LAYOUT_ROLE_OTHER, "f2fs", false, false, LAYOUT_UNSET, 512 }, 1, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "vfat", false, false, LAYOUT_UNSET, 4096 }, 1, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "squashfs", false, false, LAYOUT_UNSET, 512 }, 1, 1 },
        { { LAYOUT_ROLE_OTHER, "erofs", false, false, LAYOUT_UNSET, 512 }, 1, 1 },
        { { LAYOUT_ROLE_OTHER, "cramfs", false, false, LAYOUT_UNSET, 512 }, 1, 1 },
        { { LAYOUT_ROLE_OTHER, "iso9660", false, false, LAYOUT_UNSET, 512 }, 1, 1 },
        { { LAYOUT_ROLE_BOOT, "vfat", false, false, LAYOUT_UNSET, 512 }, MIB(100), MIB(10) },
        { { LAYOUT_ROLE_BOOT, "vfat", false, false, LAYOUT_UNSET, 4095 }, MIB(100), MIB(10) },
        { { LAYOUT_ROLE_BOOT, "vfat", false, false, LAYOUT_UNSET, 4096 }, MIB(260), MIB(10) },
        { { LAYOUT_ROLE_BOOT, "ext4", false, false, LAYOUT_UNSET, 4096 }, MIB(32), MIB(10) },
        { { LAYOUT_ROLE_BOOT, "", false, false, LAYOUT_UNSET, 4096 }, 0, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "ext4", true, false, LAYOUT_UNSET, 512 }, MIB(64), MIB(10) },
        { { LAYOUT_ROLE_OTHER, "swap", true, false, LAYOUT_UNSET, 512 }, MIB(32) + 1, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "", true, false, LAYOUT_UNSET, 512 }, MIB(32) + 1, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "", false, false, 12345, 512 }, 12345, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "", true, false, MIB(5), 512 }, MIB(37), MIB(10) },
        { { LAYOUT_ROLE_OTHER, "xfs", false, false, MIB(5), 512 }, MIB(5), MIB(10) },
        { { LAYOUT_ROLE_OTHER, "", true, false, UINT64_MAX - 1, 512 }, UINT64_MAX, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "", true, false, UINT64_MAX - MIB(32), 512 }, UINT64_MAX, MIB(10) },
        { { LAYOUT_ROLE_OTHER, "", false, true, LAYOUT_UNSET, 512 }, 0, 1 },
};

static void file_systems_need_what_the_program_says(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
                struct layout_item item = { .size_min_bytes = 7, .size_max_bytes = 8 };

                layout_need(&needs[i].content, &item);
                assert_int_equal(item.size_floor_bytes, needs[i].floor);
                assert_int_equal(item.size_default_bytes, needs[i].minimum);
                assert_int_equal(item.size_min_bytes, 7);
                assert_int_equal(item.size_max_bytes, 8);
        }
}

static void a_signature_has_sixteen_kibibytes_whatever_is_asked_for(void **state)
{
        const struct layout_content content = { LAYOUT_ROLE_VERITY_SIGNATURE, "ext4", true, true, MIB(9), 512 };
        const struct layout_disk disk = { MIB(1), MIB(100), 4096 };
        struct layout_item item = { .size_min_bytes = MIB(1),
                                    .size_max_bytes = MIB(2),
                                    .weight = 1000,
                                    .supplement_for = -1,
                                    .padding_min_bytes = LAYOUT_UNSET,
                                    .padding_max_bytes = LAYOUT_UNSET };
        struct layout_place place;
        bool moved;

        layout_need(&content, &item);
        assert_int_equal(layout_solve(&disk, &item, 1, &place, &moved), ERR_OK);
        assert_int_equal(place.size_bytes, KIB(16));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(places_are_those_that_systemd_repart_gave),
                cmocka_unit_test(places_of_random_disks_are_those_recorded),
                cmocka_unit_test(file_systems_need_what_the_program_says),
                cmocka_unit_test(a_signature_has_sixteen_kibibytes_whatever_is_asked_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
