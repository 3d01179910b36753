/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset does, decided from request, policy and inventory; and that the checker of its invariants can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

/* The partitions fill the disk: there are no gaps but where a test makes some. */
static int set_up_full(void **state)
{
        (void)set_up(state);
        inventory.first_usable_bytes = MIB(1);
        inventory.entries_start_bytes = inventory.entries_size_bytes = inventory.header_first_usable_bytes = 0;
        return 0;
}

/* As the machine leaves the factory: nothing behind the image, and nobody has asked for anything. */
static void make_first_boot(void)
{
        inventory.partition_count = CONFIG;
        asked = NULL;
}

static bool is_refused(enum refusal refusal)
{
        (void)build();
        for (size_t i = 0; i < plan.refusal_count; i++)
                if (plan.refusals[i] == refusal)
                        return true;
        return false;
}

static const struct plan_step *step_of(enum step_kind kind, int partition, int definition)
{
        int index = find_step(&plan, kind, partition, definition);

        if (index < 0)
                fail_msg("no step %s", step_kind_name(kind));
        return &plan.steps[index];
}

static bool has_step(enum step_kind kind)
{
        return find_step(&plan, kind, -1, -1) >= 0;
}

static void the_reference_machine_is_reset_in_this_order(void **state)
{
        assert_string_equal(build(),
                            "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=no\n"
                            "commit-progress  why=always\n"
                            "destroy-keys  partition 4 \"config\" 0..67108864 why=factory-reset\n"
                            "destroy-keys  partition 5 \"state\" 0..142606336 why=factory-reset\n"
                            "clear-tpm  way=lockout-empty why=always\n"
                            "erase  partition 4 \"config\" 0..67108864 method=discard why=factory-reset\n"
                            "erase  partition 5 \"state\" 0..2803892224 method=discard why=factory-reset\n"
                            "clean-esp  remove=0 why=always\n"
                            "clean-variables  remove=0 why=always\n"
                            "clean-table  why=always\n"
                            "delete-entry  partition 4 \"config\" at 1422917632..1490026496 why=factory-reset\n"
                            "delete-entry  partition 5 \"state\" at 1490026496..4293918720 why=factory-reset\n"
                            "create-entry  definition \"10-config.conf\" \"config\" at 1422917632..1490026496 why=rebuild\n"
                            "create-entry  definition \"20-state.conf\" \"state\" at 1490026496..4293918720 why=rebuild\n"
                            "encrypt  definition \"10-config.conf\" \"config\" mode=tpm2 why=rebuild\n"
                            "make-file-system  definition \"10-config.conf\" \"config\" format=ext4 why=rebuild\n"
                            "copy-tree  definition \"10-config.conf\" \"config\" why=rebuild\n"
                            "encrypt  definition \"20-state.conf\" \"state\" mode=tpm2 why=rebuild\n"
                            "make-file-system  definition \"20-state.conf\" \"state\" format=ext4 why=rebuild\n"
                            "copy-tree  definition \"20-state.conf\" \"state\" why=rebuild\n"
                            "verify-tree  definition \"10-config.conf\" \"config\" why=rebuild\n"
                            "verify-tree  definition \"20-state.conf\" \"state\" why=rebuild\n"
                            "write-record  why=always\n"
                            "retire-request  why=always\n"
                            "left  at 0..1048576 why=boot-loader-area\n");
}

static void what_is_removed_beyond_partitions_is_part_of_the_plan(void **state)
{
        inventory.beyond.esp_removals = 2;
        inventory.beyond.variable_removals = 1;
        inventory.beyond.esp_digest[0] = 0xab;
        inventory.beyond.variable_digest[31] = 0xcd;
        const char *text = build();
        assert_non_null(strstr(text, "clean-esp  remove=2 list=ab00000000000000000000000000000000000000000000000000000000000000 "
                                     "why=always\nclean-variables  remove=1 list="
                                     "00000000000000000000000000000000000000000000000000000000000000cd why=always\n"));
        make_first_boot();
        assert_null(strstr(build(), "clean-"));
}

static void hooks_run_behind_the_proof_in_reset_and_first_boot_where_the_image_says_so(void **state)
{
        char text[PLAN_TEXT_MAX];
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_RUN_HOOKS, -1, -1), -1);
        policy.settings.hooks_after_rebuild = true;
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_RUN_HOOKS, -1, -1), (int)plan.step_count - 3);
        struct writer writer = writer_over(text, sizeof(text));
        plan_format(&plan, &policy, &inventory, &writer);
        assert_non_null(strstr(text, "run-hooks")); /* so the digest tells */
        make_first_boot();
        assert_accepted();
        assert_true(find_step(&plan, STEP_RUN_HOOKS, -1, -1) >= 0);
}

static void a_first_boot_builds_and_destroys_nothing(void **state)
{
        make_first_boot();
        assert_string_equal(build(),
                            "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=yes\n"
                            "commit-progress  why=always\n"
                            "name-disk  why=always\n"
                            "create-entry  definition \"10-config.conf\" \"config\" at 1422917632..1490026496 why=absent\n"
                            "create-entry  definition \"20-state.conf\" \"state\" at 1490026496..4293918720 why=absent\n"
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

/* A disk that lost its state partitions, to a power cut or to somebody, is no reason to keep the TPM's secrets. */
static void a_reset_that_was_asked_for_clears_the_tpm_even_where_nothing_is_left(void **state)
{
        inventory.partition_count = CONFIG;
        assert_string_equal(build(),
                            "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=no\n"
                            "commit-progress  why=always\n"
                            "clear-tpm  way=lockout-empty why=always\n"
                            "erase-unallocated  at 1422917632..4293918720 method=zero why=unallocated\n"
                            "clean-esp  remove=0 why=always\n"
                            "clean-variables  remove=0 why=always\n"
                            "clean-table  why=always\n"
                            "name-disk  why=always\n"
                            "create-entry  definition \"10-config.conf\" \"config\" at 1422917632..1490026496 why=absent\n"
                            "create-entry  definition \"20-state.conf\" \"state\" at 1490026496..4293918720 why=absent\n"
                            "encrypt  definition \"10-config.conf\" \"config\" mode=tpm2 why=absent\n"
                            "make-file-system  definition \"10-config.conf\" \"config\" format=ext4 why=absent\n"
                            "copy-tree  definition \"10-config.conf\" \"config\" why=absent\n"
                            "encrypt  definition \"20-state.conf\" \"state\" mode=tpm2 why=absent\n"
                            "make-file-system  definition \"20-state.conf\" \"state\" format=ext4 why=absent\n"
                            "copy-tree  definition \"20-state.conf\" \"state\" why=absent\n"
                            "verify-tree  definition \"10-config.conf\" \"config\" why=absent\n"
                            "verify-tree  definition \"20-state.conf\" \"state\" why=absent\n"
                            "write-record  why=always\n"
                            "retire-request  why=always\n"
                            "left  at 0..1048576 why=boot-loader-area\n");
        inventory.tpm.disable_clear = true;
        (void)assert_refused_only(REFUSE_TPM_DISABLE_CLEAR);
        inventory.tpm.disable_clear = false;
        set_partition(CONFIG, "linux-generic", "extra", 1357, 64);
        inventory.partitions[CONFIG].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, CONFIG, -1)->method, ERASE_METHOD_ZERO);
}

/* A partition whose entry was dropped is still on the disk. */
static void what_lies_between_partitions_is_erased(void **state)
{
        const char *text;

        set_partition(STATE, "var", "state", 1431, 2000); /* 10 MiB before it, 664 MiB behind it */
        inventory.partitions[STATE].content = CONTENT_LUKS;
        text = build();
        assert_non_null(strstr(text, "erase-unallocated  at 1490026496..1500512256 method=zero why=unallocated\n"));
        assert_non_null(strstr(text, "erase-unallocated  at 3597664256..4293918720 method=zero why=unallocated\n"));
        assert_true(find_step(&plan, STEP_ERASE_UNALLOCATED, -1, -1) < find_step(&plan, STEP_DELETE_ENTRY, -1, -1));
        policy.settings.unallocated = UNALLOCATED_LEAVE;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
}

/* Some boards keep their boot loader there, outside of every table. */
static void what_lies_in_front_of_the_first_partition_is_erased_only_where_the_image_says_so(void **state)
{
        inventory.first_usable_bytes = 17408;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
        policy.settings.unallocated = UNALLOCATED_ALL;
        assert_non_null(strstr(build(), "erase-unallocated  at 17408..1048576 method=zero why=unallocated\n"));
}

/* Behind that, the place of an old partition may be unallocated, or a new one's: not to be told apart. */
static void a_resumed_reset_erases_what_lies_between_partitions_once(void **state)
{
        inventory.partition_count = STATE;
        assert_accepted();
        assert_true(has_step(STEP_ERASE_UNALLOCATED));
        inventory.unallocated_done = true;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
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

static void a_request_is_not_needed(void **state)
{
        struct plan with, without;

        inventory.built_before = true; /* else nobody's asking would make it a first boot that was interrupted */
        plan_build(&request, &policy, &inventory, &with);
        plan_build(NULL, &policy, &inventory, &without);
        assert_int_equal(without.refusal_count, 0);
        assert_true(is_same_plan(&with, &without));
}

static void first_boot_is_told_from_half_built_and_ordinary_ones(void **state)
{
        bool incomplete = true;

        assert_false(plan_is_first_boot(&policy, &inventory, &incomplete));
        assert_false(incomplete);
        inventory.partition_count = STATE;
        assert_false(plan_is_first_boot(&policy, &inventory, &incomplete));
        assert_true(incomplete);
        inventory.partition_count = CONFIG;
        assert_true(plan_is_first_boot(&policy, &inventory, &incomplete));
        assert_false(incomplete);
        assert_true(plan_is_first_boot(&policy, &inventory, NULL));
        policy_init(&policy);
        assert_false(plan_is_first_boot(&policy, &inventory, &incomplete));
        assert_false(incomplete);
}

static void definitions_without_a_file_system_do_not_make_a_first_boot(void **state)
{
        bool incomplete = true;

        define("30-slot.conf", "[Partition]\nType=swap\n");
        assert_false(plan_is_first_boot(&policy, &inventory, &incomplete));
        assert_false(incomplete);
}

static void a_marked_partition_is_rebuilt_when_another_is_missing(void **state)
{
        inventory.partition_count = STATE; /* as after a power cut behind the first table entry */
        (void)build();
        assert_int_equal(plan.refusal_count, 0);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->why, WHY_REBUILD);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->why, WHY_ABSENT);
        assert_true(has_step(STEP_CLEAR_TPM));
}

static void what_is_not_marked_is_left_alone(void **state)
{
        policy.partitions[CONFIG_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_DESTROY_KEYS, CONFIG, -1), -1);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION), -1);
        assert_int_equal(find_step(&plan, STEP_VERIFY_TREE, -1, CONFIG_DEFINITION), -1);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->start_bytes, MIB(1421));
}

static void the_disk_can_mark_further_partitions_but_not_unmark(void **state)
{
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "linux-generic", "extra", 2421, 100);
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
        inventory.partitions[PARTITIONS].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(step_of(STEP_DESTROY_KEYS, PARTITIONS, -1)->why, WHY_GPT_ATTRIBUTE);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->method, ERASE_METHOD_ZERO);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->why, WHY_MAY_HOLD_PLAIN);
        assert_int_equal(step_of(STEP_DELETE_ENTRY, PARTITIONS, -1)->why, WHY_GPT_ATTRIBUTE);
        inventory.partitions[PARTITIONS].attributes = ~GPT_ATTRIBUTE_ERASE;
        inventory.partitions[STATE].attributes = ~GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->definition, STATE_DEFINITION);
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
}

/* Whoever can write the table could put an empty partition of the same name in front of the one that holds the data. */
static void a_look_alike_does_not_hide_the_real_partition(void **state)
{
        set_partition(STATE, "var", "state", 1421, 10);
        inventory.partitions[STATE].content = CONTENT_BLANK;
        set_partition(PARTITIONS, "var", "state", 1431, 1000);
        inventory.partitions[PARTITIONS].content = CONTENT_LUKS;
        set_partition(PARTITIONS + 1, "var", "state", 2431, 10);
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->definition, STATE_DEFINITION);
        for (int p = PARTITIONS; p <= PARTITIONS + 1; p++) {
                assert_int_equal(step_of(STEP_DESTROY_KEYS, p, -1)->why, WHY_DOUBLE);
                assert_int_equal(step_of(STEP_DELETE_ENTRY, p, -1)->why, WHY_DOUBLE);
                assert_int_equal(step_of(STEP_ERASE, p, -1)->definition, -1);
        }
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->method, ERASE_METHOD_ZERO); /* whatever its first bytes are */
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->why, WHY_MAY_HOLD_PLAIN);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS + 1, -1)->method, ERASE_METHOD_ZERO);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS + 1, -1)->why, WHY_MAY_HOLD_PLAIN);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->size_bytes, MIB(2674));
        assert_non_null(strstr(build(), "destroy-keys  partition 6 \"state\" 0..142606336 why=double\n"));
}

static void only_type_and_label_together_make_a_double(void **state)
{
        static const struct {
                const char *type, *name;
                bool erased;
        } cases[] = {
                { "var", "state", true },   { "var", "State", false },    { "var", "", false },
                { "home", "state", false }, { "config", "state", false }, { "config", "config", true },
        };

        set_partition(STATE, "var", "state", 1421, 1000);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                set_partition(PARTITIONS, cases[i].type, cases[i].name, 2421, 100);
                assert_accepted();
                assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1) >= 0, cases[i].erased);
        }
        policy.partitions[CONFIG_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted(); /* the last case again: there is nothing to hide any more */
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
}

static void a_double_that_fell_to_another_definition_by_type_is_erased_and_replaced(void **state)
{
        enum { KEPT_DEFINITION = 2 };

        define("30-kept.conf", "[Partition]\nType=var\nLabel=kept\nFormat=ext4\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        set_partition(STATE, "var", "state", 1421, 10);
        set_partition(PARTITIONS, "var", "state", 1431, 1000);
        assert_int_equal(plan_find_partition(&policy, &inventory, KEPT_DEFINITION), PARTITIONS);
        assert_accepted();
        assert_int_equal(step_of(STEP_DESTROY_KEYS, PARTITIONS, -1)->why, WHY_DOUBLE);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, KEPT_DEFINITION)->why, WHY_REBUILD);
        (void)strcpy(inventory.partitions[PARTITIONS].name, "kept");
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, KEPT_DEFINITION), -1);
}

static void a_partition_of_the_same_name_that_is_to_be_kept_is_no_double(void **state)
{
        define("30-kept.conf", "[Partition]\nType=var\nLabel=state\nFormat=ext4\n");
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "var", "state", 2421, 100);
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
        (void)step_of(STEP_ERASE, STATE, -1);
}

static void neither_disk_nor_image_can_mark_the_esp_or_the_image(void **state)
{
        define("00-esp.conf", "[Partition]\nType=esp\nFactoryReset=yes\n");
        define("05-root.conf", "[Partition]\nType=root\nFactoryReset=yes\n");
        for (size_t p = ESP; p <= VERITY; p++)
                inventory.partitions[p].attributes = UINT64_MAX;
        (void)assert_refused_only(REFUSE_MARKED_NOT_ERASED);
        policy.partition_count = 2;
        assert_accepted();
        for (int p = ESP; p <= VERITY; p++)
                assert_int_equal(find_step(&plan, STEP_DESTROY_KEYS, p, -1), -1);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, 2), -1);
}

static void partitions_are_matched_by_label_first_then_by_order(void **state)
{
        policy_init(&policy);
        define("1.conf", "[Partition]\nType=home\n");
        define("2.conf", "[Partition]\nType=home\nLabel=b\n");
        define("3.conf", "[Partition]\nType=home\nLabel=c\n");
        inventory.partition_count = 0;
        set_partition(0, "var", "b", 1, 1);
        set_partition(1, "home", "b", 2, 1);
        set_partition(2, "home", "x", 3, 1);
        assert_int_equal(plan_find_partition(&policy, &inventory, 0), 2);
        assert_int_equal(plan_find_partition(&policy, &inventory, 1), 1);
        assert_int_equal(plan_find_partition(&policy, &inventory, 2), -1);
        assert_int_equal(plan_find_partition(&policy, &inventory, 3), -1);
        set_partition(3, "home", "y", 4, 1);
        assert_int_equal(plan_find_partition(&policy, &inventory, 2), 3);
}

static void what_may_be_plain_text_is_overwritten(void **state)
{
        static const struct {
                enum partition_content content;
                const char *encrypt;
                int without_tpm;
                enum erase_level policy_level, request_level;
                enum erase_method method;
                enum step_why why;
        } cases[] = {
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_DISCARD, WHY_FACTORY_RESET },
                { CONTENT_LUKS, "off", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_PLAIN, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_BLANK, "tpm2", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_DISCARD, WHY_FACTORY_RESET },
                { CONTENT_BLANK, "tpm2", WITHOUT_TPM_PLAIN, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_BLANK, "off", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_UNKNOWN, "tpm2", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_UNKNOWN, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CRYPTO, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CRYPTO, 0, ERASE_METHOD_DISCARD, WHY_FACTORY_RESET },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CLEAR, 0, ERASE_METHOD_ZERO, WHY_FACTORY_RESET },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, 0, ERASE_LEVEL_CLEAR, ERASE_METHOD_ZERO, WHY_FACTORY_RESET },
                { CONTENT_BLANK, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CRYPTO, ERASE_LEVEL_CLEAR, ERASE_METHOD_ZERO,
                  WHY_MAY_HOLD_PLAIN },
                /* a request cannot ask for less */
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CLEAR, ERASE_LEVEL_CRYPTO, ERASE_METHOD_ZERO,
                  WHY_FACTORY_RESET },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up_full(state);
                inventory.partitions[STATE].content = cases[i].content;
                policy.partitions[STATE_DEFINITION].encrypt = strcmp(cases[i].encrypt, "off") == 0 ? ENCRYPT_OFF : ENCRYPT_TPM2;
                policy.settings.without_tpm = cases[i].without_tpm;
                policy.settings.erase_level = cases[i].policy_level;
                request.level = cases[i].request_level;
                assert_accepted();
                assert_int_equal(plan.level,
                                 cases[i].policy_level > cases[i].request_level ? cases[i].policy_level : cases[i].request_level);
                assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, cases[i].method);
                assert_int_equal(step_of(STEP_ERASE, STATE, -1)->why, cases[i].why);
                assert_int_equal(step_of(STEP_DESTROY_KEYS, STATE, -1)->why, WHY_FACTORY_RESET);
        }
}

/* What the preflight tries the kernel for: a volume that is built and encrypted, and no other. */
static void volumes_with_integrity_are_known_before_they_are_built(void **state)
{
        char text[PLAN_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        assert_accepted();
        assert_null(plan_builds_integrity(&plan, &policy));
        policy.partitions[STATE_DEFINITION].integrity = INTEGRITY_INLINE;
        assert_accepted();
        assert_ptr_equal(plan_builds_integrity(&plan, &policy), &policy.partitions[STATE_DEFINITION]);
        plan_format(&plan, &policy, &inventory, &writer);
        assert_non_null(strstr(text, "mode=tpm2 integrity=inline"));
        policy.partitions[STATE_DEFINITION].factory_reset = false; /* it stays as it is */
        policy.settings.tpm_clear = TPM_CLEAR_SKIP;
        assert_accepted();
        assert_null(plan_builds_integrity(&plan, &policy));
        policy.partitions[STATE_DEFINITION].factory_reset = true; /* without a TPM it is plain, and has no tags, either */
        policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        inventory.tpm.present = false;
        assert_accepted();
        assert_null(plan_builds_integrity(&plan, &policy));
}

static void what_is_overwritten_is_overwritten_with_what_the_image_wants(void **state)
{
        char text[PLAN_TEXT_MAX];

        policy.settings.overwrite = PATTERN_KEYSTREAM;
        inventory.partitions[STATE].content = CONTENT_UNKNOWN;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, ERASE_METHOD_KEYSTREAM);
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->why, WHY_MAY_HOLD_PLAIN);
        inventory.partitions[STATE].content = CONTENT_LUKS; /* ciphertext needs none, of whatever kind */
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, ERASE_METHOD_DISCARD);
        request.level = ERASE_LEVEL_CLEAR;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, ERASE_METHOD_KEYSTREAM);
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->why, WHY_FACTORY_RESET);
        struct writer writer = writer_over(text, sizeof(text));
        plan_format(&plan, &policy, &inventory, &writer);
        assert_non_null(strstr(text, "method=keystream"));
}

static void purging_the_running_disk_is_refused(void **state)
{
        request.level = ERASE_LEVEL_PURGE;
        (void)assert_refused_only(REFUSE_LEVEL);
        request.level = ERASE_LEVEL_CLEAR;
        policy.settings.erase_level = ERASE_LEVEL_PURGE;
        (void)assert_refused_only(REFUSE_LEVEL);
        inventory.partition_count = CONFIG; /* nothing to purge */
        assert_accepted();
}

static void the_stricter_tpm_policy_is_in_force(void **state)
{
        static const struct {
                enum tpm_clear_policy policy, request, expected;
        } cases[] = {
                { TPM_CLEAR_REQUIRED, TPM_CLEAR_UNSET, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_REQUIRED, TPM_CLEAR_SKIP, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_REQUIRED, TPM_CLEAR_TRY, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_TRY, TPM_CLEAR_UNSET, TPM_CLEAR_TRY },
                { TPM_CLEAR_TRY, TPM_CLEAR_SKIP, TPM_CLEAR_TRY },
                { TPM_CLEAR_TRY, TPM_CLEAR_REQUIRED, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_SKIP, TPM_CLEAR_UNSET, TPM_CLEAR_SKIP },
                { TPM_CLEAR_SKIP, TPM_CLEAR_TRY, TPM_CLEAR_TRY },
                { TPM_CLEAR_SKIP, TPM_CLEAR_REQUIRED, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_UNSET, TPM_CLEAR_SKIP, TPM_CLEAR_REQUIRED },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                policy.settings.tpm_clear = cases[i].policy;
                request.tpm_clear = cases[i].request;
                assert_accepted();
                assert_int_equal(plan.tpm_clear, cases[i].expected);
                assert_int_equal(has_step(STEP_CLEAR_TPM), cases[i].expected != TPM_CLEAR_SKIP);
        }
}

static void what_is_kept_is_not_left_without_its_key(void **state)
{
        define("30-srv.conf", "[Partition]\nType=srv\nEncrypt=tpm2\n");
        (void)assert_refused_only(REFUSE_KEPT_SEALED);
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        (void)assert_refused_only(REFUSE_KEPT_SEALED);
        policy.settings.tpm_clear = TPM_CLEAR_SKIP;
        assert_accepted();
        policy.settings.tpm_clear = TPM_CLEAR_REQUIRED;
        make_first_boot(); /* which clears nothing */
        assert_accepted();
        (void)set_up_full(state);
        define("30-srv.conf", "[Partition]\nType=srv\n");
        assert_accepted();
}

static void an_unwilling_tpm_refuses_only_where_clearing_is_required(void **state)
{
        static const struct {
                struct tpm_facts tpm;
                enum refusal refusal;
        } cases[] = {
                { { .present = true, .disable_clear = true }, REFUSE_TPM_DISABLE_CLEAR },
                { { .present = true, .lockout_auth_set = true }, REFUSE_TPM_LOCKOUT_AUTH },
                { { .present = true, .in_lockout = true }, REFUSE_TPM_LOCKED_OUT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up_full(state);
                inventory.tpm = cases[i].tpm;
                (void)assert_refused_only(cases[i].refusal);
                policy.settings.tpm_clear = TPM_CLEAR_TRY;
                assert_accepted();
                assert_true(has_step(STEP_CLEAR_TPM));
                policy.settings.tpm_clear = TPM_CLEAR_SKIP;
                assert_accepted();
                assert_false(has_step(STEP_CLEAR_TPM));
                policy.settings.tpm_clear = TPM_CLEAR_REQUIRED;
                make_first_boot(); /* which clears nothing */
                assert_accepted();
        }
}

static void a_locked_tpm_is_left_to_a_firmware_that_can_clear_it(void **state)
{
        static const struct {
                struct tpm_facts tpm;
                const char *line;
        } cases[] = {
                { { .present = true, .disable_clear = true }, "clear-tpm  way=firmware why=always\n" },
                { { .present = true, .lockout_auth_set = true }, "clear-tpm  way=firmware why=always\n" },
                { { .present = true, .in_lockout = true }, "clear-tpm  way=firmware why=always\n" },
                { { .present = true, .lockout_auth_set = true, .lockout_auth_known = true },
                  "clear-tpm  way=lockout-known why=always\n" },
                { { .present = true }, "clear-tpm  way=lockout-empty why=always\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                for (enum tpm_clear_policy clear = TPM_CLEAR_REQUIRED; clear <= TPM_CLEAR_TRY; clear++) {
                        (void)set_up_full(state);
                        inventory.tpm = cases[i].tpm;
                        inventory.tpm.firmware = (struct ppi_clear_offer){ .present = true, .operation = 5, .asks_user = true };
                        policy.settings.tpm_clear = clear;
                        assert_non_null(strstr(build(), cases[i].line));
                        assert_accepted();
                }
                policy.settings.tpm_clear = TPM_CLEAR_SKIP;
                assert_null(strstr(build(), "clear-tpm"));
                assert_int_equal(plan.tpm_way, TPM_WAY_NONE);
        }
}

static void where_clearing_is_only_tried_the_plan_says_that_nobody_can(void **state)
{
        inventory.tpm.disable_clear = true;
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        assert_non_null(strstr(build(), "clear-tpm  way=none why=always\n"));
}

static void without_a_tpm_the_policy_decides(void **state)
{
        inventory.tpm.present = false;
        (void)assert_refused_only(REFUSE_NO_TPM);
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        (void)assert_refused_only(REFUSE_NO_TPM); /* nothing to seal the new partitions to */
        policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        assert_accepted();
        assert_false(has_step(STEP_CLEAR_TPM));
        assert_false(has_step(STEP_ENCRYPT));
        assert_true(has_step(STEP_MAKE_FILE_SYSTEM));
        policy.settings.tpm_clear = TPM_CLEAR_REQUIRED;
        (void)assert_refused_only(REFUSE_NO_TPM);
        make_first_boot();
        assert_accepted();
}

static void unencrypted_devices_need_no_tpm_to_build(void **state)
{
        inventory.tpm.present = inventory.signed_policy = false;
        policy.settings.tpm_clear = TPM_CLEAR_SKIP;
        policy.partitions[CONFIG_DEFINITION].encrypt = policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_false(has_step(STEP_ENCRYPT));
        inventory.tpm.present = true;
        assert_accepted();
        assert_false(has_step(STEP_ENCRYPT));
}

static void missing_parts_of_the_machine_refuse_a_reset_and_a_first_boot(void **state)
{
        for (int first_boot = 0; first_boot < 2; first_boot++) {
                (void)set_up_full(state);
                if (first_boot)
                        make_first_boot();
                inventory.efi_variables = false;
                (void)assert_refused_only(REFUSE_NO_EFI_VARIABLES);
                inventory.efi_variables = true;
                inventory.esp_usable = false;
                (void)assert_refused_only(REFUSE_NO_ESP);
                inventory.esp_usable = true;
                inventory.disk_read_only = true;
                (void)assert_refused_only(REFUSE_DISK_READ_ONLY);
                inventory.disk_read_only = false;
                inventory.signed_policy = false;
                (void)assert_refused_only(REFUSE_NO_SIGNED_POLICY);
                inventory.signed_policy = true;
                inventory.sector_size = 0;
                (void)assert_refused_only(REFUSE_PARTITION_TABLE);
                inventory.sector_size = 4096;
                assert_accepted();
        }
}

static void every_reason_is_told_at_once(void **state)
{
        inventory.efi_variables = inventory.esp_usable = inventory.signed_policy = false;
        inventory.disk_read_only = inventory.tpm.disable_clear = inventory.tpm.in_lockout = true;
        assert_string_equal(build(), "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=no\n"
                                     "refused  disk-read-only\n"
                                     "refused  no-efi-variables\n"
                                     "refused  no-esp\n"
                                     "refused  tpm-disable-clear\n"
                                     "refused  tpm-locked-out\n"
                                     "refused  no-signed-policy\n");
}

static void what_cannot_be_built_is_refused_before_anything_is_erased(void **state)
{
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_KEY_FILE;
        (void)assert_refused_only(REFUSE_UNSUPPORTED_ENCRYPT);
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_KEY_FILE_TPM2;
        (void)assert_refused_only(REFUSE_UNSUPPORTED_ENCRYPT);
        (void)set_up_full(state);
        define("30-blocks.conf", "[Partition]\nType=usr\nCopyBlocks=auto\n");
        (void)assert_refused_only(REFUSE_CANNOT_BUILD);
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "usr", "usr", 2421, 100);
        assert_accepted(); /* it exists and is left alone */
}

static void an_image_that_says_nothing_is_refused(void **state)
{
        policy_init(&policy);
        (void)assert_refused_only(REFUSE_NO_DEFINITIONS);
        inventory.partitions[STATE].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        (void)set_up_full(state);
        policy.partitions[CONFIG_DEFINITION].factory_reset = policy.partitions[STATE_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        (void)assert_refused_only(REFUSE_NO_DEFINITIONS);
}

static void partitions_that_do_not_fit_are_refused(void **state)
{
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(2675);
        (void)assert_refused_only(REFUSE_NO_SPACE);
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(2674);
        assert_accepted();
        policy.partitions[STATE_DEFINITION].size_min_bytes = UINT64_MAX;
        (void)assert_refused_only(REFUSE_NO_SPACE);
}

static void an_encrypted_partition_has_room_for_its_header(void **state)
{
        struct partition_definition *config = &policy.partitions[CONFIG_DEFINITION];

        config->size_min_bytes = config->size_max_bytes = MIB(1);
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->size_bytes, MIB(32));
        config->encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->size_bytes, MIB(1));
}

static void swap_gets_a_format_but_no_tree(void **state)
{
        define("30-swap.conf", "[Partition]\nType=swap\nFormat=swap\nSizeMaxBytes=64M\nSizeMinBytes=64M\n");
        define("40-raw.conf", "[Partition]\nType=linux-generic\nSizeMaxBytes=64M\nSizeMinBytes=64M\n");
        assert_accepted();
        (void)step_of(STEP_MAKE_FILE_SYSTEM, -1, 2);
        assert_int_equal(find_step(&plan, STEP_COPY_TREE, -1, 2), -1);
        assert_int_equal(find_step(&plan, STEP_VERIFY_TREE, -1, 2), -1);
        (void)step_of(STEP_CREATE_ENTRY, -1, 3);
        assert_int_equal(find_step(&plan, STEP_MAKE_FILE_SYSTEM, -1, 3), -1);
}

static void files_that_nobody_could_verify_are_refused_before_anything_is_erased(void **state)
{
        define("30-data.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        assert_accepted(); /* an empty file system that is not mounted has no files */
        (void)step_of(STEP_MAKE_FILE_SYSTEM, -1, 2);
        assert_int_equal(find_step(&plan, STEP_COPY_TREE, -1, 2), -1);
        assert_int_equal(find_step(&plan, STEP_VERIFY_TREE, -1, 2), -1);
        policy.partitions[2].copy_count = 1;
        (void)assert_refused_only(REFUSE_CANNOT_BUILD);
        (void)strcpy(policy.partitions[2].mount_point, "/srv/data");
        assert_accepted();
        (void)step_of(STEP_VERIFY_TREE, -1, 2);
        policy.partitions[2].copy_count = 0;
        policy.partitions[2].directory_count = 1;
        assert_accepted();
        policy.partitions[2].mount_point[0] = '\0';
        (void)assert_refused_only(REFUSE_CANNOT_BUILD);
}

static void a_table_that_contradicts_itself_is_refused(void **state)
{
        static const struct {
                uint64_t start, size;
        } cases[] = {
                { MIB(200), MIB(100) },     /* over the end of the ESP */
                { MIB(2), MIB(1) },         /* within the ESP */
                { 0, MIB(1) },              /* over the table */
                { MIB(1421), MIB(2675) },   /* beyond the disk */
                { MIB(1420), MIB(10) },     /* over another marked one */
                { MIB(1421), UINT64_MAX },  /* overflowing */
                { UINT64_MAX, UINT64_MAX }, /* nowhere */
                { MIB(1421), 0 },           /* empty */
                { MIB(300), MIB(1) },       /* within the image */
                { MIB(1), MIB(4094) },      /* over everything */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                inventory.partitions[STATE].start_bytes = cases[i].start;
                inventory.partitions[STATE].size_bytes = cases[i].size;
                assert_true(is_refused(REFUSE_PARTITION_TABLE));
        }
        inventory.last_usable_bytes = UINT64_MAX;
        inventory.partitions[STATE].start_bytes = MIB(1421);
        inventory.partitions[STATE].size_bytes = UINT64_MAX - MIB(1420); /* one MiB more than there are numbers */
        assert_true(is_refused(REFUSE_PARTITION_TABLE));
        inventory.first_usable_bytes = MIB(10);
        inventory.last_usable_bytes = MIB(9);
        assert_true(is_refused(REFUSE_PARTITION_TABLE));
}

static void a_full_table_can_be_erased(void **state)
{
        inventory.last_usable_bytes = MIB(20000);
        for (size_t p = PARTITIONS; p < INVENTORY_PARTITIONS_MAX; p++) {
                set_partition(p, "linux-generic", "x", 5000 + 2 * p, 1);
                inventory.partitions[p].attributes = GPT_ATTRIBUTE_ERASE;
        }
        assert_accepted();
        assert_true(find_step(&plan, STEP_DELETE_ENTRY, INVENTORY_PARTITIONS_MAX - 1, -1) >= 0);
}

static void counts_beyond_the_arrays_are_cut(void **state)
{
        inventory.partition_count = SIZE_MAX;
        policy.partition_count = SIZE_MAX;
        plan_build(&request, &policy, &inventory, &plan);
        assert_int_equal(plan_find_partition(&policy, &inventory, SIZE_MAX - 1), -1);
        assert_true(plan.step_count <= PLAN_STEPS_MAX && plan.refusal_count <= PLAN_REFUSALS_MAX);
}

static void names_on_the_disk_cannot_forge_lines(void **state)
{
        strcpy(inventory.partitions[STATE].name, "x\"\nretire-request  why=always\n\xff");
        assert_non_null(
                strstr(build(), "erase  partition 5 \"x\\\"\\nretire-request  why=always\\n\\ufffd\" 0..2803892224 method="));
}

/* Labels full of control characters are the longest text; as many steps as there can be, and all of them on partitions. */
static void the_longest_text_fits(void **state)
{
        static char text[PLAN_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        memset(&plan, 0, sizeof(plan));
        memset(inventory.partitions[STATE].name, 1, PARTITION_NAME_MAX - 1);
        memset(policy.partitions[STATE_DEFINITION].label, 1, PARTITION_NAME_MAX - 1);
        memset(policy.partitions[STATE_DEFINITION].file, 1, sizeof(policy.partitions[0].file) - 1);
        inventory.partitions[STATE].number = UINT32_MAX;
        for (plan.step_count = 0; plan.step_count < PLAN_STEPS_MAX; plan.step_count++)
                plan.steps[plan.step_count] = (struct plan_step){ .kind = STEP_CREATE_ENTRY,
                                                                  .partition = -1,
                                                                  .definition = STATE_DEFINITION,
                                                                  .start_bytes = UINT64_MAX / 2,
                                                                  .size_bytes = UINT64_MAX / 2,
                                                                  .why = WHY_MAY_HOLD_PLAIN };
        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
        for (size_t i = 0; i < PLAN_STEPS_MAX; i++)
                plan.steps[i] = (struct plan_step){ .kind = STEP_ERASE,
                                                    .partition = STATE,
                                                    .definition = -1,
                                                    .method = ERASE_METHOD_DISCARD,
                                                    .size_bytes = UINT64_MAX,
                                                    .why = WHY_MAY_HOLD_PLAIN };
        writer = writer_over(text, sizeof(text));
        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
}

static void everything_has_a_name_and_a_text(void **state)
{
        for (int i = 0; i <= REFUSE_COUNT; i++)
                assert_true(refusal_name((enum refusal)i)[0] && refusal_text((enum refusal)i)[0]);
        for (int i = 0; i <= STEP_COUNT; i++)
                assert_true(step_kind_name((enum step_kind)i)[0] && step_kind_text((enum step_kind)i)[0]);
        for (int i = 0; i <= WHY_COUNT; i++)
                assert_true(step_why_text((enum step_why)i)[0]);
        assert_string_equal(refusal_name(REFUSE_TPM_DISABLE_CLEAR), "tpm-disable-clear");
        assert_string_equal(step_kind_text(STEP_DESTROY_KEYS), "Destroying encryption keys");
        assert_string_equal(erase_method_name(ERASE_METHOD_ZERO), "zero");
}

/* -- the checker of the invariants itself: every way to break a good plan is noticed -- */

static void swap_steps(enum step_kind a, enum step_kind b)
{
        int from = find_step(&plan, a, -1, -1), to = find_step(&plan, b, -1, -1);
        struct plan_step step = plan.steps[from];

        plan.steps[from] = plan.steps[to];
        plan.steps[to] = step;
}

static void drop_step(enum step_kind kind)
{
        size_t index = (size_t)find_step(&plan, kind, -1, -1);

        memmove(&plan.steps[index], &plan.steps[index + 1], (plan.step_count - index - 1) * sizeof(plan.steps[0]));
        plan.step_count--;
}

static struct plan_step *first(enum step_kind kind)
{
        return &plan.steps[find_step(&plan, kind, -1, -1)];
}

static void break_commit(void)
{
        swap_steps(STEP_COMMIT_PROGRESS, STEP_DESTROY_KEYS);
}

static void break_tpm_before_keys(void)
{
        swap_steps(STEP_DESTROY_KEYS, STEP_CLEAR_TPM);
}

static void break_erase_before_tpm(void)
{
        swap_steps(STEP_CLEAR_TPM, STEP_ERASE);
}

static void break_retire_before_verify(void)
{
        swap_steps(STEP_VERIFY_TREE, STEP_RETIRE_REQUEST);
}

static void break_no_tpm(void)
{
        drop_step(STEP_CLEAR_TPM);
}

static void break_no_keys(void)
{
        drop_step(STEP_DESTROY_KEYS);
}

static void break_no_erase(void)
{
        drop_step(STEP_ERASE);
}

static void break_hooks_left_out(void)
{
        policy.settings.hooks_after_rebuild = true;
}

static void break_hooks_before_proof(void)
{
        policy.settings.hooks_after_rebuild = true;
        assert_accepted();
        swap_steps(STEP_RUN_HOOKS, STEP_VERIFY_TREE);
}

static void break_no_record(void)
{
        drop_step(STEP_WRITE_RECORD);
}

static void break_no_encryption(void)
{
        drop_step(STEP_ENCRYPT);
}

static void break_no_verification(void)
{
        drop_step(STEP_VERIFY_TREE);
}

static void break_no_tree(void)
{
        drop_step(STEP_COPY_TREE);
        drop_step(STEP_VERIFY_TREE); /* both of the first definition */
}

static void break_no_entry(void)
{
        drop_step(STEP_CREATE_ENTRY);
}

static void break_copy_before_file_system(void)
{
        swap_steps(STEP_MAKE_FILE_SYSTEM, STEP_COPY_TREE);
}
static void redirect(int partition)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].partition == CONFIG)
                        plan.steps[i].partition = partition;
}

static void break_esp(void)
{
        redirect(ESP);
}

static void break_image(void)
{
        redirect(ROOT);
}

static void break_into_neighbour(void)
{
        first(STEP_ERASE)->size_bytes += 512;
}

static void break_before_start(void)
{
        first(STEP_DESTROY_KEYS)->start_bytes -= 512;
}

static void break_partial_erase(void)
{
        first(STEP_ERASE)->size_bytes -= 512;
}

static void break_partial_keys(void)
{
        first(STEP_DESTROY_KEYS)->size_bytes = 16384;
}

static void break_discard_of_plain(void)
{
        inventory.partitions[CONFIG].content = CONTENT_UNKNOWN;
}

static void break_unmarked(void)
{
        policy.partitions[STATE_DEFINITION].factory_reset = false;
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
}

static void break_overlap_of_new(void)
{
        first(STEP_CREATE_ENTRY)->size_bytes += MIB(1);
}

static void break_overlap_of_old(void)
{
        first(STEP_CREATE_ENTRY)->start_bytes -= MIB(1);
}

static void break_usable_range(void)
{
        inventory.last_usable_bytes -= 1;
}

static void break_alignment(void)
{
        first(STEP_CREATE_ENTRY)->start_bytes += 512;
        first(STEP_CREATE_ENTRY)->size_bytes -= 512;
}

static void break_minimum(void)
{
        first(STEP_CREATE_ENTRY)->size_bytes -= MIB(1);
}

static void break_refused_with_steps(void)
{
        plan.refusals[plan.refusal_count++] = REFUSE_NO_ESP;
}

static void break_empty(void)
{
        plan.step_count = 0;
}

static void break_method(void)
{
        first(STEP_ERASE)->method = ERASE_METHOD_NONE;
}

static void break_first_boot(void)
{
        plan.first_boot = true;
}

static void break_not_a_first_boot(void)
{
        make_first_boot();
        assert_accepted();
        asked = &request;
}

static void break_kept_double(void)
{
        set_partition(PARTITIONS, "var", "state", 5000, 1);
}

static void break_skip(void)
{
        plan.tpm_clear = TPM_CLEAR_SKIP;
}

static void break_way(void)
{
        plan.tpm_way = TPM_WAY_NONE;
}

static void break_kept_attribute(void)
{
        inventory.partition_count = PARTITIONS + 1;
        inventory.partitions[PARTITIONS] = (struct inventory_partition){ .attributes = GPT_ATTRIBUTE_ERASE };
}

static void break_kept_definition(void)
{
        policy.partition_count = 3;
        policy.partitions[2] = (struct partition_definition){ .type = guid_cleanslate, .factory_reset = true };
        inventory.partition_count = PARTITIONS + 1;
        inventory.partitions[PARTITIONS] = (struct inventory_partition){ .type = guid_cleanslate };
}

/* The step that erases the 674 MiB behind a shorter partition. */
static struct plan_step *gap(void)
{
        set_partition(STATE, "var", "state", 1421, 2000);
        assert_accepted();
        return first(STEP_ERASE_UNALLOCATED);
}

static void break_gap_is_left_out(void)
{
        (void)gap();
        inventory.unallocated_done = true;
        assert_accepted();
        inventory.unallocated_done = false;
}

static void break_gap_is_discarded(void)
{
        gap()->method = ERASE_METHOD_DISCARD;
}

static void break_gap_reaches_into_a_partition(void)
{
        struct plan_step *step = gap();

        step->start_bytes -= 512;
        step->size_bytes += 512;
}

static void break_gap_leaves_the_disk(void)
{
        gap()->size_bytes += 512;
}

static void break_gap_ends_early(void)
{
        gap()->size_bytes -= 512;
}

static void break_gap_begins_late(void)
{
        struct plan_step *step = gap();

        step->start_bytes += 512;
        step->size_bytes -= 512;
}

static void break_gap_in_front(void)
{
        (void)gap();
        inventory.first_usable_bytes = 17408;
        first(STEP_ERASE_UNALLOCATED)->start_bytes = 17408;
        first(STEP_ERASE_UNALLOCATED)->size_bytes = MIB(1) - 17408;
}

static void break_gap_is_to_be_left(void)
{
        (void)gap();
        policy.settings.unallocated = UNALLOCATED_LEAVE;
}

static void every_deliberately_broken_plan_is_noticed(void **state)
{
        static const struct {
                void (*damage)(void);
                const char *violation;
        } cases[] = {
                { break_commit, "the first step does not commit" },
                { break_tpm_before_keys, "keys are destroyed after something else" },
                { break_erase_before_tpm, "a step comes before one of an earlier phase" },
                { break_retire_before_verify, "the request is not retired last" },
                { break_no_tpm, "the TPM is not cleared" },
                { break_no_keys, "a partition is destroyed, erased or deleted, but not all of it" },
                { break_no_erase, "a partition is destroyed, erased or deleted, but not all of it" },
                { break_no_record, "no record is written" },
                { break_hooks_left_out, "hooks are run unasked, or not" },
                { break_hooks_before_proof, "a step comes before one of an earlier phase" },
                { break_no_encryption, "encryption is not as defined" },
                { break_no_verification, "a tree is not verified" },
                { break_no_tree, "files are not copied" },
                { break_no_entry, "something is built without an entry" },
                { break_copy_before_file_system, "a partition is filled before it is made" },
                { break_esp, "something unmarked, the ESP or the image is erased" },
                { break_image, "something unmarked, the ESP or the image is erased" },
                { break_into_neighbour, "a step leaves its partition" },
                { break_before_start, "a step leaves its partition" },
                { break_partial_erase, "a partition is erased in part" },
                { break_partial_keys, "key material is left over" },
                { break_discard_of_plain, "what may be plain text is only discarded" },
                { break_unmarked, "something unmarked, the ESP or the image is erased" },
                { break_overlap_of_new, "two new partitions overlap" },
                { break_overlap_of_old, "a new partition overlaps an old one" },
                { break_usable_range, "a new partition leaves the usable range" },
                { break_alignment, "a new partition is not aligned" },
                { break_minimum, "a new partition is too small" },
                { break_refused_with_steps, "a refused plan has steps, or one with neither" },
                { break_empty, "a refused plan has steps, or one with neither" },
                { break_method, "an erasure has no method" },
                { break_first_boot, "a first boot erases" },
                { break_not_a_first_boot, "a reset that was asked for is taken for a first boot" },
                { break_kept_double, "a partition marked by the image is kept" },
                { break_skip, "the TPM is cleared without being asked for" },
                { break_way, "a clear that is required has no way" },
                { break_kept_attribute, "a partition marked on the disk is kept" },
                { break_kept_definition, "a partition marked by the image is kept" },
                { break_gap_is_left_out, "unallocated space is left out" },
                { break_gap_is_discarded, "unallocated space may hold plain text" },
                { break_gap_reaches_into_a_partition, "a partition is erased as unallocated space" },
                { break_gap_leaves_the_disk, "unallocated space leaves the usable range" },
                { break_gap_ends_early, "unallocated space is left out" },
                { break_gap_begins_late, "unallocated space is left out" },
                { break_gap_in_front, "the boot loader's area is erased" },
                { break_gap_is_to_be_left, "unallocated space is erased though it is not meant" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *violation;

                (void)set_up_full(state);
                assert_accepted();
                cases[i].damage();
                violation = plan_violation(&plan, asked, &policy, &inventory);
                if (!violation)
                        fail_msg("not noticed: %s", cases[i].violation);
                assert_string_equal(violation, cases[i].violation);
        }
}

static void set_further_disk(const char *serial, uint64_t size_bytes)
{
        struct inventory_disk *disk = &inventory.disks[inventory.disk_count];

        memset(disk, 0, sizeof(*disk));
        (void)strcpy(disk->path, "/dev/nvme1n1");
        (void)strcpy(disk->media.serial, serial);
        (void)strcpy(disk->media.model, "Model");
        disk->media.bus = MEDIA_NVME;
        disk->media.size_bytes = size_bytes;
        disk->media.techniques = MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_BLOCK);
        disk->hardware = (uint32_t)inventory.disk_count++;
}

/* Three disks: one that is purged, one that is cleared, one that is kept. */
static void build_with_disks(void)
{
        set_further_disk("S1", MIB(1000));
        set_further_disk("S2", MIB(100));
        set_further_disk("S3", MIB(100));
        inventory.disks[2].media.usb = true;
        settings("[Disk]\nid=serial:S1\n[Disk]\nall=internal\nlevel=clear\n");
        assert_accepted();
        assert_int_equal(plan.disks.count, 2);
}

static struct plan_step *disk_step(enum step_kind kind, uint32_t disk)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == kind && plan.steps[i].further_disk == disk)
                        return &plan.steps[i];
        fail_msg("no such step");
        return NULL;
}

static void break_disk_kept(void)
{
        disk_step(STEP_ERASE_DISK, 1)->further_disk = 2;
}
static void break_disk_nowhere(void)
{
        disk_step(STEP_ERASE_DISK, 2)->further_disk = 3;
}
static void break_disk_size(void)
{
        disk_step(STEP_ERASE_DISK, 1)->size_bytes--;
}
static void break_disk_end(void)
{
        disk_step(STEP_DESTROY_DISK_KEYS, 2)->size_bytes++;
}
static void break_disk_discard(void)
{
        disk_step(STEP_ERASE_DISK, 2)->method = ERASE_METHOD_DISCARD;
}
static void break_disk_level(void)
{
        plan.disks.chosen[0].level = ERASE_LEVEL_CLEAR;
}
static void break_disk_technique(void)
{
        plan.disks.chosen[0].technique = MEDIA_TECHNIQUE_NONE;
}
static void break_disk_boot(void)
{
        inventory.disks[0].is_boot_disk = true;
}
static void break_disk_external(void)
{
        plan.disks.chosen[1].disk = 2;
}
static void break_disk_twice(void)
{
        plan.disks.chosen[1] = plan.disks.chosen[0];
}
static void break_disk_held(void)
{
        inventory.disks[1].is_held = true;
}
static void break_disk_identity(void)
{
        (void)strcpy(inventory.disks[0].media.wwid, "eui.1");
        (void)strcpy(inventory.disks[2].media.wwid, "eui.1");
}
static void break_disk_hardware(void)
{
        inventory.disks[2].hardware = inventory.disks[0].hardware;
        inventory.disks[2].is_boot_disk = true;
}
static void break_disk_refusal(void)
{
        plan.disks.refusal = DISK_REFUSAL_AMBIGUOUS;
}
static void break_disk_wrong(void)
{
        inventory.disk_expected.bytes[0] = 9;
}

static void every_deliberately_broken_plan_about_disks_is_noticed(void **state)
{
        static const struct {
                void (*damage)(void);
                const char *violation;
        } cases[] = {
                { break_disk_kept, "a chosen disk is not erased, or twice" },
                { break_disk_nowhere, "a chosen disk is not erased, or twice" },
                { break_disk_size, "a disk is erased in part" },
                { break_disk_end, "a step leaves its disk" },
                { break_disk_discard, "a further disk is only discarded" },
                { break_disk_level, "a disk is erased less than the policy says" },
                { break_disk_technique, "a purge has no technique" },
                { break_disk_boot, "the boot disk or a virtual one is erased" },
                { break_disk_external, "all internal takes what is not certainly built in" },
                { break_disk_twice, "a disk is chosen twice" },
                { break_disk_held, "a disk that cannot be erased is chosen" },
                { break_disk_identity, "one of two disks with one identity is erased" },
                { break_disk_hardware, "a purge takes the boot disk along" },
                { break_disk_refusal, "a doubt about disks is no refusal" },
                { break_disk_wrong, "another disk is erased" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *violation;

                (void)set_up_full(state);
                inventory.disk_uuid.bytes[0] = 1;
                build_with_disks();
                cases[i].damage();
                violation = plan_violation(&plan, asked, &policy, &inventory);
                if (!violation)
                        fail_msg("not noticed: %s", cases[i].violation);
                assert_string_equal(violation, cases[i].violation);
        }
}

static void keys_of_further_disks_die_before_the_tpm_and_contents_after_it(void **state)
{
        const char *text;

        set_further_disk("S1", MIB(1000));
        set_further_disk("S2", MIB(100));
        settings("[Disk]\nid=serial:S1\n[Disk]\nall=internal\nlevel=clear\nverify=sampled\n");
        text = build();
        assert_int_equal(plan.refusal_count, 0);
        assert_non_null(strstr(text, "state\" 0..142606336 why=factory-reset\n"
                                     "destroy-disk-keys  disk 1 \"\" \"S1\" \"Model\" 0..142606336 both-ends why=declared-disk\n"
                                     "destroy-disk-keys  disk 2 \"\" \"S2\" \"Model\" 0..104857600 both-ends why=internal-disk\n"
                                     "clear-tpm  way=lockout-empty why=always\n"));
        assert_non_null(strstr(text, "erase-disk  disk 1 \"\" \"S1\" \"Model\" 0..1048576000 method=purge "
                                     "technique=nvme-sanitize-block verify=full why=declared-disk\n"
                                     "erase-disk  disk 2 \"\" \"S2\" \"Model\" 0..104857600 method=zero "
                                     "verify=sampled why=internal-disk\n"
                                     "clean-esp  "));
}

static void a_fall_back_to_clear_stands_in_the_plan(void **state)
{
        set_further_disk("S1", MIB(1000));
        inventory.disks[0].media.techniques = 0;
        settings("[Disk]\nid=serial:S1\npurge-or-fail=no\n");
        assert_non_null(strstr(build(), "method=zero instead-of-purge=not-offered verify=full"));
}

static void a_further_disk_is_never_only_discarded(void **state)
{
        set_further_disk("S1", MIB(1000));
        settings("[Disk]\nid=serial:S1\nlevel=crypto\n");
        assert_non_null(strstr(build(), "0..1048576000 method=zero verify"));
}

static void a_first_boot_leaves_further_disks_alone(void **state)
{
        set_further_disk("S1", MIB(1000));
        settings("[Disk]\nall=internal\n[Disk]\nid=serial:nobody\n");
        make_first_boot();
        assert_accepted();
        assert_int_equal(plan.disks.count, 0);
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
        assert_accepted();
        assert_true(plan.begun_as_first_boot);
        assert_false(plan.first_boot);
        assert_false(has_step(STEP_CLEAR_TPM));
        assert_int_equal(plan.disks.count, 0);
        assert_true(find_step(&plan, STEP_ERASE, CONFIG, -1) >= 0);
        assert_true(find_step(&plan, STEP_ERASE, STATE, -1) >= 0);
        assert_int_equal(plan.fates[PARTITIONS], FATE_UNDECLARED);
}

/* What it had begun to build and would have kept: half-made, it would be neither mounted nor ever built again. */
static void a_kept_partition_that_this_reset_has_begun_is_built_anew(void **state)
{
        define("30-home.conf", "[Partition]\nType=home\nLabel=home\nFormat=ext4\nSizeMinBytes=8M\n");
        inventory.partitions[STATE].size_bytes -= MIB(16);
        set_partition(PARTITIONS, "home", "home", 4079, 16);
        for (int half_made = 0; half_made < 2; half_made++) {
                inventory.half_made = half_made ? 1u << 2 : 0;
                assert_accepted();
                assert_int_equal(erases(PARTITIONS), half_made);
                assert_int_equal(plan.fates[PARTITIONS], half_made ? FATE_ERASED : FATE_KEPT);
                assert_int_equal(plan_verifies(&plan, 2), half_made);
        }
        assert_int_equal(step_of(STEP_DELETE_ENTRY, PARTITIONS, -1)->why, WHY_HALF_MADE);
        (void)strncpy(inventory.partitions[PARTITIONS].name, "of the line", PARTITION_NAME_MAX - 1); /* by its type alone */
        assert_accepted();
        assert_false(erases(PARTITIONS));
}

/* Of another image's definitions the same bits would mean other partitions. */
static void what_was_absent_is_of_these_definitions(void **state)
{
        uint32_t check = plan_absent_check(&policy);

        assert_int_equal(plan_absent(&policy, &inventory), 0);
        set_partition(STATE, "linux-generic", "state", 1421, 2674);
        assert_int_equal(plan_absent(&policy, &inventory), 1u << STATE_DEFINITION);
        assert_int_equal(plan_absent_check(&policy), check);
        policy.partitions[CONFIG_DEFINITION].label[0] = 'C';
        assert_int_not_equal(plan_absent_check(&policy), check);
        policy.partitions[CONFIG_DEFINITION].label[0] = 'c';
        define("30-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        assert_int_not_equal(plan_absent_check(&policy), check);
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

static void a_doubt_about_further_disks_refuses_the_whole_reset_in_words(void **state)
{
        char text[512];
        struct writer writer = writer_over(text, sizeof(text));

        set_further_disk("S1", MIB(1000));
        settings("\n[Disk]\nid=serial:nobody\n");
        (void)assert_refused_only(REFUSE_DISK_MISSING);
        plan_refusal_format(&plan, &policy, &inventory, 0, &writer);
        assert_non_null(strstr(text, "is not there"));
        assert_non_null(strstr(text, " (cleanslate.conf:2: nobody)"));

        policy.settings.disk_count = 0;
        inventory.disks[0].media.techniques = 0;
        settings("[Disk]\nid=serial:S1\n");
        (void)assert_refused_only(REFUSE_DISK_LEVEL);
        writer = writer_over(text, sizeof(text));
        plan_refusal_format(&plan, &policy, &inventory, 0, &writer);
        assert_non_null(strstr(text, purge_obstacle_text(PURGE_NOT_OFFERED)));
        assert_non_null(strstr(text, " (cleanslate.conf:1: S1; /dev/nvme1n1, serial number S1)"));
}

static void another_disk_than_the_expected_one_is_refused(void **state)
{
        inventory.disk_uuid.bytes[0] = 1;
        assert_accepted(); /* systemd's own requests name no disk */
        assert_false(has_step(STEP_NAME_DISK));
        inventory.disk_expected.bytes[0] = 1;
        assert_accepted();
        inventory.disk_expected.bytes[0] = 2;
        (void)assert_refused_only(REFUSE_WRONG_DISK);
}

/* A machine whose disk died in the midst of a reset gets a new one from the factory. */
static void another_disk_with_nothing_to_erase_is_built(void **state)
{
        inventory.disk_uuid.bytes[0] = 1;
        inventory.disk_expected.bytes[0] = 2;
        inventory.partition_count = CONFIG;
        assert_accepted();
        assert_true(plan.step_count > 0);
        assert_true(has_step(STEP_NAME_DISK)); /* its GUID is the image's, or of nobody knows where */
        set_further_disk("S1", MIB(1000));
        settings("[Disk]\nid=serial:S1\n"); /* but not if further disks would lose theirs */
        (void)assert_refused_only(REFUSE_WRONG_DISK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_reference_machine_is_reset_in_this_order, set_up_full),
                cmocka_unit_test_setup(hooks_run_behind_the_proof_in_reset_and_first_boot_where_the_image_says_so, set_up_full),
                cmocka_unit_test_setup(a_first_boot_builds_and_destroys_nothing, set_up_full),
                cmocka_unit_test_setup(what_is_removed_beyond_partitions_is_part_of_the_plan, set_up_full),
                cmocka_unit_test_setup(a_reset_that_was_asked_for_clears_the_tpm_even_where_nothing_is_left, set_up_full),
                cmocka_unit_test_setup(what_lies_between_partitions_is_erased, set_up_full),
                cmocka_unit_test_setup(what_lies_in_front_of_the_first_partition_is_erased_only_where_the_image_says_so,
                                       set_up_full),
                cmocka_unit_test_setup(a_resumed_reset_erases_what_lies_between_partitions_once, set_up_full),
                cmocka_unit_test_setup(a_first_boot_obeys_no_mark, set_up_full),
                cmocka_unit_test_setup(a_request_is_not_needed, set_up_full),
                cmocka_unit_test_setup(first_boot_is_told_from_half_built_and_ordinary_ones, set_up_full),
                cmocka_unit_test_setup(definitions_without_a_file_system_do_not_make_a_first_boot, set_up_full),
                cmocka_unit_test_setup(a_marked_partition_is_rebuilt_when_another_is_missing, set_up_full),
                cmocka_unit_test_setup(what_is_not_marked_is_left_alone, set_up_full),
                cmocka_unit_test_setup(the_disk_can_mark_further_partitions_but_not_unmark, set_up_full),
                cmocka_unit_test_setup(a_look_alike_does_not_hide_the_real_partition, set_up_full),
                cmocka_unit_test_setup(only_type_and_label_together_make_a_double, set_up_full),
                cmocka_unit_test_setup(a_double_that_fell_to_another_definition_by_type_is_erased_and_replaced, set_up_full),
                cmocka_unit_test_setup(a_partition_of_the_same_name_that_is_to_be_kept_is_no_double, set_up_full),
                cmocka_unit_test_setup(neither_disk_nor_image_can_mark_the_esp_or_the_image, set_up_full),
                cmocka_unit_test_setup(partitions_are_matched_by_label_first_then_by_order, set_up_full),
                cmocka_unit_test_setup(what_may_be_plain_text_is_overwritten, set_up_full),
                cmocka_unit_test_setup(volumes_with_integrity_are_known_before_they_are_built, set_up_full),
                cmocka_unit_test_setup(what_is_overwritten_is_overwritten_with_what_the_image_wants, set_up_full),
                cmocka_unit_test_setup(purging_the_running_disk_is_refused, set_up_full),
                cmocka_unit_test_setup(the_stricter_tpm_policy_is_in_force, set_up_full),
                cmocka_unit_test_setup(what_is_kept_is_not_left_without_its_key, set_up_full),
                cmocka_unit_test_setup(an_unwilling_tpm_refuses_only_where_clearing_is_required, set_up_full),
                cmocka_unit_test_setup(a_locked_tpm_is_left_to_a_firmware_that_can_clear_it, set_up_full),
                cmocka_unit_test_setup(where_clearing_is_only_tried_the_plan_says_that_nobody_can, set_up_full),
                cmocka_unit_test_setup(without_a_tpm_the_policy_decides, set_up_full),
                cmocka_unit_test_setup(unencrypted_devices_need_no_tpm_to_build, set_up_full),
                cmocka_unit_test_setup(missing_parts_of_the_machine_refuse_a_reset_and_a_first_boot, set_up_full),
                cmocka_unit_test_setup(every_reason_is_told_at_once, set_up_full),
                cmocka_unit_test_setup(what_cannot_be_built_is_refused_before_anything_is_erased, set_up_full),
                cmocka_unit_test_setup(an_image_that_says_nothing_is_refused, set_up_full),
                cmocka_unit_test_setup(partitions_that_do_not_fit_are_refused, set_up_full),
                cmocka_unit_test_setup(an_encrypted_partition_has_room_for_its_header, set_up_full),
                cmocka_unit_test_setup(swap_gets_a_format_but_no_tree, set_up_full),
                cmocka_unit_test_setup(files_that_nobody_could_verify_are_refused_before_anything_is_erased, set_up_full),
                cmocka_unit_test_setup(a_table_that_contradicts_itself_is_refused, set_up_full),
                cmocka_unit_test_setup(a_full_table_can_be_erased, set_up_full),
                cmocka_unit_test_setup(counts_beyond_the_arrays_are_cut, set_up_full),
                cmocka_unit_test_setup(names_on_the_disk_cannot_forge_lines, set_up_full),
                cmocka_unit_test_setup(the_longest_text_fits, set_up_full),
                cmocka_unit_test_setup(everything_has_a_name_and_a_text, set_up_full),
                cmocka_unit_test_setup(every_deliberately_broken_plan_is_noticed, set_up_full),
                cmocka_unit_test_setup(every_deliberately_broken_plan_about_disks_is_noticed, set_up_full),
                cmocka_unit_test_setup(keys_of_further_disks_die_before_the_tpm_and_contents_after_it, set_up_full),
                cmocka_unit_test_setup(a_fall_back_to_clear_stands_in_the_plan, set_up_full),
                cmocka_unit_test_setup(a_further_disk_is_never_only_discarded, set_up_full),
                cmocka_unit_test_setup(a_first_boot_leaves_further_disks_alone, set_up_full),
                cmocka_unit_test_setup(an_interrupted_first_boot_needs_what_the_first_boot_needed_and_no_more, set_up_full),
                cmocka_unit_test_setup(nobody_else_passes_for_an_interrupted_first_boot, set_up_full),
                cmocka_unit_test_setup(a_kept_partition_that_this_reset_has_begun_is_built_anew, set_up),
                cmocka_unit_test_setup(what_was_absent_is_of_these_definitions, set_up),
                cmocka_unit_test_setup(a_doubt_about_further_disks_refuses_the_whole_reset_in_words, set_up_full),
                cmocka_unit_test_setup(another_disk_than_the_expected_one_is_refused, set_up_full),
                cmocka_unit_test_setup(another_disk_with_nothing_to_erase_is_built, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
