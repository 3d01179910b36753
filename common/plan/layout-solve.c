/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is placed, merged and left out, until all that remains fits. */
#include "common/plan/layout-solve-draft.h"

#define GRAIN_MIN 512

static bool is_right(const struct layout_disk *disk, const struct layout_item *items, size_t count)
{
        bool has_supplement[LAYOUT_ITEMS_MAX] = { false };

        if (count > LAYOUT_ITEMS_MAX || disk->grain_bytes < GRAIN_MIN || (disk->grain_bytes & (disk->grain_bytes - 1)) != 0)
                return false;
        for (size_t i = 0; i < count; i++) {
                int target = items[i].supplement_for;

                if (items[i].kind != LAYOUT_NEW && items[i].size_bytes > UINT64_MAX - items[i].start_bytes)
                        return false;
                if (target < 0)
                        continue;
                if ((size_t)target >= count || (size_t)target == i || items[target].kind == LAYOUT_FOREIGN ||
                    items[target].supplement_for >= 0 || has_supplement[target])
                        return false;
                has_supplement[target] = true;
        }
        return true;
}

static void begin(struct layout_draft *draft, const struct layout_disk *disk, const struct layout_item *items, size_t count,
                  bool rebuilt_stay)
{
        draft->disk = disk;
        draft->part_count = count;
        draft->merges_left = LAYOUT_MERGES_MAX;
        for (size_t i = 0; i < count; i++) {
                const struct layout_item *item = &items[i];
                bool stays = item->kind == LAYOUT_KEPT || item->kind == LAYOUT_FOREIGN;

                draft->parts[i] = (struct layout_part){
                        .item = item,
                        .exists = stays || (item->kind == LAYOUT_REBUILT && rebuilt_stay),
                        .is_foreign = item->kind == LAYOUT_FOREIGN,
                        .current_bytes = stays ? item->size_bytes : 0,
                        .start_bytes = item->start_bytes,
                        .supplement = -1,
                        .host = -1,
                };
        }
        for (size_t i = 0; i < count; i++)
                if (items[i].supplement_for >= 0 && !draft->parts[i].exists) {
                        draft->parts[i].host = items[i].supplement_for;
                        draft->parts[items[i].supplement_for].supplement = (int)i;
                }
        layout_find_gaps(draft);
}

static void set_merged(struct layout_draft *draft, size_t host, int supplement)
{
        struct layout_part *part = &draft->parts[host];

        if (supplement >= 0)
                draft->parts[supplement].host = (int)host;
        else if (part->supplement >= 0)
                draft->parts[part->supplement].host = -1;
        part->supplement = supplement;
}

static bool fill_once_more(struct layout_draft *draft)
{
        draft->merges_left--;
        return layout_fill_gaps(draft);
}

/* Tries to have fewer supplements merged: one less, whichever it is, then two less and so on. As deep as there are supplements.
 */
static bool fill_unmerged(struct layout_draft *draft)
{
        for (int deeper = 0; deeper < 2; deeper++)
                for (size_t i = 0; i < draft->part_count; i++) {
                        int supplement = draft->parts[i].supplement;

                        if (supplement < 0 || draft->merges_left == 0)
                                continue;
                        set_merged(draft, i, -1);
                        if (deeper ? fill_unmerged(draft) : fill_once_more(draft))
                                return true;
                        set_merged(draft, i, supplement);
                }
        return false;
}

/* What is there stays as it is from now on; what was to come does not, or where it is merged no longer has a say. */
static void drop(struct layout_draft *draft, size_t index)
{
        struct layout_part *part = &draft->parts[index];

        if (part->exists && part->item->kind == LAYOUT_KEPT) {
                part->is_foreign = true;
                set_merged(draft, index, -1);
                return;
        }
        part->is_dropped = true;
        if (part->host >= 0)
                set_merged(draft, (size_t)part->host, -1);
        if (part->exists) {
                part->exists = false;
                layout_find_gaps(draft);
        }
}

/* Drops all of the highest number; false: there is none above 0, and the draft is of no use any more. */
static bool drop_priority(struct layout_draft *draft)
{
        int32_t highest = 0;

        for (size_t i = 0; i < draft->part_count; i++) {
                const struct layout_part *part = &draft->parts[i];

                if (!part->is_dropped && !part->is_foreign && part->item->priority > highest)
                        highest = part->item->priority;
        }
        for (size_t i = 0; i < draft->part_count; i++) {
                const struct layout_part *part = &draft->parts[i];

                if (!part->is_dropped && !part->is_foreign && part->item->priority == highest)
                        drop(draft, i);
        }
        return highest > 0;
}

/* How often something had to be left out before all the rest fitted; -1: it never does. */
static int fit(struct layout_draft *draft, const struct layout_disk *disk, const struct layout_item *items, size_t count,
               bool rebuilt_stay)
{
        begin(draft, disk, items, count, rebuilt_stay);
        for (int rounds = 0;; rounds++) {
                if (layout_fill_gaps(draft) || fill_unmerged(draft))
                        return rounds;
                if (!drop_priority(draft))
                        return -1;
        }
}

static void give_back(const struct layout_draft *draft, struct layout_place *ret)
{
        for (size_t i = 0; i < draft->part_count; i++) {
                const struct layout_part *part = &draft->parts[i];
                bool host_dropped = part->host >= 0 && draft->parts[part->host].is_dropped;

                if (part->is_dropped || host_dropped)
                        ret[i] = (struct layout_place){ .outcome = LAYOUT_DROPPED };
                else if (part->host >= 0)
                        ret[i] = (struct layout_place){ .outcome = LAYOUT_MERGED };
                else
                        ret[i] = (struct layout_place){ LAYOUT_PLACED, part->start_bytes, part->size_bytes, part->padding_bytes,
                                                        part->rank };
        }
}

enum err layout_solve(const struct layout_disk *disk, const struct layout_item *items, size_t count, struct layout_place *ret,
                      bool *ret_moved)
{
        struct layout_draft draft;
        bool has_rebuilt = false, moved = false;
        int rounds;

        if (!is_right(disk, items, count))
                return ERR_ARGUMENT;
        for (size_t i = 0; i < count; i++)
                has_rebuilt |= items[i].kind == LAYOUT_REBUILT;
        rounds = fit(&draft, disk, items, count, true);
        if (has_rebuilt && rounds != 0) {
                int moved_rounds = fit(&draft, disk, items, count, false);

                moved = moved_rounds >= 0 && (rounds < 0 || moved_rounds < rounds);
                if (!moved && rounds > 0)
                        fit(&draft, disk, items, count, true);
        }
        if ((rounds < 0 && !moved) || !layout_share_gaps(&draft))
                return ERR_NO_SPACE;
        give_back(&draft, ret);
        *ret_moved = moved;
        return ERR_OK;
}
