/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One range of a reset overwritten and read back, over an engine of the test's: what is ordered, in which order, and what becomes
 * of a device whose offload lied, of an interrupted attempt, and of an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "initrd/steps/overwrite.h"
#include "linux/erase/erase-engine.h"

#define MIB (UINT64_C(1) << 20)

/* -- the engine -- */

struct order {
        bool write, write_only;
        uint64_t offset, length, resume;
        enum verification verification;
        enum erase_pattern pattern;
        uint8_t key[ERASE_KEY_SIZE];
        const char *path;
};

static struct {
        struct order orders[8];
        size_t count;
        int write_result, verify_result;
        bool offloads, lies; /* BLKZEROOUT is there; it does nothing */
        bool first_has_bad;  /* the first write meets a sector that cannot be written */
} engine;

static void note(bool write, const struct erase_task *task, enum verification verification)
{
        assert_true(engine.count < 8);
        struct order *order = &engine.orders[engine.count++];
        *order = (struct order){ .write = write,
                                 .write_only = task->write_only,
                                 .offset = task->offset_bytes,
                                 .length = task->length_bytes,
                                 .resume = task->resume_bytes,
                                 .verification = verification,
                                 .pattern = task->pattern };
        memcpy(order->key, task->key, sizeof(order->key));
        order->path = task->path;
}

int erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        assert_int_equal(count, 1);
        note(true, tasks, VERIFICATION_NONE);
        tasks->outcome.offloaded = engine.offloads && !tasks->write_only;
        tasks->outcome.written_bytes += tasks->length_bytes - tasks->resume_bytes;
        if (engine.first_has_bad && engine.count == 1)
                bad_ranges_add(&tasks->outcome.unwritable, 4096, 512);
        if (options->committed)
                options->committed(options->context, 0, tasks->length_bytes / 2);
        return tasks->result = engine.write_result;
}

int erase_verify(struct erase_task *tasks, size_t count, enum verification verification, uint64_t seed,
                 const struct erase_options *options)
{
        note(false, tasks, verification);
        if (engine.lies && tasks->outcome.offloaded)
                bad_ranges_add(&tasks->outcome.wrong, 0, tasks->length_bytes);
        else
                tasks->outcome.verified_bytes += tasks->length_bytes;
        tasks->outcome.verification = verification;
        return tasks->result = engine.verify_result;
}

void erase_derive_key(const uint8_t reset_id[static 16], uint32_t device, uint64_t start_bytes,
                      uint8_t ret[static ERASE_KEY_SIZE])
{
        memset(ret, 0, ERASE_KEY_SIZE);
        memcpy(ret, reset_id, 16);
        ret[16] = (uint8_t)device;
        ret[17] = (uint8_t)(start_bytes / MIB);
}

/* -- fixture -- */

static struct boot_context context;
static struct reset reset;
static struct erase_outcome outcome;
static struct overwriting what;

static int set_up(void **state)
{
        memset(&engine, 0, sizeof(engine));
        memset(&context, 0, sizeof(context));
        memset(&reset, 0, sizeof(reset));
        memset(&outcome, 0, sizeof(outcome));
        context.report.kmsg_fd = -1;
        reset.context = &context;
        reset.course.progress = &context.progress;
        what = (struct overwriting){
                .path = "/dev/sdx3", .length_bytes = 512 * MIB, .start_bytes = 64 * MIB, .verification = VERIFICATION_FULL
        };
        return 0;
}

static void assert_order(size_t index, bool write, uint64_t length, uint64_t resume)
{
        assert_true(index < engine.count);
        assert_int_equal(engine.orders[index].write, write);
        assert_int_equal(engine.orders[index].length, length);
        assert_int_equal(engine.orders[index].resume, resume);
}

static void a_range_is_written_then_read_back_as_the_policy_says(void **state)
{
        what.verification = VERIFICATION_SAMPLED;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 2);
        assert_order(0, true, 512 * MIB, 0);
        assert_order(1, false, 512 * MIB, 0);
        assert_int_equal(engine.orders[1].verification, VERIFICATION_SAMPLED);
        assert_string_equal(context.report.facts.pass, "reading back");
        assert_int_equal(outcome.written_bytes, 512 * MIB);
        assert_int_equal(outcome.verified_bytes, 512 * MIB);
        assert_int_equal(context.progress.erase_point.done_bytes, 0); /* not resumable: a key area says nothing of contents */
}

/* Each order is for the same range of the same device with the same pattern and key. */
static void every_pass_has_the_range_the_pattern_and_the_key(void **state)
{
        uint8_t key[ERASE_KEY_SIZE];

        memset(context.progress.reset_id.bytes, 0x77, sizeof(context.progress.reset_id.bytes));
        erase_derive_key(context.progress.reset_id.bytes, 0, 64 * MIB, key);
        what.offset_bytes = 3 * MIB;
        what.pattern = PATTERN_KEYSTREAM;
        what.resume_bytes = 16 * MIB;
        what.rewrite_bytes = MIB;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 3);
        for (size_t i = 0; i < engine.count; i++) {
                assert_string_equal(engine.orders[i].path, "/dev/sdx3");
                assert_int_equal(engine.orders[i].offset, 3 * MIB);
                assert_int_equal(engine.orders[i].pattern, PATTERN_KEYSTREAM);
                assert_memory_equal(engine.orders[i].key, key, sizeof(key));
        }
        (void)set_up(state);
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.orders[0].pattern, PATTERN_ZEROS);
        assert_int_equal(engine.orders[0].offset, 0);
}

static void bad_sectors_of_a_rewritten_key_area_are_told(void **state)
{
        what.resume_bytes = 300 * MIB;
        what.rewrite_bytes = 136 * MIB;
        engine.first_has_bad = true;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 3);
        assert_int_equal(outcome.unwritable.count, 1);
        assert_int_equal(outcome.unwritable.ranges[0].start_bytes, 4096);
}

static void a_device_whose_offload_lied_is_written_after_all(void **state)
{
        what.verification = VERIFICATION_SAMPLED; /* of one that keeps its word */
        engine.offloads = engine.lies = true;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 4);
        assert_order(2, true, 512 * MIB, 0);
        assert_false(engine.orders[0].write_only);
        assert_true(engine.orders[2].write_only);
        assert_int_equal(engine.orders[3].verification, VERIFICATION_FULL);
        assert_true(outcome.offload_refuted);
        assert_false(outcome.offloaded);
        assert_true(erase_outcome_is_clean(&outcome));
        assert_int_equal(outcome.verified_bytes, 512 * MIB);
}

static void keys_are_written_over_whatever_the_device_offers(void **state)
{
        engine.offloads = true;
        what.write_only = true;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_true(engine.orders[0].write_only);
        assert_false(outcome.offloaded);
}

static void an_honest_offload_is_left_at_that(void **state)
{
        engine.offloads = true;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 2);
        assert_true(outcome.offloaded && !outcome.offload_refuted);
}

static void an_interrupted_attempt_goes_on_and_its_key_area_is_written_again(void **state)
{
        what.resumable = true;
        what.resume_bytes = 300 * MIB;
        what.rewrite_bytes = 136 * MIB;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 3);
        assert_order(0, true, 136 * MIB, 0);
        assert_order(1, true, 512 * MIB, 300 * MIB);
        assert_order(2, false, 512 * MIB, 300 * MIB); /* which the engine reads from the first byte */
        assert_int_equal(context.progress.erase_point.start_bytes, 64 * MIB);
        assert_int_equal(context.progress.erase_point.done_bytes, 256 * MIB);
}

static void a_key_area_larger_than_the_range_is_the_range(void **state)
{
        what.length_bytes = 32 * MIB;
        what.resume_bytes = 16 * MIB;
        what.rewrite_bytes = 136 * MIB;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_order(0, true, 32 * MIB, 0);
}

static void an_error_names_the_partition_and_ends_it(void **state)
{
        engine.write_result = -EACCES;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), -EACCES);
        assert_int_equal(engine.count, 1);
        assert_string_equal(context.trouble, "/dev/sdx3 cannot be overwritten: Permission denied.");
        (void)set_up(state);
        engine.verify_result = -ENODEV;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), -ENODEV);
        assert_string_equal(context.trouble, "/dev/sdx3 cannot be read back: the device is gone.");
        assert_int_equal(outcome.written_bytes, 512 * MIB); /* the record tells how far it came */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_range_is_written_then_read_back_as_the_policy_says, set_up),
                cmocka_unit_test_setup(every_pass_has_the_range_the_pattern_and_the_key, set_up),
                cmocka_unit_test_setup(bad_sectors_of_a_rewritten_key_area_are_told, set_up),
                cmocka_unit_test_setup(a_device_whose_offload_lied_is_written_after_all, set_up),
                cmocka_unit_test_setup(keys_are_written_over_whatever_the_device_offers, set_up),
                cmocka_unit_test_setup(an_honest_offload_is_left_at_that, set_up),
                cmocka_unit_test_setup(an_interrupted_attempt_goes_on_and_its_key_area_is_written_again, set_up),
                cmocka_unit_test_setup(a_key_area_larger_than_the_range_is_the_range, set_up),
                cmocka_unit_test_setup(an_error_names_the_partition_and_ends_it, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
