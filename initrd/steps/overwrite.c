/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/overwrite.h"

#include "linux/erase/erase-engine.h"
#include <errno.h>
#include <string.h>

struct act {
        struct reset *reset;
        const struct overwriting *what;
        struct erase_task task;
        struct meter meter;
};

static void committed(void *context, size_t task, uint64_t done_bytes)
{
        struct act *act = context;
        reset_erased_up_to(act->reset, 0, act->what->start_bytes, done_bytes);
}

/* Pulled in the midst of it: where its node stands, the driver's answer, or the node itself is missing. */
static bool is_gone(int error)
{
        return error == -ENODEV || error == -ENXIO || error == -ENOENT;
}

static int trouble(const struct act *act, int error, const char *what)
{
        return boot_trouble(act->reset->context, error, "%s cannot be %s: %s.", act->what->path, what,
                            is_gone(error) ? "the device is gone" : strerror(-error));
}

static void begins(void *context, bool reading)
{
        struct act *act = context;
        act->meter = report_meter(&act->reset->context->report, reading ? N_("reading back") : N_("overwriting"));
}

static int overwrite(struct act *act)
{
        struct erase_passes passes = { .options = { .meter = &act->meter, .context = act }, .begins = begins };
        uint64_t seed = 0;
        /* which samples are taken need not be secret, only not chosen */
        int r = boot_random(act->reset->context, &seed, sizeof(seed));
        if (r < 0)
                return r;
        if (act->what->resumable) {
                passes.options.committed = committed;
                passes.options.commit_every_ms = COURSE_COMMIT_EVERY_MS;
        }
        r = erase_overwrite(&act->task, 1, seed, &passes);
        return r < 0 ? trouble(act, r, act->task.failed_reading ? "read back" : "overwritten") : 0;
}

static int write_again_from_start(struct act *act)
{
        struct erase_task whole = act->task;
        act->task.length_bytes = act->what->rewrite_bytes < whole.length_bytes ? act->what->rewrite_bytes : whole.length_bytes;
        act->task.resume_bytes = 0;
        struct erase_options options = { 0 };
        int r = erase_write(&act->task, 1, &options);
        whole.outcome = act->task.outcome;
        act->task = whole;
        return r < 0 ? trouble(act, r, "overwritten") : 0;
}

int overwrite_and_read_back(struct reset *reset, const struct overwriting *what, struct erase_outcome *outcome)
{
        struct act act = {
                .reset = reset,
                .what = what,
                .task = { .path = what->path,
                          .offset_bytes = what->offset_bytes,
                          .length_bytes = what->length_bytes,
                          .pattern = what->pattern,
                          .resume_bytes = what->resume_bytes,
                          .write_only = what->write_only,
                          .verification = what->verification,
                          .outcome = *outcome },
        };
        erase_derive_key(reset->context->progress.reset_id.bytes, 0, what->start_bytes, act.task.key);
        int r = what->resume_bytes > 0 && what->rewrite_bytes > 0 ? write_again_from_start(&act) : 0;
        if (r == 0)
                r = overwrite(&act);
        *outcome = act.task.outcome;
        return r;
}
