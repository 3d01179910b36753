/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a first boot builds, also an interrupted one, and who does not pass for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void a_first_boot_builds_and_destroys_nothing(void **state)
{
        make_first_boot();
        assert_string_equal(
                build(),
                "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=yes\n"
                "commit-progress  why=always\n"
                "name-disk  why=always\n"
                "create-entry  definition \"10-config.conf\" \"config\" slot 4 \"config\" at 1422917632..1490026496 why=absent\n"
                "create-entry  definition \"20-state.conf\" \"state\" slot 5 \"state\" at 1490026496..4293918720 why=absent\n"
                "encrypt  definition \"10-config.conf\" \"config\" mode=tpm2 why=absent\n"
                "make-file-system  definition \"10-config.conf\" \"config\" format=ext4 why=absent\n"
                "copy-tree  definition \"10-config.conf\" \"config\" why=absent\n"
                "encrypt  definition \"20-state.conf\" \"state\" mode=tpm2 why=absent\n"
                "make-file-system  definition \"20-state.conf\" \"state\" format=ext4 why=absent\n"
                "copy-tree  definition \"20-state.conf\" \"state\" why=absent\n"
                "verify-tree  definition \"10-config.conf\" \"config\" why=absent\n"
                "verify-tree  definition \"20-state.conf\" \"state\" why=absent\n"
                "write-record  why=always\n"
                "retire-request  why=always\n");
}

static void a_first_boot_obeys_no_mark(void **state)
{
        make_first_boot();
        set_partition(CONFIG, "linux-generic", "handed over by the factory", 1357, 64);
        inventory.partitions[CONFIG].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_true(plan.first_boot);
        assert_false(has_step(STEP_DESTROY_KEYS) || has_step(STEP_ERASE) || has_step(STEP_DELETE_ENTRY));
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
}

/* A machine that refuses every reset still gets its first factory state, however often the power fails. */
static void make_unwilling_machine(void)
{
        inventory.tpm.disable_clear = inventory.tpm.lockout_auth_set = true;
        settings("[Reset]\nundeclared-partitions=refuse\nerase-level=purge\n[Disk]\nid=serial:nobody\n");
        inventory.partitions[STATE].size_bytes -= MIB(1);
        set_partition(PARTITIONS, "home", "of the line", 4094, 1);
}

static void an_interrupted_first_boot_needs_what_the_first_boot_needed_and_no_more(void **state)
{
        make_unwilling_machine();
        asked = NULL;
        inventory.half_made = 1u << CONFIG_DEFINITION | 1u << STATE_DEFINITION;
        assert_accepted();
        assert_true(plan.begun_as_first_boot);
        assert_false(plan.first_boot);
        assert_false(has_step(STEP_CLEAR_TPM));
        assert_int_equal(plan.disks.count, 0);
        assert_true(find_step(&plan, STEP_ERASE, CONFIG, -1) >= 0);
        assert_true(find_step(&plan, STEP_ERASE, STATE, -1) >= 0);
        assert_int_equal(plan.fates[PARTITIONS], FATE_UNDECLARED);
        assert_int_equal(plan.disks.refused_definition, -1); /* nobody has asked about additional disks */
        assert_int_equal(plan.disks.refused_disk, -1);
}

/* Neither a reset that somebody asked for nor a device that has been built gets by with so little. */
static void nobody_else_passes_for_an_interrupted_first_boot(void **state)
{
        static const enum refusal refusals[] = { REFUSE_UNDECLARED, REFUSE_LEVEL, REFUSE_DISK_MISSING, REFUSE_TPM_LOCKOUT_AUTH };

        for (int requested = 0; requested < 2; requested++) {
                (void)set_up_full(state);
                make_unwilling_machine();
                asked = requested ? &request : NULL;
                inventory.built_before = !requested;
                for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
                        assert_true(is_refused(refusals[i]));
                assert_false(plan.begun_as_first_boot);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_first_boot_builds_and_destroys_nothing, set_up_full),
                cmocka_unit_test_setup(a_first_boot_obeys_no_mark, set_up_full),
                cmocka_unit_test_setup(an_interrupted_first_boot_needs_what_the_first_boot_needed_and_no_more, set_up_full),
                cmocka_unit_test_setup(nobody_else_passes_for_an_interrupted_first_boot, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
