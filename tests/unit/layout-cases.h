/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd-repart 262.1 did with disks and definitions, to the byte: those of its measured cases that are about places, one
 * of each kind. Where a factory reset was measured, what it erased is not there any more. Definitions first, in their order; then
 * what no definition claims. */
#ifndef CLEANSLATE_TESTS_LAYOUT_CASES_H
#define CLEANSLATE_TESTS_LAYOUT_CASES_H

#include "common/plan/layout-need.h"

#define MIB(number) ((uint64_t)(number) << 20)

/* 0 = not given, but for the numbers of NEW, KEPT and FOREIGN. */
struct layout_row {
        enum layout_kind kind;
        uint32_t slot;
        uint64_t start, size;
        struct layout_place place;
        const char *format;
        enum layout_role role;
        bool is_encrypted;
        uint64_t min, max, padding_min, padding_max;
        uint32_t weight; /* WEIGHT() */
        uint32_t padding_weight;
        int32_t priority;
        int supplements; /* INDEX() */
};

#define NEW                           .kind = LAYOUT_NEW
#define KEPT(number, begin, bytes)    .kind = LAYOUT_KEPT, .slot = number, .start = begin, .size = bytes
#define FOREIGN(number, begin, bytes) .kind = LAYOUT_FOREIGN, .slot = number, .start = begin, .size = bytes
#define AT(start, size, padding)      .place = { LAYOUT_PLACED, start, size, padding, 0 }
#define DROPPED                       .place = { .outcome = LAYOUT_DROPPED }
#define MERGED                        .place = { .outcome = LAYOUT_MERGED }
#define NOWHERE                       .place = { 0 }
#define WEIGHT(weight)                ((weight) + 1)
#define INDEX(index)                  ((index) + 1)

/* What was on most of the disks: ESP, root, root-verity. */
#define IMAGE                                                                  \
        { FOREIGN(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0) },             \
                { FOREIGN(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0) }, \
                { FOREIGN(3, MIB(401), MIB(16)), AT(MIB(401), MIB(16), 0) },

#define LAYOUT_ROWS_MAX 20

static const struct layout_case {
        const char *name;
        uint64_t disk_size;
        enum err err;
        struct layout_row rows[LAYOUT_ROWS_MAX];
} layout_cases[] = {
        { "d01-plain-first-boot",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .format = "ext4", .min = MIB(256) }, IMAGE } },
        { "d02-esp-defined-with-format",
          MIB(2048),
          ERR_OK,
          {
                  { KEPT(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0), .format = "vfat", .role = LAYOUT_ROLE_BOOT,
                    .min = MIB(100), .max = MIB(100) },
                  { NEW, AT(MIB(417), 1710206976, 0), .format = "ext4", .min = MIB(256) },
                  { FOREIGN(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0) },
                  { FOREIGN(3, MIB(401), MIB(16)), AT(MIB(401), MIB(16), 0) },
          } },
        { "d04-update-adds-definition",
          MIB(3072),
          ERR_OK,
          { { KEPT(4, MIB(417), MIB(1024)), AT(MIB(417), 1391972352, 0), .format = "ext4", .min = MIB(256) },
            { NEW, AT(1829228544, 1391976448, 0), .format = "ext4", .min = MIB(64) },
            IMAGE } },
        { "d05-root-min-grows",
          MIB(4096),
          ERR_NO_SPACE,
          {
                  { KEPT(2, MIB(101), MIB(300)), NOWHERE, .min = MIB(1024), .max = MIB(1024) },
                  { NEW, NOWHERE, .format = "ext4", .min = MIB(256) },
                  { FOREIGN(1, MIB(1), MIB(100)), NOWHERE },
                  { FOREIGN(3, MIB(600), MIB(16)), NOWHERE },
          } },
        { "d06-priority-small-disk",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .min = MIB(1024) },
            { NEW, DROPPED, .format = "swap", .min = MIB(900), .max = MIB(1024), .priority = 1 },
            IMAGE } },
        { "d07-padding-reserved",
          MIB(3072),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, MIB(1024)), .format = "ext4", .min = MIB(256), .padding_min = MIB(1024) }, IMAGE } },
        { "d08-padding-weight",
          MIB(3072),
          ERR_OK,
          { { NEW, AT(MIB(417), 695984128, 2087964672), .format = "ext4", .min = MIB(256), .weight = WEIGHT(1000),
              .padding_weight = 3000 },
            IMAGE } },
        { "d09-weight-zero-rest",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1575989248, 0), .format = "ext4", .min = MIB(256), .weight = WEIGHT(0) },
            { NEW, AT(2013245440, MIB(128), 0), .format = "ext4", .min = MIB(64), .max = MIB(128) },
            IMAGE } },
        { "d10-xfs-floor",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(300), 0), .format = "xfs", .weight = WEIGHT(0) },
            { NEW, AT(MIB(717), 1395634176, 0), .format = "ext4", .weight = WEIGHT(1000) },
            IMAGE } },
        { "d11-match-order-vs-label",
          MIB(2048),
          ERR_OK,
          { { KEPT(4, MIB(417), MIB(64)), AT(MIB(417), 855101440, 0) }, { NEW, AT(1292357632, 855105536, 0) }, IMAGE } },
        { "d12-partno-vs-offset",
          MIB(2048),
          ERR_OK,
          { { KEPT(5, MIB(600), MIB(64)), AT(MIB(600), 1518317568, 0) }, { NEW, AT(MIB(417), MIB(183), 0) }, IMAGE } },
        { "d14-supplement",
          MIB(2048),
          ERR_OK,
          {
                  { KEPT(1, MIB(1), MIB(100)), AT(MIB(1), 2146414592, 0), .format = "vfat", .role = LAYOUT_ROLE_BOOT,
                    .min = MIB(150) },
                  { NEW, MERGED, .format = "vfat", .role = LAYOUT_ROLE_BOOT, .min = MIB(300), .supplements = INDEX(0) },
          } },
        { "d15-home-marked-no-copy", MIB(2048), ERR_OK, { { NEW, AT(MIB(417), 1710206976, 0), .format = "ext4" }, IMAGE } },
        { "d16-ab-second-slot-missing",
          MIB(2048),
          ERR_OK,
          {
                  { KEPT(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0), .min = MIB(300), .max = MIB(300) },
                  { NEW, AT(1832890368, MIB(300), 0), .min = MIB(300), .max = MIB(300) },
                  { KEPT(4, MIB(417), MIB(400)), AT(MIB(417), 1395634176, 0), .format = "ext4", .min = MIB(256) },
                  { FOREIGN(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0) },
                  { FOREIGN(3, MIB(401), MIB(16)), AT(MIB(401), MIB(16), 0) },
          } },
        { "d17-reset-regrow",
          MIB(3072),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(256), MIB(44)), .format = "ext4", .min = MIB(256), .max = MIB(256) },
            { KEPT(5, MIB(717), MIB(200)), AT(MIB(717), 2469376000, 0), .format = "ext4" },
            IMAGE } },
        { "d21-man-example-2",
          MIB(3072),
          ERR_OK,
          { { NEW, AT(MIB(417), 2088480768, 0) },
            { NEW, AT(2525736960, 695468032, 0), .min = MIB(64), .max = MIB(1024), .weight = WEIGHT(333), .priority = 1 },
            IMAGE } },
        { "d22-man-example-3-b-slots",
          MIB(3072),
          ERR_OK,
          {
                  { KEPT(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0), .min = MIB(300), .max = MIB(300) },
                  { KEPT(3, MIB(401), MIB(16)), AT(MIB(401), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
                  { NEW, AT(MIB(417), MIB(300), 0), .min = MIB(300), .max = MIB(300) },
                  { NEW, AT(MIB(717), MIB(16), 2452598784), .min = MIB(16), .max = MIB(16) },
                  { FOREIGN(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0) },
          } },
        { "d24-format-empty-b-slot",
          MIB(3072),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(300), 0), .min = MIB(300), .max = MIB(300) },
            { NEW, AT(MIB(717), 2469376000, 0), .format = "ext4", .min = MIB(256) },
            IMAGE } },
        { "d29-dropin-takes-reset-back",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(300), 0), .format = "ext4", .min = MIB(256) },
            { KEPT(5, MIB(717), MIB(64)), AT(MIB(717), 1395634176, 0) },
            IMAGE } },
        { "d30-dropin-adds-reset",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1643098112, 0), .format = "ext4", .min = MIB(256) },
            { NEW, AT(2080354304, MIB(64), 0), .max = MIB(64) },
            IMAGE } },
        { "d31-second-reset",
          MIB(3072),
          ERR_OK,
          { { KEPT(5, MIB(481), MIB(64)), AT(MIB(481), 2716839936, 0), .min = MIB(64) },
            { NEW, AT(MIB(417), MIB(64), 0), .min = MIB(64), .max = MIB(64) },
            IMAGE } },
        { "d32-second-system-same-disk",
          MIB(2048),
          ERR_OK,
          {
                  { KEPT(5, MIB(617), MIB(200)), AT(MIB(617), 1500491776, 0), .format = "ext4" },
                  { FOREIGN(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0) },
                  { FOREIGN(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0) },
                  { FOREIGN(3, MIB(401), MIB(16)), AT(MIB(401), MIB(16), MIB(200)) },
          } },
        { "e01-copy-missing-source",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(64), 1643098112), .format = "ext4", .max = MIB(64) }, IMAGE } },
        { "p02-dropin",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(128), 1575989248), .format = "ext4", .max = MIB(128) }, IMAGE } },
        { "p11-size-fraction", MIB(2048), ERR_OK, { { NEW, AT(MIB(417), 1710206976, 0), .min = MIB(1536) }, IMAGE } },
        { "p13-format-empty",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(64), 1643098112), .min = MIB(64), .max = MIB(64) }, IMAGE } },
        { "p15-two-mountpoints", MIB(2048), ERR_OK, { { NEW, AT(MIB(417), 1710206976, 0), .format = "btrfs" }, IMAGE } },
        { "p18-type-secondary", MIB(2048), ERR_OK, { { NEW, AT(MIB(417), 1710206976, 0) }, IMAGE } },
        { "p25-priority",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .min = MIB(1024) }, { NEW, DROPPED, .min = MIB(2048), .priority = 1 }, IMAGE } },
        { "p26-same-type-labels",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 855101440, 0), .format = "ext4", .is_encrypted = true },
            { NEW, AT(1292357632, 855105536, 0), .format = "ext4", .is_encrypted = true },
            IMAGE } },
        { "p27-padding", MIB(2048), ERR_OK, { { NEW, AT(MIB(417), 636465152, MIB(1024)), .padding_min = MIB(1024) }, IMAGE } },
        { "p28-padding-weight",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 855101440, 855105536), .padding_weight = 1000 }, IMAGE } },
        { "p29-xfs-min",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .format = "xfs", .weight = WEIGHT(0) }, IMAGE } },
        { "p30-btrfs-min",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .format = "btrfs", .weight = WEIGHT(0) }, IMAGE } },
        { "p31-ext4-min",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .format = "ext4", .min = MIB(4), .weight = WEIGHT(0) }, IMAGE } },
        { "p32-esp-min",
          MIB(2048),
          ERR_OK,
          {
                  { KEPT(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0), .format = "vfat", .role = LAYOUT_ROLE_BOOT,
                    .min = MIB(10), .weight = WEIGHT(0) },
                  { FOREIGN(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0) },
                  { FOREIGN(3, MIB(401), MIB(16)), AT(MIB(401), MIB(16), 1710206976) },
          } },
        { "p34-encrypt-no-format",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), 1710206976, 0), .format = "ext4", .is_encrypted = true, .weight = WEIGHT(0) }, IMAGE } },
        { "p36-verity-flags",
          MIB(2048),
          ERR_OK,
          {
                  { KEPT(3, MIB(401), MIB(16)), AT(MIB(401), 1726984192, 0) },
                  { FOREIGN(1, MIB(1), MIB(100)), AT(MIB(1), MIB(100), 0) },
                  { FOREIGN(2, MIB(101), MIB(300)), AT(MIB(101), MIB(300), 0) },
          } },
        { "p41-17-defs",
          MIB(2048),
          ERR_OK,
          { { NEW, AT(MIB(417), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(433), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(449), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(465), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(481), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(497), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(513), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(529), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(545), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(561), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(577), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(593), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(609), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(625), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(641), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(657), MIB(16), 0), .min = MIB(16), .max = MIB(16) },
            { NEW, AT(MIB(673), MIB(16), 1424994304), .min = MIB(16), .max = MIB(16) },
            IMAGE } },
};

#endif
