/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overwriting, reading back, and writing again what a device had only said it would zero. */
#include "linux/erase/erase-engine.h"

#include <errno.h>

/* Those of the tasks that are to be handled together, and where they came from. */
struct selection {
        struct erase_task tasks[ERASE_TASKS_MAX];
        size_t from[ERASE_TASKS_MAX], count;
};

static void select_task(struct selection *selection, const struct erase_task *tasks, size_t index)
{
        selection->from[selection->count] = index;
        selection->tasks[selection->count++] = tasks[index];
}

static void put_back(const struct selection *selection, struct erase_task *tasks)
{
        for (size_t i = 0; i < selection->count; i++)
                tasks[selection->from[i]] = selection->tasks[i];
}

static void begin_pass(const struct erase_passes *passes, bool reading)
{
        if (passes->begins)
                passes->begins(passes->options.context, reading);
}

static void write_pass(struct erase_task *tasks, size_t count, const struct erase_passes *passes, bool may_commit)
{
        struct erase_options options = passes->options;
        if (!may_commit)
                options.committed = NULL;
        begin_pass(passes, false);
        (void)erase_write(tasks, count, &options);
}

/* Reads back the written ones, all of one kind at the same time. */
static void read_pass(struct erase_task *tasks, size_t count, enum verification verification, uint64_t seed,
                      const struct erase_passes *passes)
{
        struct selection selection = { .count = 0 };
        struct erase_options options = passes->options;
        options.committed = NULL;
        for (size_t i = 0; i < count; i++)
                if (tasks[i].result == 0 && tasks[i].verification == verification)
                        select_task(&selection, tasks, i);
        if (selection.count == 0)
                return;
        begin_pass(passes, true);
        (void)erase_verify(selection.tasks, selection.count, verification, seed, &options);
        for (size_t i = 0; i < selection.count; i++)
                selection.tasks[i].failed_reading = selection.tasks[i].result < 0;
        put_back(&selection, tasks);
}

/* What is not there was left to the device, by this attempt or by the one that this one goes on with. */
static bool is_refuted(const struct erase_task *task)
{
        const struct erase_outcome *outcome = &task->outcome;
        return task->result == 0 && outcome->wrong.total_bytes > 0 && (outcome->offloaded || outcome->resumed_bytes > 0);
}

/* All of it, by us; and all of it is read back, whatever the policy says of devices that keep their word. */
static void begin_again(struct erase_task *task)
{
        task->outcome = (struct erase_outcome){ .offload_refuted = task->outcome.offloaded,
                                                .write_ms = task->outcome.write_ms,
                                                .verify_ms = task->outcome.verify_ms };
        task->write_only = true;
        task->resume_bytes = 0;
        task->verification = VERIFICATION_FULL;
}

static void write_refuted(struct erase_task *tasks, size_t count, const struct erase_passes *passes)
{
        struct selection selection = { .count = 0 };
        for (size_t i = 0; i < count; i++)
                if (is_refuted(&tasks[i]))
                        select_task(&selection, tasks, i);
        if (selection.count == 0)
                return;
        for (size_t i = 0; i < selection.count; i++)
                begin_again(&selection.tasks[i]);
        write_pass(selection.tasks, selection.count, passes, false);
        read_pass(selection.tasks, selection.count, VERIFICATION_FULL, 0, passes);
        put_back(&selection, tasks);
}

int erase_overwrite(struct erase_task *tasks, size_t count, uint64_t seed, const struct erase_passes *passes)
{
        if (count > ERASE_TASKS_MAX)
                return -E2BIG;
        for (size_t i = 0; i < count; i++)
                tasks[i].failed_reading = false;
        write_pass(tasks, count, passes, true);
        read_pass(tasks, count, VERIFICATION_FULL, 0, passes);
        read_pass(tasks, count, VERIFICATION_SAMPLED, seed, passes);
        write_refuted(tasks, count, passes);
        for (size_t i = 0; i < count; i++)
                if (tasks[i].result < 0)
                        return tasks[i].result;
        return 0;
}
