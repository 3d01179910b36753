/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two slots on a plain directory in place of the firmware: whatever happens to the newest one, the knowledge that a reset is
 * under way is not lost, and a store that keeps nothing is found out at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "linux/efi/progress-store.h"
#include "tests/unit/scratch.h"

#define SLOT(number) "CleanslateProgress" number "-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41"
#define FILE_SIZE    (4 + PROGRESS_ENCODED_SIZE)

/* What a reset boot is given. */
static const struct progress_keys progress_keys = { .secret_kept = true, .has_reset = true, .reset = "a secret" };

static const char *const files[PROGRESS_SLOTS] = { SLOT("0"), SLOT("1") };

/* A firmware that says yes and does nothing, or something else. */
static const char *forgotten; /* its path */
static enum { STORE_KEEPS, STORE_LOSES, STORE_GARBLES, STORE_FORGETS } store_behaviour;

ssize_t write(int fd, const void *data, size_t size)
{
        uint8_t garbled[FILE_SIZE];

        if (store_behaviour == STORE_KEEPS || size != FILE_SIZE)
                return syscall(SYS_write, fd, data, size);
        if (store_behaviour == STORE_LOSES)
                return (ssize_t)size;
        if (store_behaviour == STORE_FORGETS) {
                (void)unlink(forgotten);
                return (ssize_t)size;
        }
        memcpy(garbled, data, size);
        garbled[200] ^= 1;
        return syscall(SYS_write, fd, garbled, size);
}

static struct fixture {
        char directory[SCRATCH_PATH_MAX];
        struct efivarfs variables;
        struct progress_store store;
        struct progress progress;
} fixture;

static int set_up(void **state)
{
        memset(&fixture, 0, sizeof(fixture));
        store_behaviour = STORE_KEEPS;
        scratch_make(fixture.directory, NULL);
        assert_int_equal(efivarfs_open(fixture.directory, &fixture.variables), 0);
        assert_int_equal(progress_store_read(&fixture.variables, &progress_keys, &fixture.store, &fixture.progress), 0);
        return 0;
}

static int tear_down(void **state)
{
        store_behaviour = STORE_KEEPS;
        efivarfs_close(&fixture.variables);
        scratch_remove(fixture.directory);
        return 0;
}

static void commit(enum reset_phase phase)
{
        fixture.progress.phase = phase;
        assert_int_equal(progress_store_commit(&fixture.store, &fixture.progress), 0);
}

static bool slot_exists(int slot)
{
        return faccessat(fixture.variables.directory_fd, files[slot], F_OK, 0) == 0;
}

/* As the next boot finds it. */
static struct progress read_anew(void)
{
        struct progress progress;

        memset(&fixture.store, 0xff, sizeof(fixture.store));
        assert_int_equal(progress_store_read(&fixture.variables, &progress_keys, &fixture.store, &progress), 0);
        return progress;
}

static void an_empty_store_is_idle(void **state)
{
        assert_int_equal(fixture.progress.phase, PHASE_IDLE);
        assert_false(progress_is_under_way(&fixture.progress));
        assert_false(slot_exists(0) || slot_exists(1));
}

static void slots_alternate_and_the_sequence_grows(void **state)
{
        commit(PHASE_STARTED);
        assert_true(slot_exists(0) && !slot_exists(1));
        commit(PHASE_KEYS_DESTROYED);
        assert_true(slot_exists(1));
        for (uint64_t sequence = 3; sequence < 9; sequence++) {
                int before = fixture.store.slot;

                commit(PHASE_TPM_CLEARED);
                assert_int_equal(fixture.store.slot, 1 - before);
                assert_int_equal(fixture.progress.sequence, sequence);
        }
        assert_int_equal(read_anew().sequence, 8);
}

static void the_next_boot_goes_on_where_this_one_stopped(void **state)
{
        commit(PHASE_STARTED);
        fixture.progress.attempts = 2;
        (void)strcpy(fixture.progress.last_error, "the disk said no");
        fixture.progress.plain_partitions[3] = 0x42;
        commit(PHASE_KEYS_DESTROYED);
        fixture.progress = read_anew();
        assert_int_equal(fixture.progress.phase, PHASE_KEYS_DESTROYED);
        assert_int_equal(fixture.progress.attempts, 2);
        assert_string_equal(fixture.progress.last_error, "the disk said no");
        assert_int_equal(fixture.progress.plain_partitions[3], 0x42);
        commit(PHASE_TPM_CLEARED); /* over the older one */
        assert_int_equal(fixture.store.slot, 0);
        assert_int_equal(read_anew().sequence, 3);
}

static void a_torn_newest_slot_falls_back_to_the_older_one(void **state)
{
        static const size_t sizes[] = { 0, 3, 4, 5, 100, FILE_SIZE - 1 };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                (void)tear_down(state);
                (void)set_up(state);
                commit(PHASE_STARTED);
                commit(PHASE_KEYS_DESTROYED);
                int fd = openat(fixture.variables.directory_fd, files[1], O_WRONLY | O_CLOEXEC);
                assert_true(fd >= 0);
                assert_int_equal(ftruncate(fd, (off_t)sizes[i]), 0);
                assert_int_equal(close(fd), 0);
                fixture.progress = read_anew();
                assert_int_equal(fixture.progress.phase, PHASE_STARTED);
                commit(PHASE_KEYS_DESTROYED); /* and the torn one is overwritten */
                assert_int_equal(fixture.store.slot, 1);
                assert_int_equal(read_anew().phase, PHASE_KEYS_DESTROYED);
        }
}

static void a_slot_of_the_wrong_size_falls_back_to_the_older_one(void **state)
{
        static uint8_t large[EFI_VALUE_MAX + 5];

        commit(PHASE_STARTED);
        commit(PHASE_KEYS_DESTROYED);
        scratch_write(fixture.variables.directory_fd, files[1], large, sizeof(large));
        assert_int_equal(read_anew().phase, PHASE_STARTED);
        scratch_write(fixture.variables.directory_fd, files[1], large, FILE_SIZE + 1);
        assert_int_equal(read_anew().phase, PHASE_STARTED);
}

static void slots_that_cannot_be_read_are_not_taken_for_no_reset(void **state)
{
        struct progress progress = { .attempts = 4711 };
        struct progress_store store = { .slot = 4711 };

        scratch_text(fixture.variables.directory_fd, files[0], "x"); /* shorter than its attributes */
        assert_int_equal(progress_store_read(&fixture.variables, &progress_keys, &store, &progress), -EIO);
        scratch_text(fixture.variables.directory_fd, files[1], "y");
        assert_int_equal(progress_store_read(&fixture.variables, &progress_keys, &store, &progress), -EIO);
        assert_int_equal(progress.attempts, 4711);
        assert_int_equal(store.slot, 4711);
}

static void a_store_that_loses_writes_is_found_out(void **state)
{
        commit(PHASE_STARTED);
        for (int behaviour = STORE_LOSES; behaviour <= STORE_GARBLES; behaviour++) {
                for (int round = 0; round < 2; round++) { /* a variable that is new, and one that exists */
                        store_behaviour = STORE_KEEPS;
                        if (round == 1 && fixture.store.slot == 0)
                                commit(PHASE_STARTED);
                        store_behaviour = behaviour;
                        int slot = fixture.store.slot;
                        uint64_t sequence = fixture.store.sequence;
                        fixture.progress.phase = PHASE_KEYS_DESTROYED;
                        assert_int_equal(progress_store_commit(&fixture.store, &fixture.progress), -EIO);
                        assert_int_equal(fixture.store.slot, slot); /* what counted before still does */
                        assert_int_equal(fixture.store.sequence, sequence);
                        assert_int_equal(read_anew().phase, PHASE_STARTED);
                }
        }
}

static void what_was_committed_is_held(void **state)
{
        commit(PHASE_STARTED);
        assert_true(progress_store_may_hold(&fixture.store, &fixture.progress));
        fixture.progress.phase = PHASE_ERASED;
        assert_false(progress_store_may_hold(&fixture.store, &fixture.progress));
}

/* Reading back fails, with an error of its own. */
static void a_store_that_cannot_be_read_back_says_so(void **state)
{
        char path[SCRATCH_PATH_MAX + 64];

        commit(PHASE_STARTED);
        (void)snprintf(path, sizeof(path), "%s/%s", fixture.directory, files[1]);
        forgotten = path;
        store_behaviour = STORE_FORGETS;
        fixture.progress.phase = PHASE_KEYS_DESTROYED;
        assert_int_equal(progress_store_commit(&fixture.store, &fixture.progress), -ENOENT);
        assert_int_equal(fixture.store.slot, 0);
        assert_int_equal(fixture.store.sequence, 1);
        store_behaviour = STORE_KEEPS;
        assert_false(progress_store_may_hold(&fixture.store, &fixture.progress));
        assert_int_equal(read_anew().phase, PHASE_STARTED);
}

static void a_store_that_cannot_be_written_says_so(void **state)
{
        commit(PHASE_STARTED);
        assert_int_equal(mkdirat(fixture.variables.directory_fd, files[1], 0755), 0); /* opens for nobody, not even root */
        assert_int_equal(unlinkat(fixture.variables.directory_fd, files[0], 0), 0);
        assert_int_equal(mkdirat(fixture.variables.directory_fd, files[0], 0755), 0);
        assert_int_equal(progress_store_commit(&fixture.store, &fixture.progress), -EISDIR);
        assert_int_equal(fixture.store.slot, 0);
        assert_true(progress_store_may_hold(&fixture.store, &fixture.progress)); /* they cannot be read */
}

/* The old system's root puts a variable there that only its own key can change. */
static void a_slot_that_somebody_else_holds_leaves_the_other(void **state)
{
        for (int held = 0; held < PROGRESS_SLOTS; held++) {
                (void)unlinkat(fixture.variables.directory_fd, files[held], 0); /* of the round before */
                assert_int_equal(mkdirat(fixture.variables.directory_fd, files[held], 0755), 0);
                for (int i = 0; i < 3; i++) {
                        commit(PHASE_STARTED);
                        assert_int_equal(fixture.store.slot, 1 - held);
                }
                assert_int_equal(unlinkat(fixture.variables.directory_fd, files[held], AT_REMOVEDIR), 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(an_empty_store_is_idle, set_up, tear_down),
                cmocka_unit_test_setup_teardown(slots_alternate_and_the_sequence_grows, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_next_boot_goes_on_where_this_one_stopped, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_torn_newest_slot_falls_back_to_the_older_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_slot_of_the_wrong_size_falls_back_to_the_older_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(slots_that_cannot_be_read_are_not_taken_for_no_reset, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_store_that_loses_writes_is_found_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_committed_is_held, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_store_that_cannot_be_read_back_says_so, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_store_that_cannot_be_written_says_so, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_slot_that_somebody_else_holds_leaves_the_other, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
