/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a scheduled reset: what is read is within its domains, is written and read as the same again, and its steps come to
 * an end, whatever the clock says. */
#include "common/base/bytes.h"
#include "common/state/schedule.h"
#include "tests/fuzz/fuzz.h"

static void check_steps(const struct schedule *schedule, uint64_t now, uint32_t warn_s)
{
        struct schedule_step step = schedule_judge(schedule, now, warn_s);
        struct schedule later = *schedule;
        uint64_t latest;

        MUST(step.action == SCHEDULE_ACT || step.at > now || (step.action == SCHEDULE_CATCH_UP && warn_s == 0));
        MUST(step.action == SCHEDULE_ACT || step.action == SCHEDULE_CATCH_UP || step.at <= schedule->due_at);
        if (schedule_postpone(&later, now, 1800, 3600, &latest) == POSTPONED)
                MUST(later.due_at <= latest && later.due_at > now);
        else
                MUST(later.due_at == schedule->due_at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct schedule schedule = { .due_at = 7 }, again;
        char text[SCHEDULE_TEXT_MAX], text_again[SCHEDULE_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text)), writer_again = writer_over(text_again, sizeof(text_again));

        if (schedule_read((const char *)data, size, &schedule) != ERR_OK) {
                MUST(schedule.due_at == 7);
                return 0;
        }
        MUST(schedule.due_at <= SCHEDULE_TIME_MAX && schedule.first_due_at <= schedule.due_at);
        MUST(text_is_utf8(schedule.reason, text_length(schedule.reason)));
        schedule_write(&schedule, &writer);
        MUST(!writer.overflow);
        MUST(schedule_read(text, writer.size, &again) == ERR_OK);
        schedule_write(&again, &writer_again);
        MUST(writer_again.size == writer.size && memcmp(text_again, text, writer.size) == 0);
        for (uint32_t warn_s = 0; warn_s <= 700; warn_s += 350) {
                check_steps(&schedule, 0, warn_s);
                check_steps(&schedule, schedule.due_at, warn_s);
                check_steps(&schedule, schedule.due_at + 301, warn_s);
                check_steps(&schedule, schedule.due_at > 300 ? schedule.due_at - 300 : 0, warn_s);
        }
        return 0;
}
