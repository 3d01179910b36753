/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a machine's additional disks a reset erases, and how. Pure. Erasing the wrong disk cannot be taken back, so every
 * doubt is a refusal: a disk that two sections name, two disks that one section names, two that show one identity. "All internal"
 * takes what is certainly built in and nothing else. */
#ifndef CLEANSLATE_COMMON_DISK_CHOICE_H
#define CLEANSLATE_COMMON_DISK_CHOICE_H

#include "common/media/purge-choice.h"
#include "common/plan/inventory.h"
#include "common/policy/policy.h"

/* What becomes of a disk; all but the first two are kept, and why. */
enum disk_fate {
        DISK_FATE_DECLARED, /* erased: a section names it */
        DISK_FATE_INTERNAL, /* erased: all=internal covers it */
        DISK_FATE_UNDECLARED,
        DISK_FATE_BOOT, /* the system was started from it: its partitions are the plan's own business */
        DISK_FATE_VIRTUAL,
        DISK_FATE_EXTERNAL,
        DISK_FATE_REMOVABLE,
        DISK_FATE_READ_ONLY,
        DISK_FATE_EMPTY,       /* no medium */
        DISK_FATE_UNKNOWN_BUS, /* nobody knows whether it is built in */
        DISK_FATE_COUNT
};

enum disk_refusal {
        DISK_REFUSAL_NONE,
        DISK_REFUSAL_TOO_MANY,  /* the machine has more than INVENTORY_DISKS_MAX */
        DISK_REFUSAL_MISSING,   /* a required one is not there */
        DISK_REFUSAL_AMBIGUOUS, /* two disks that a section can mean, two sections that mean one disk, two with one identity */
        DISK_REFUSAL_BOOT,      /* a section names the disk the system was started from */
        DISK_REFUSAL_READ_ONLY,
        DISK_REFUSAL_HELD,
        DISK_REFUSAL_EMPTY,
        DISK_REFUSAL_CANNOT_PURGE,
        DISK_REFUSAL_COUNT
};

struct chosen_disk {
        uint32_t disk;                  /* index into inventory.disks */
        uint32_t definition;            /* index into settings.disks */
        enum erase_level level;         /* what will be reached */
        enum media_technique technique; /* with ERASE_LEVEL_PURGE */
        enum purge_obstacle obstacle;   /* why it is not purged although it was to be, and the policy lets it be cleared */
        bool shares_hardware;           /* ... because a purge would take along a disk that is not erased */
};

struct disk_choice {
        struct chosen_disk chosen[INVENTORY_DISKS_MAX]; /* in an order that depends on identities alone */
        size_t count;
        enum disk_fate fates[INVENTORY_DISKS_MAX]; /* by inventory.disks */
        enum disk_refusal refusal;                 /* any = nothing may be erased. The first one met, with what it is about */
        int refused_definition, refused_disk;      /* indices, -1 = none */
        enum purge_obstacle obstacle;              /* with DISK_REFUSAL_CANNOT_PURGE */
        bool shares_hardware;                      /* ... */
};

/* requested: the request's level; raises what the policy says, never lowers it. A disk that is done is not asked again what it
 * can do: firmware that froze it meanwhile must not stop a reset that needs nothing of it any more. */
void disk_choose(const struct settings *settings, const struct inventory *inventory, enum erase_level requested,
                 struct disk_choice *ret);

/* Both say that they are the same disk: the same WWID, or without WWIDs the same model and serial number. */
bool disks_show_one_identity(const struct inventory_disk *a, const struct inventory_disk *b);

/* CRC-32 over the identities of the chosen, in order: what "additional disk N" of an earlier boot means holds in this one only if
 * it is the same. Size and device name are no part of it: opening a hidden area changes the one, the kernel the other. */
uint32_t disk_choice_check(const struct disk_choice *choice, const struct inventory *inventory);

/* What an interrupted reset knew about the disks it chose: which are done. Bit N = chosen[N]. Forgotten if `check` is not
 * disk_choice_check()'s: then everything is erased again. */
void disk_choice_recall(const struct settings *settings, uint32_t check, uint32_t done, struct inventory *inventory);

const char *disk_fate_name(enum disk_fate fate); /* "external", for records */
const char *disk_fate_text(enum disk_fate fate); /* "on USB, ...", for people */

#endif
