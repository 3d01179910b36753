/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections meet disks; see disk-choice.h. First each section finds its disk, then "all internal" takes what is left, then every
 * chosen disk is looked at for doubts, then for what it can do. */
#include "common/plan/disk-choice.h"
#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/base/memory.h"

#define NOBODY (-1)

struct draft {
        const struct settings *settings;
        const struct inventory *inventory;
        enum erase_level requested;
        size_t disk_count;
        int definition_of[INVENTORY_DISKS_MAX];
        struct disk_choice *choice;
};

/* The first reason stays. */
static void refuse(struct draft *draft, enum disk_refusal refusal, int definition, int disk)
{
        struct disk_choice *choice = draft->choice;

        if (choice->refusal != DISK_REFUSAL_NONE)
                return;
        choice->refusal = refusal;
        choice->refused_definition = definition;
        choice->refused_disk = disk;
}

bool disks_show_one_identity(const struct inventory_disk *a, const struct inventory_disk *b)
{
        if (a->media.wwid[0] != '\0' && b->media.wwid[0] != '\0')
                return text_equal(a->media.wwid, b->media.wwid);
        return a->media.serial[0] != '\0' && text_equal(a->media.serial, b->media.serial) &&
               text_equal(a->media.model, b->media.model);
}

/* "/sys/devices/a/b" holds "/sys/devices/a/b/c", not "/sys/devices/a/bc". */
static bool syspath_is_within(const char *syspath, const char *prefix)
{
        char next;

        if (!text_starts_with(syspath, prefix))
                return false;
        next = syspath[text_length(prefix)];
        return next == '\0' || next == '/';
}

static bool is_named_by(const struct inventory_disk *disk, const struct disk_definition *definition)
{
        switch (definition->match) {
        case DISK_MATCH_PATH:
                return syspath_is_within(disk->syspath, definition->value);
        case DISK_MATCH_SERIAL:
                return text_equal(disk->media.serial, definition->value);
        case DISK_MATCH_WWID:
                return text_equal(disk->media.wwid, definition->value);
        case DISK_MATCH_ALL_INTERNAL:
                break;
        }
        return false;
}

static void match_definition(struct draft *draft, size_t d)
{
        const struct disk_definition *definition = &draft->settings->disks[d];
        int found = NOBODY;

        for (size_t i = 0; i < draft->disk_count; i++) {
                const struct inventory_disk *disk = &draft->inventory->disks[i];

                if (disk->is_virtual || !is_named_by(disk, definition))
                        continue;
                if (disk->is_boot_disk)
                        refuse(draft, DISK_REFUSAL_BOOT, (int)d, (int)i);
                if (found != NOBODY || draft->definition_of[i] != NOBODY)
                        refuse(draft, DISK_REFUSAL_AMBIGUOUS, (int)d, (int)i);
                found = (int)i;
                draft->definition_of[i] = (int)d;
        }
        if (found == NOBODY && !definition->optional)
                refuse(draft, DISK_REFUSAL_MISSING, (int)d, NOBODY);
}

/* Why a disk is not one of "all internal"; DISK_FATE_INTERNAL if it is. */
static enum disk_fate judge_internal(const struct inventory_disk *disk)
{
        if (disk->is_boot_disk)
                return DISK_FATE_BOOT;
        if (disk->is_virtual)
                return DISK_FATE_VIRTUAL;
        if (disk->is_external || disk->media.usb)
                return DISK_FATE_EXTERNAL;
        if (disk->media.removable)
                return DISK_FATE_REMOVABLE;
        if (disk->media.read_only)
                return DISK_FATE_READ_ONLY;
        if (disk->media.size_bytes == 0)
                return DISK_FATE_EMPTY;
        return disk->media.bus == MEDIA_OTHER ? DISK_FATE_UNKNOWN_BUS : DISK_FATE_INTERNAL;
}

static int find_all_internal(const struct settings *settings)
{
        for (uint32_t d = 0; d < settings->disk_count && d < POLICY_DISKS_MAX; d++)
                if (settings->disks[d].match == DISK_MATCH_ALL_INTERNAL)
                        return (int)d;
        return NOBODY;
}

static void match(struct draft *draft)
{
        int all = find_all_internal(draft->settings);

        for (size_t d = 0; d < draft->settings->disk_count && d < POLICY_DISKS_MAX; d++)
                if ((int)d != all)
                        match_definition(draft, d);
        for (size_t i = 0; i < draft->disk_count; i++) {
                enum disk_fate fate = judge_internal(&draft->inventory->disks[i]);

                if (draft->definition_of[i] != NOBODY) {
                        fate = DISK_FATE_DECLARED;
                } else if (fate == DISK_FATE_INTERNAL) {
                        draft->definition_of[i] = all;
                        fate = all == NOBODY ? DISK_FATE_UNDECLARED : fate;
                }
                draft->choice->fates[i] = fate;
        }
}

static bool is_chosen(const struct draft *draft, size_t disk)
{
        return draft->definition_of[disk] != NOBODY;
}

/* A clone, or one disk under two names: which of the two is meant, nobody can tell. */
static void judge_identity(struct draft *draft, size_t chosen)
{
        const struct inventory_disk *disks = draft->inventory->disks;

        for (size_t i = 0; i < draft->disk_count; i++)
                if (i != chosen && !disks[i].is_virtual && disks_show_one_identity(&disks[chosen], &disks[i]))
                        refuse(draft, DISK_REFUSAL_AMBIGUOUS, draft->definition_of[chosen], (int)chosen);
}

static void judge_disk(struct draft *draft, size_t chosen)
{
        const struct inventory_disk *disk = &draft->inventory->disks[chosen];
        int definition = draft->definition_of[chosen];

        judge_identity(draft, chosen);
        if (disk->is_done)
                return;
        if (disk->media.size_bytes == 0)
                refuse(draft, DISK_REFUSAL_EMPTY, definition, (int)chosen);
        if (disk->media.read_only)
                refuse(draft, DISK_REFUSAL_READ_ONLY, definition, (int)chosen);
        if (disk->is_held)
                refuse(draft, DISK_REFUSAL_HELD, definition, (int)chosen);
}

static enum erase_level level_wanted(const struct draft *draft, size_t disk)
{
        enum erase_level level = draft->settings->disks[draft->definition_of[disk]].level;

        return draft->requested > level ? draft->requested : level;
}

/* A purge reaches all of a piece of hardware. What is write-protected is left alone by it as well (the boot areas of an eMMC). */
static bool would_take_others_along(const struct draft *draft, size_t chosen)
{
        const struct inventory_disk *disks = draft->inventory->disks;

        for (size_t i = 0; i < draft->disk_count; i++) {
                bool purged = is_chosen(draft, i) && level_wanted(draft, i) == ERASE_LEVEL_PURGE;

                if (disks[i].hardware == disks[chosen].hardware && !disks[i].is_virtual &&
                    (!disks[i].media.read_only || disks[i].is_boot_disk) && !purged)
                        return true;
        }
        return false;
}

static void choose_purge(struct draft *draft, size_t disk, struct chosen_disk *chosen)
{
        const struct disk_definition *definition = &draft->settings->disks[draft->definition_of[disk]];
        const struct purge_options options = { .crypto_counts = definition->crypto_counts,
                                               .fallback_to_clear = definition->fall_back };
        struct purge_choice purge = purge_choose(&draft->inventory->disks[disk].media, &options);
        bool shares = purge.level == MEDIA_LEVEL_PURGE && would_take_others_along(draft, disk);

        chosen->obstacle = purge.obstacle;
        chosen->shares_hardware = shares;
        if (purge.level == MEDIA_LEVEL_PURGE && !shares) {
                chosen->technique = purge.technique;
                return;
        }
        if (draft->inventory->disks[disk].is_done)
                return;
        chosen->level = ERASE_LEVEL_CLEAR;
        if (definition->fall_back && (shares || purge.level == MEDIA_LEVEL_CLEAR))
                return;
        if (draft->choice->refusal == DISK_REFUSAL_NONE) {
                draft->choice->obstacle = purge.obstacle;
                draft->choice->shares_hardware = shares;
        }
        refuse(draft, DISK_REFUSAL_CANNOT_PURGE, draft->definition_of[disk], (int)disk);
}

static int compare_texts(const char *a, const char *b)
{
        while (*a != '\0' && *a == *b)
                a++, b++;
        return (uint8_t)*a - (uint8_t)*b;
}

/* By identity, because the kernel's names and their order change from boot to boot. */
static bool comes_before(const struct inventory_disk *a, const struct inventory_disk *b)
{
        int order = compare_texts(a->media.wwid, b->media.wwid);

        if (order == 0)
                order = compare_texts(a->media.serial, b->media.serial);
        if (order == 0)
                order = compare_texts(a->syspath, b->syspath);
        return order < 0;
}

static void insert(struct draft *draft, const struct chosen_disk *chosen)
{
        struct disk_choice *choice = draft->choice;
        const struct inventory_disk *disks = draft->inventory->disks;
        size_t at = choice->count++;

        for (; at > 0 && comes_before(&disks[chosen->disk], &disks[choice->chosen[at - 1].disk]); at--)
                choice->chosen[at] = choice->chosen[at - 1];
        choice->chosen[at] = *chosen;
}

void disk_choose(const struct settings *settings, const struct inventory *inventory, enum erase_level requested,
                 struct disk_choice *ret)
{
        struct draft draft = { .settings = settings, .inventory = inventory, .requested = requested, .choice = ret };

        memset(ret, 0, sizeof(*ret));
        ret->refused_definition = ret->refused_disk = NOBODY;
        draft.disk_count = inventory->disk_count < INVENTORY_DISKS_MAX ? inventory->disk_count : INVENTORY_DISKS_MAX;
        for (size_t i = 0; i < INVENTORY_DISKS_MAX; i++)
                draft.definition_of[i] = NOBODY;
        if (inventory->disks_overflow && settings->disk_count > 0)
                refuse(&draft, DISK_REFUSAL_TOO_MANY, NOBODY, NOBODY);
        match(&draft);
        for (size_t i = 0; i < draft.disk_count; i++) {
                struct chosen_disk chosen = { .disk = (uint32_t)i };

                if (!is_chosen(&draft, i))
                        continue;
                judge_disk(&draft, i);
                chosen.definition = (uint32_t)draft.definition_of[i];
                chosen.level = level_wanted(&draft, i);
                if (chosen.level == ERASE_LEVEL_PURGE)
                        choose_purge(&draft, i, &chosen);
                insert(&draft, &chosen);
        }
}

_Static_assert(MEDIA_WWID_MAX <= DISK_SYSPATH_MAX && MEDIA_SERIAL_MAX <= DISK_SYSPATH_MAX && MEDIA_MODEL_MAX <= DISK_SYSPATH_MAX,
               "add_text() takes each of them");

/* With its NUL, so that no two rows of texts are taken for one. */
static uint32_t add_text(uint32_t sum, const char *text)
{
        struct {
                uint8_t before[4];
                char text[DISK_SYSPATH_MAX];
        } block = { .before = { (uint8_t)sum, (uint8_t)(sum >> 8), (uint8_t)(sum >> 16), (uint8_t)(sum >> 24) } };
        size_t size = text_length(text) + 1;

        memcpy(block.text, text, size);
        return crc32_of(&block, sizeof(block.before) + size);
}

uint32_t disk_choice_check(const struct disk_choice *choice, const struct inventory *inventory)
{
        uint32_t sum = 0;

        for (size_t i = 0; i < choice->count; i++) {
                const struct inventory_disk *disk = &inventory->disks[choice->chosen[i].disk];

                sum = add_text(sum, disk->media.wwid);
                sum = add_text(sum, disk->media.serial);
                sum = add_text(sum, disk->media.model);
                if (disk->media.wwid[0] == '\0' && disk->media.serial[0] == '\0')
                        sum = add_text(sum, disk->syspath);
        }
        return sum;
}

void disk_choice_recall(const struct settings *settings, uint32_t check, uint32_t done, struct inventory *inventory)
{
        struct disk_choice choice;

        disk_choose(settings, inventory, ERASE_LEVEL_UNSET, &choice);
        if (disk_choice_check(&choice, inventory) != check)
                return;
        for (size_t i = 0; i < choice.count; i++)
                inventory->disks[choice.chosen[i].disk].is_done = done >> i & 1;
}

static const struct {
        const char *name, *text;
} fates[DISK_FATE_COUNT] = {
        [DISK_FATE_DECLARED] = { "declared", "named in cleanslate.conf" },
        [DISK_FATE_INTERNAL] = { "internal", "built in, and cleanslate.conf says all=internal" },
        [DISK_FATE_UNDECLARED] = { "undeclared", "cleanslate.conf does not mention it" },
        [DISK_FATE_BOOT] = { "boot-disk", "the system was started from it" },
        [DISK_FATE_VIRTUAL] = { "virtual", "made by the kernel" },
        [DISK_FATE_EXTERNAL] = { "external", "on USB, FireWire, Thunderbolt, in a card slot or behind a network" },
        [DISK_FATE_REMOVABLE] = { "removable", "its medium can be taken out" },
        [DISK_FATE_READ_ONLY] = { "read-only", "write-protected" },
        [DISK_FATE_EMPTY] = { "empty", "no medium in it" },
        [DISK_FATE_UNKNOWN_BUS] = { "unknown-bus", "nobody can tell whether it is built in" },
};

const char *disk_fate_name(enum disk_fate fate)
{
        return (unsigned)fate < DISK_FATE_COUNT ? fates[fate].name : "unknown";
}

const char *disk_fate_text(enum disk_fate fate)
{
        return (unsigned)fate < DISK_FATE_COUNT ? fates[fate].text : "unknown";
}
