/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/erase-verdict.h"

/* Each range that reads back wrong lies in one that could not be written: it holds what it held before, which is known already. A
 * list that is not complete proves nothing. */
static bool lies(const struct erase_outcome *outcome)
{
        const struct bad_ranges *wrong = &outcome->wrong, *unwritable = &outcome->unwritable;

        if (wrong->more)
                return true;
        for (uint32_t i = 0; i < wrong->count; i++) {
                struct bad_ranges with = *unwritable;

                with.more = false;
                bad_ranges_add(&with, wrong->ranges[i].start_bytes, wrong->ranges[i].length_bytes);
                if (with.more || with.total_bytes != unwritable->total_bytes || with.count != unwritable->count)
                        return true;
        }
        return false;
}

enum erase_verdict erase_judge(const struct erase_outcome *outcome, bool key_area, enum bad_sectors_policy policy)
{
        if (erase_outcome_is_clean(outcome))
                return ERASE_COMPLETE;
        return key_area || lies(outcome) || policy != BAD_SECTORS_PARTIAL ? ERASE_FAILED : ERASE_PARTIAL;
}

static void describe(const struct bad_ranges *list, const char *what, bool *first, struct writer *writer)
{
        if (list->total_bytes == 0)
                return;
        writer_text(writer, *first ? "" : ", ");
        *first = false;
        writer_decimal(writer, list->total_bytes);
        writer_text(writer, " bytes ");
        writer_text(writer, what);
        writer_text(writer, " (at ");
        writer_decimal(writer, list->ranges[0].start_bytes);
        writer_text(writer, "..");
        writer_decimal(writer, list->ranges[0].start_bytes + list->ranges[0].length_bytes);
        if (list->count > 1 || list->more) {
                writer_text(writer, " and ");
                writer_decimal(writer, list->count - 1);
                writer_text(writer, list->more ? " or more other places" : list->count == 2 ? " other place" : " other places");
        }
        writer_text(writer, ")");
}

void erase_describe_faults(const struct erase_outcome *outcome, struct writer *writer)
{
        bool first = true;

        describe(&outcome->unwritable, "cannot be written", &first, writer);
        describe(&outcome->unreadable, "cannot be read", &first, writer);
        describe(&outcome->wrong, "read back otherwise than written", &first, writer);
}
