/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/overwrite.h"

#include "linux/erase/erase-engine.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>

struct act {
        struct reset *reset;
        const struct overwriting *what;
        struct erase_task task;
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
        return device_trouble(act->reset->device, error, "%s cannot be %s: %s.", act->what->path, what,
                              is_gone(error) ? "the device is gone" : strerror(-error));
}

static int write_range(struct act *act)
{
        struct meter meter = report_meter(&act->reset->device->report, N_("overwriting"));
        struct erase_options options = { .meter = &meter };
        if (act->what->resumable) {
                options.committed = committed;
                options.context = act;
                options.commit_every_ms = COURSE_COMMIT_EVERY_MS;
        }
        int r = erase_write(&act->task, 1, &options);
        return r < 0 ? trouble(act, r, "overwritten") : 0;
}

static int read_back(struct act *act)
{
        struct meter meter = report_meter(&act->reset->device->report, N_("reading back"));
        const struct erase_options options = { .meter = &meter };
        uint64_t seed = 0;
        (void)!getrandom(&seed, sizeof(seed), 0); /* which samples are taken need not be secret, only not chosen */
        int r = erase_verify(&act->task, 1, act->what->verification, seed, &options);
        return r < 0 ? trouble(act, r, "read back") : 0;
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

/* The device said that it would write zeros by itself, and has not. */
static int write_what_was_offloaded(struct act *act)
{
        act->task.write_only = true;
        act->task.resume_bytes = 0;
        act->task.outcome.offloaded = false;
        act->task.outcome.offload_refuted = true;
        act->task.outcome.verified_bytes = 0;
        memset(&act->task.outcome.wrong, 0, sizeof(act->task.outcome.wrong));
        int r = write_range(act);
        return r == 0 ? read_back(act) : r;
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
                          .outcome = *outcome },
        };
        erase_derive_key(reset->device->progress.reset_id.bytes, 0, what->start_bytes, act.task.key);
        int r = what->resume_bytes > 0 && what->rewrite_bytes > 0 ? write_again_from_start(&act) : 0;
        if (r == 0)
                r = write_range(&act);
        if (r == 0)
                r = read_back(&act);
        if (r == 0 && act.task.outcome.offloaded && act.task.outcome.wrong.total_bytes > 0)
                r = write_what_was_offloaded(&act);
        *outcome = act.task.outcome;
        return r;
}
