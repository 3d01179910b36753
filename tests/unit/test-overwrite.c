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
};

static struct {
        struct order orders[8];
        size_t count;
        int write_result, verify_result;
        bool offloads, lies; /* BLKZEROOUT is there; it does nothing */
} engine;

static void note(bool write, const struct erase_task *task, enum verification verification)
{
        assert_true(engine.count < 8);
        engine.orders[engine.count++] = (struct order){
                write, task->write_only, task->offset_bytes, task->length_bytes, task->resume_bytes, verification
        };
}

int erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        assert_int_equal(count, 1);
        note(true, tasks, VERIFICATION_NONE);
        tasks->outcome.offloaded = engine.offloads && !tasks->write_only;
        tasks->outcome.written_bytes += tasks->length_bytes - tasks->resume_bytes;
        if (options->committed)
                options->committed(options->context, 0, tasks->length_bytes / 2);
        return engine.write_result;
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
        return engine.verify_result;
}

void erase_derive_key(const uint8_t reset_id[static 16], uint32_t device, uint64_t start_bytes,
                      uint8_t ret[static ERASE_KEY_SIZE])
{
        memset(ret, (int)start_bytes, ERASE_KEY_SIZE);
}

/* -- fixture -- */

static struct device device;
static struct reset reset;
static struct erase_outcome outcome;
static struct overwriting what;

static int set_up(void **state)
{
        memset(&engine, 0, sizeof(engine));
        memset(&device, 0, sizeof(device));
        memset(&reset, 0, sizeof(reset));
        memset(&outcome, 0, sizeof(outcome));
        device.report.kmsg_fd = -1;
        reset.device = &device;
        reset.course.progress = &device.progress;
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
        assert_int_equal(outcome.written_bytes, 512 * MIB);
        assert_int_equal(outcome.verified_bytes, 512 * MIB);
        assert_int_equal(device.progress.erase_point.done_bytes, 0); /* not resumable: a key area says nothing of contents */
}

static void a_device_whose_offload_lied_is_written_after_all(void **state)
{
        engine.offloads = engine.lies = true;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), 0);
        assert_int_equal(engine.count, 4);
        assert_order(2, true, 512 * MIB, 0);
        assert_false(engine.orders[0].write_only);
        assert_true(engine.orders[2].write_only);
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
        assert_int_equal(device.progress.erase_point.start_bytes, 64 * MIB);
        assert_int_equal(device.progress.erase_point.done_bytes, 256 * MIB);
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
        assert_string_equal(device.trouble, "/dev/sdx3 cannot be overwritten: Permission denied.");
        (void)set_up(state);
        engine.verify_result = -ENODEV;
        assert_int_equal(overwrite_and_read_back(&reset, &what, &outcome), -ENODEV);
        assert_string_equal(device.trouble, "/dev/sdx3 cannot be read back: the device is gone.");
        assert_int_equal(outcome.written_bytes, 512 * MIB); /* the record tells how far it came */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_range_is_written_then_read_back_as_the_policy_says, set_up),
                cmocka_unit_test_setup(a_device_whose_offload_lied_is_written_after_all, set_up),
                cmocka_unit_test_setup(keys_are_written_over_whatever_the_device_offers, set_up),
                cmocka_unit_test_setup(an_honest_offload_is_left_at_that, set_up),
                cmocka_unit_test_setup(an_interrupted_attempt_goes_on_and_its_key_area_is_written_again, set_up),
                cmocka_unit_test_setup(a_key_area_larger_than_the_range_is_the_range, set_up),
                cmocka_unit_test_setup(an_error_names_the_partition_and_ends_it, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
