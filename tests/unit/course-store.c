/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How firmware keeps variables; see course-store.h. What is known of each kind, and from where, stands in
 * tests/attack/variable-store.c, where the real initrd meets them. */
#include "tests/unit/course-store.h"

#include <errno.h>
#include <string.h>

#define RECORD_SIZE                (PROGRESS_ENCODED_SIZE + 60) /* with its name and header, about as edk2 has them */
#define ROOM_NEEDED                4096                         /* linux/efi/progress-store.h */
#define ROOM_TO_SPARE              8192
#define WRITES_BEFORE_IT_GIVES_OUT 3

static const struct kind {
        const char *name;
        size_t size; /* bytes for progress; 0 = plenty */
        bool holds_nothing;
} kinds[STORE_KIND_COUNT] = {
        [STORE_SOUND] = { .name = "sound" },
        [STORE_LOSES_TORN] = { .name = "loses what it writes when it is cut" },
        [STORE_LATE] = { .name = "writes late" },
        [STORE_KEEPS] = { .name = "refuses removals" },
        [STORE_CLINGS] = { .name = "says that it removes" },
        [STORE_HIDES] = { .name = "hides what was there" },
        [STORE_FORGETS] = { .name = "forgets what it takes", .holds_nothing = true },
        [STORE_SAYS_IT_LOSES] = { .name = "keeps nothing, and says so", .holds_nothing = true },
        [STORE_ABORTS] = { .name = "aborts each call", .holds_nothing = true },
        [STORE_GIVES_OUT] = { .name = "gives out behind the third write" },
        [STORE_NEARLY_FULL] = { .name = "nearly full, room told", .size = 2 * RECORD_SIZE + 5000 },
        [STORE_FULLER_UNKNOWN] = { .name = "with room for four records, not told", .size = 6 * RECORD_SIZE },
        [STORE_THREE_RECORDS] = { .name = "with room for three records, not told", .size = 5 * RECORD_SIZE },
        [STORE_FULL] = { .name = "full, room told", .size = 2 * RECORD_SIZE - 1, .holds_nothing = true },
};

const char *store_kind_name(enum store_kind kind)
{
        return kinds[kind].name;
}

bool store_holds_nothing(enum store_kind kind)
{
        return kinds[kind].holds_nothing;
}

void store_start(struct boot *boot)
{
        struct world *world = boot->world;
        const enum store_kind kind = boot->scenario->store;

        if (world->boots == 1)
                world->lasting = world->now;
        if (kind == STORE_SAYS_IT_LOSES || (kind == STORE_LATE && world->was_cut))
                world->now = world->lasting;
        else
                world->lasting = world->now;
        world->was_cut = false;
}

void store_tidy(struct boot *boot)
{
        const struct world_variables *now = &boot->world->now;

        boot->world->store_used = 0;
        for (int i = 0; i < PROGRESS_SLOTS; i++)
                boot->world->store_used += now->slot_sizes[i] > 0 ? RECORD_SIZE : 0;
}

static bool is_hidden(const struct boot *boot, unsigned which)
{
        return boot->scenario->store == STORE_HIDES && !(boot->written & 1u << which);
}

bool store_shows_progress(const struct boot *boot)
{
        return !is_hidden(boot, 0) || !is_hidden(boot, 1);
}

bool store_shows_request(const struct boot *boot)
{
        return !is_hidden(boot, PROGRESS_SLOTS);
}

static int call(struct boot *boot)
{
        const enum store_kind kind = boot->scenario->store;

        if (kind == STORE_ABORTS || (kind == STORE_GIVES_OUT && boot->writes >= WRITES_BEFORE_IT_GIVES_OUT))
                return -EIO;
        boot->writes++;
        return 0;
}

static int take_room(struct boot *boot)
{
        const size_t size = kinds[boot->scenario->store].size;

        if (size > 0 && boot->world->store_used + RECORD_SIZE > size)
                return -ENOSPC;
        boot->world->store_used += RECORD_SIZE;
        return 0;
}

int store_write_slot(struct boot *boot, int slot, const uint8_t value[static PROGRESS_ENCODED_SIZE], enum fault_kind kind)
{
        struct world_variables *now = &boot->world->now;
        const enum store_kind store = boot->scenario->store;
        int r = call(boot);

        if (r == 0)
                r = take_room(boot);
        if (r < 0)
                return r;
        if (store == STORE_FORGETS)
                return boot->mutant == MUTANT_BELIEVES_WHAT_IT_WROTE ? 0 : -EIO; /* read back, it is not there */
        if (store == STORE_LATE)
                boot->world->lasting = *now;
        memcpy(now->slots[slot], value, PROGRESS_ENCODED_SIZE);
        now->slot_sizes[slot] = PROGRESS_ENCODED_SIZE;
        boot->written |= 1u << slot;
        if (kind == FAULT_CUT_WITHIN && store == STORE_LOSES_TORN)
                now->slot_sizes[slot] = 0;
        else if (kind == FAULT_CUT_WITHIN)
                memset(now->slots[slot] + PROGRESS_ENCODED_SIZE / 2, 0xff, PROGRESS_ENCODED_SIZE / 2);
        return 0;
}

static int overwrite_request(struct boot *boot, bool remains)
{
        struct world_variables *now = &boot->world->now;
        int r = call(boot);

        if (r < 0)
                return r;
        if (boot->scenario->store == STORE_LATE)
                boot->world->lasting = *now;
        boot->written |= 1u << PROGRESS_SLOTS;
        now->has_request = false;
        now->has_remains = remains;
        return 0;
}

int store_retire_request(struct boot *boot)
{
        const struct world_variables *now = &boot->world->now;
        const enum store_kind store = boot->scenario->store;

        if (!now->has_request && !now->has_remains)
                return 0;
        if (is_hidden(boot, PROGRESS_SLOTS)) /* efivarfs_remove(): ENOENT is success */
                return boot->mutant == MUTANT_CANCELS_WHAT_IT_SEES ? 0 : overwrite_request(boot, false);
        if (store == STORE_KEEPS || store == STORE_CLINGS)
                return boot->mutant == MUTANT_ONLY_REMOVES ? 0 : overwrite_request(boot, true);
        return overwrite_request(boot, false);
}

static bool is_unknown(enum store_kind store)
{
        return store == STORE_FULLER_UNKNOWN || store == STORE_THREE_RECORDS;
}

enum course_room store_room(const struct boot *boot)
{
        const size_t size = kinds[boot->scenario->store].size;

        if (boot->scenario->store_is_short)
                return ROOM_SHORT;
        if (size == 0 || boot->mutant == MUTANT_SPENDS_THE_ROOM)
                return ROOM_AMPLE;
        if (is_unknown(boot->scenario->store))
                return ROOM_UNKNOWN;
        return size - boot->world->store_used < ROOM_TO_SPARE ? ROOM_SHORT : ROOM_AMPLE;
}

bool store_permits_reset(const struct boot *boot)
{
        const enum store_kind store = boot->scenario->store;
        const size_t size = kinds[store].size;

        if (store == STORE_SAYS_IT_LOSES)
                return boot->mutant == MUTANT_BEGINS_WHERE_ALL_IS_LOST || boot->course.origin == ORIGIN_FIRST_BOOT;
        return size == 0 || is_unknown(store) || size - boot->world->store_used >= ROOM_NEEDED;
}
