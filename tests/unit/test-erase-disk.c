/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Erasing additional disks, on files in their place: what is gone afterwards, what the record and the progress say, and that a
 * disk that fails does not keep the others from being erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/plan/erase-verdict.h"
#include "initrd/steps/erase-disk.h"
#include "linux/base/cleanup.h"
#include "linux/erase/erase-engine.h"
#include "tests/unit/scratch.h"

#define DISKS      3
#define DISK_BYTES (UINT64_C(1) << 20)

/* What a reset boot is given. */
static const struct progress_keys progress_keys = { .secret_kept = true, .has_reset = true, .reset = "a secret" };

/* What the engine is asked for, on the way to it. */
static struct {
        size_t count;
        bool write_only;
        enum verification verification;
} asked[16];
static size_t asked_count;

int __real_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options);
int __wrap_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options);
int __wrap_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        assert_true(asked_count < ARRAY_SIZE(asked));
        asked[asked_count].count = count;
        asked[asked_count].write_only = tasks[0].write_only;
        asked[asked_count++].verification = tasks[0].verification;
        return __real_erase_write(tasks, count, options);
}

static char directory[SCRATCH_PATH_MAX];
static struct boot_context *context;
static struct reset *reset;
static char detail[160];

static void fill(size_t index)
{
        static uint8_t content[DISK_BYTES];
        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char name[16];

        memset(content, 'x', sizeof(content));
        (void)snprintf(name, sizeof(name), "disk%zu", index);
        scratch_write(fd, name, content, sizeof(content));
}

static size_t bytes_left(size_t index)
{
        static uint8_t content[DISK_BYTES];
        char path[SCRATCH_PATH_MAX + 16];
        size_t left = 0;

        (void)snprintf(path, sizeof(path), "%s/disk%zu", directory, index);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(fd, content, sizeof(content), 0), sizeof(content));
        for (size_t i = 0; i < sizeof(content); i++)
                left += content[i] != 0;
        return left;
}

/* Each disk's keys, then each disk: steps 0 to 2 and 3 to 5. */
static int set_up(void **state)
{
        scratch_make(directory, NULL);
        assert_int_equal(chdir(directory), 0); /* inventory paths are short */
        asked_count = 0;
        context = calloc(1, sizeof(*context));
        reset = calloc(1, sizeof(*reset));
        assert_true(context && reset);
        context->report.kmsg_fd = -1;
        assert_int_equal(efivarfs_open(directory, &context->variables), 0);
        assert_int_equal(progress_store_read(&context->variables, &progress_keys, &context->progress_store, &context->progress),
                         0);
        settings_init(&context->policy.settings);
        context->policy.settings.disk_count = 1;
        context->policy.settings.disks[0].level = ERASE_LEVEL_CLEAR;
        context->inventory.disk_count = reset->plan.disks.count = DISKS;
        reset->context = context;
        reset->course.progress = &context->progress;
        reset->course.plan = &reset->plan;
        reset->plan.step_count = (size_t)2 * DISKS;
        for (size_t i = 0; i < DISKS; i++) {
                struct plan_step step = { .kind = STEP_DESTROY_DISK_KEYS,
                                          .additional_disk = (uint32_t)i + 1,
                                          .size_bytes = DISK_BYTES };

                fill(i);
                (void)snprintf(context->inventory.disks[i].path, sizeof(context->inventory.disks[i].path), "disk%zu", i);
                context->inventory.disks[i].media.size_bytes = DISK_BYTES;
                reset->plan.disks.chosen[i] = (struct chosen_disk){ .disk = (uint32_t)i, .level = ERASE_LEVEL_CLEAR };
                reset->plan.steps[i] = step;
                step.kind = STEP_ERASE_DISK;
                step.method = ERASE_METHOD_ZERO;
                reset->plan.steps[DISKS + i] = step;
        }
        return 0;
}

static int tear_down(void **state)
{
        efivarfs_close(&context->variables);
        free(reset);
        free(context);
        assert_int_equal(chdir("/"), 0);
        scratch_remove(directory);
        return 0;
}

static int destroy_keys(size_t index)
{
        return erase_disk_keys(reset, &reset->plan.steps[index], detail, sizeof(detail));
}

static int erase(size_t index)
{
        return erase_disk(reset, &reset->plan.steps[DISKS + index], detail, sizeof(detail));
}

/* As the next boot finds it. */
static uint32_t disks_done(void)
{
        struct progress_store store;
        struct progress progress;

        assert_int_equal(progress_store_read(&context->variables, &progress_keys, &store, &progress), 0);
        return progress.disks_done;
}

static void both_ends_die_first(void **state)
{
        reset->plan.steps[0].size_bytes = 4096;
        assert_int_equal(destroy_keys(0), 0);
        assert_int_equal(bytes_left(0), DISK_BYTES - 2 * 4096);
        assert_true(reset->record.disks[0].keys_destroyed);
        assert_int_equal(bytes_left(1), DISK_BYTES);
}

/* A device that only says it has zeroed them would leave them where they are. */
static void keys_are_written_over_and_never_left_to_the_device(void **state)
{
        assert_int_equal(destroy_keys(0), 0);
        reset->plan.steps[1].size_bytes = 4096;
        assert_int_equal(destroy_keys(1), 0);
        assert_int_equal(asked_count, 3); /* the whole of one, both ends of the other */
        for (size_t i = 0; i < asked_count; i++) {
                assert_true(asked[i].write_only);
                assert_int_equal(asked[i].verification, VERIFICATION_FULL);
        }
        assert_int_equal(erase(2), 0); /* the control: of contents it may do it by itself, as its own read-back is */
        assert_false(asked[3].write_only);
        context->policy.settings.disks[0].verify = DISK_VERIFY_SAMPLED;
        (void)memset(&reset->record, 0, sizeof(reset->record));
        assert_int_equal(erase(2), 0);
        assert_int_equal(asked[4].verification, VERIFICATION_SAMPLED);
}

static void disks_that_are_overwritten_go_together(void **state)
{
        assert_int_equal(erase(0), 0);
        for (size_t i = 0; i < DISKS; i++)
                assert_int_equal(bytes_left(i), 0);
        assert_int_equal(disks_done(), 1); /* each is noted when its own step has judged it */
        for (size_t i = 1; i < DISKS; i++)
                assert_int_equal(erase(i), 0);
        assert_int_equal(disks_done(), 7);
        for (size_t i = 0; i < DISKS; i++) {
                assert_int_equal(reset->record.disks[i].outcome.verified_bytes, DISK_BYTES);
                assert_int_equal(reset->record.steps[DISKS + i].verdict, ERASE_COMPLETE);
        }
        assert_false(reset->course.partial);
}

static void a_finished_disk_is_not_erased_again(void **state)
{
        context->inventory.disks[1].is_done = true;
        assert_int_equal(destroy_keys(1), 0);
        assert_int_equal(erase(0), 0);
        assert_int_equal(erase(1), 0);
        assert_int_equal(bytes_left(0), 0);
        assert_int_equal(bytes_left(1), DISK_BYTES);
        assert_non_null(strstr(detail, "earlier attempt"));
}

static void a_disk_that_fails_does_not_keep_the_others(void **state)
{
        assert_int_equal(unlink("disk1"), 0);
        assert_int_equal(destroy_keys(1), 0);
        assert_false(reset->record.disks[1].keys_destroyed);
        assert_int_equal(context->trouble[0], 0);
        for (size_t i = 0; i < DISKS; i++)
                assert_int_equal(erase(i), 0);
        assert_int_equal(bytes_left(0) + bytes_left(2), 0);
        assert_int_equal(disks_done(), 5);
        assert_int_equal(reset->record.steps[DISKS + 1].verdict, ERASE_FAILED);
        assert_non_null(strstr(reset->damage, "The disk disk1"));
        assert_true(strncmp(reset->record.disks[1].verdict, "not erased", 10) == 0);
        fill(1);
}

static void a_purge_that_fails_fails_the_reset(void **state)
{
        reset->plan.steps[DISKS].method = ERASE_METHOD_PURGE;
        reset->plan.disks.chosen[0].technique = MEDIA_NVME_FORMAT_ERASE; /* which a file cannot do */
        assert_int_equal(erase(0), 0);
        assert_int_equal(reset->record.steps[DISKS].verdict, ERASE_FAILED);
        assert_true(reset->damage[0] != 0);
        assert_int_equal(disks_done(), 0);
}

static void a_purge_that_fails_is_a_clear_where_the_policy_says_so(void **state)
{
        context->policy.settings.disks[0].fall_back = true;
        reset->plan.steps[DISKS].method = ERASE_METHOD_PURGE;
        reset->plan.disks.chosen[0].technique = MEDIA_NVME_FORMAT_ERASE;
        assert_int_equal(erase(0), 0);
        assert_int_equal(bytes_left(0), 0);
        assert_true(reset->record.disks[0].fell_back);
        assert_int_equal(disks_done(), 1);
        assert_int_equal(reset->damage[0], 0);
}

static void without_dead_keys_nothing_is_only_discarded(void **state)
{
        reset->plan.steps[DISKS].method = ERASE_METHOD_DISCARD;
        assert_int_equal(erase(0), 0);
        assert_int_equal(bytes_left(0), 0); /* overwritten */
        assert_int_equal(reset->record.disks[0].outcome.verified_bytes, DISK_BYTES);
}

static void a_keystream_is_written_and_read_back(void **state)
{
        reset->plan.steps[DISKS].method = ERASE_METHOD_KEYSTREAM;
        assert_int_equal(erase(0), 0);
        assert_int_equal(reset->record.disks[0].outcome.pattern, PATTERN_KEYSTREAM);
        assert_int_equal(reset->record.disks[0].outcome.verified_bytes, DISK_BYTES);
        assert_true(bytes_left(0) > DISK_BYTES / 2);
        assert_int_equal(bytes_left(1), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(both_ends_die_first),
                TEST(keys_are_written_over_and_never_left_to_the_device),
                TEST(disks_that_are_overwritten_go_together),
                TEST(a_finished_disk_is_not_erased_again),
                TEST(a_disk_that_fails_does_not_keep_the_others),
                TEST(a_purge_that_fails_fails_the_reset),
                TEST(a_purge_that_fails_is_a_clear_where_the_policy_says_so),
                TEST(without_dead_keys_nothing_is_only_discarded),
                TEST(a_keystream_is_written_and_read_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
