/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset-words.h"

#include <string.h>

void reset_say_beginning(struct reset *reset)
{
        struct boot_context *context = reset->context;
        if (course_act(&reset->course) == COURSE_RETIRE)
                return;
        if (context->resuming)
                report_line(&context->report, "reset: resuming, attempt %u, interrupted in phase %s", context->progress.attempts,
                            reset_phase_name(context->progress.phase));
        else if (context->interrupted)
                report_line(&context->report, "reset: an unfinished reset starts over: %s",
                            context->keys.progress.secret_kept ? "it was not this one"
                                                               : "this firmware keeps no proof of what was done");
}

static void report_undeclared(struct reset *reset)
{
        const struct inventory *inventory = &reset->context->inventory;
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (reset->plan.fates[i] == FATE_UNDECLARED)
                        report_line(&reset->context->report,
                                    "reset: partition %u \"%s\" was left as it is: the image does not declare it",
                                    inventory->partitions[i].number, inventory->partitions[i].name);
}

void reset_say_end(struct reset *reset)
{
        uint64_t spent[PHASE_COUNT] = { 0 };
        report_finished(&reset->context->report);
        for (size_t i = 0; i < reset->plan.step_count; i++)
                spent[step_traits(reset->plan.steps[i].kind)->phase] += reset->record.steps[i].duration_ms;
        report_line(&reset->context->report, "reset: %6llu ms of checks before the first step",
                    (unsigned long long)(reset->checked_ms - reset->record.started_ms));
        for (int phase = PHASE_STARTED; phase < PHASE_COUNT; phase++)
                report_line(&reset->context->report, "reset: %6llu ms until phase %s", (unsigned long long)spent[phase],
                            reset_phase_name(phase));
        report_undeclared(reset);
        if (reset->plan.unvouched)
                report_line(&reset->context->report,
                            "reset: PARTIAL: partitions were kept, and this device has no list of where its volumes lay");
        if (reset->course.partial)
                report_line(&reset->context->report,
                            "reset: PARTIAL: some bad sectors or EFI variables could not be erased; the record names them");
        report_line(&reset->context->report, "reset: 100%% %s in %llu ms, factory digest %s",
                    strcmp(reset->record.result, "partial") == 0 ? "finished, but partial," : "complete",
                    (unsigned long long)(now_ms() - reset->record.started_ms), reset->factory.digest);
}
