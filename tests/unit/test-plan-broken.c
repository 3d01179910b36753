/* SPDX-License-Identifier: GPL-2.0-or-later */
/* That the checker of a plan's invariants can fail: every way to break a good plan is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

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

static void break_kept_lookalike(void)
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

/* A definition more, which would have its partition erased and filled, and has one of those that never are. */
static void mark_what_stays(size_t partition, const char *format)
{
        policy.partition_count = 3;
        policy.partitions[2] =
                (struct partition_definition){ .type = inventory.partitions[partition].type, .factory_reset = true };
        (void)strcpy(policy.partitions[2].format, format);
}

static void break_esp_is_marked(void)
{
        mark_what_stays(ESP, "");
}

static void break_image_is_a_volume(void)
{
        mark_what_stays(ROOT, "ext4");
}

static void break_image_is_of_another_type(void)
{
        inventory.partitions[VERITY].type = guid_cleanslate;
        mark_what_stays(VERITY, "");
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
                { break_no_keys, "a partition is destroyed, erased and replaced or deleted, but not all of it" },
                { break_no_erase, "a partition is destroyed, erased and replaced or deleted, but not all of it" },
                { break_no_record, "no record is written" },
                { break_hooks_left_out, "hooks are run unasked, or not" },
                { break_hooks_before_proof, "hooks run before all is verified" },
                { break_no_encryption, "encryption is not as defined" },
                { break_no_verification, "a tree is not verified" },
                { break_no_tree, "files are not copied" },
                { break_no_entry, "what is erased is not rebuilt" },
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
                { break_kept_lookalike, "a partition marked by the image is kept" },
                { break_skip, "the TPM is cleared without being asked for" },
                { break_way, "a clear that is required has no way" },
                { break_kept_attribute, "a partition marked on the disk is kept" },
                { break_kept_definition, "a partition marked by the image is kept" },
                { break_esp_is_marked, "ESP or image stand where a volume has to be erased" },
                { break_image_is_a_volume, "ESP or image stand where a volume has to be erased" },
                { break_image_is_of_another_type, "ESP or image stand where a volume has to be erased" },
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

/* Three disks: one that is purged, one that is cleared, one that is kept. */
static void build_with_disks(void)
{
        set_additional_disk("S1", MIB(1000));
        set_additional_disk("S2", MIB(100));
        set_additional_disk("S3", MIB(100));
        inventory.disks[2].media.usb = true;
        settings("[Disk]\nid=serial:S1\n[Disk]\nall=internal\nlevel=clear\n");
        assert_accepted();
        assert_int_equal(plan.disks.count, 2);
}

static struct plan_step *disk_step(enum step_kind kind, uint32_t disk)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == kind && plan.steps[i].additional_disk == disk)
                        return &plan.steps[i];
        fail_msg("no such step");
        return NULL;
}

static void break_disk_kept(void)
{
        disk_step(STEP_ERASE_DISK, 1)->additional_disk = 2;
}

static void break_disk_nowhere(void)
{
        disk_step(STEP_ERASE_DISK, 2)->additional_disk = 3;
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
                { break_disk_kept, "a step is done twice" },
                { break_disk_nowhere, "a chosen disk is not erased, or twice" },
                { break_disk_size, "a disk is erased in part" },
                { break_disk_end, "a step leaves its disk" },
                { break_disk_discard, "an additional disk is only discarded" },
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(every_deliberately_broken_plan_is_noticed, set_up_full),
                cmocka_unit_test_setup(every_deliberately_broken_plan_about_disks_is_noticed, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
