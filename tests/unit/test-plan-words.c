/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `cleanslate plan` says of a plan that is given: each kind of line in its words, with sizes and times that a person reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "reset-tool/plan-words.h"

static struct plan_preview preview;
static char *said;

static int set_up(void **state)
{
        memset(&preview, 0, sizeof(preview));
        said = malloc(PLAN_WORDS_MAX);
        preview.planned = true;
        (void)strcpy(preview.inventory.disk_path, "/dev/sda");
        (void)strcpy(preview.medium.model, "Small\x1b"
                                           "Disk");
        preview.medium.size_bytes = UINT64_C(512) << 30;
        return 0;
}

static int tear_down(void **state)
{
        free(said);
        return 0;
}

static struct plan_step *add(enum step_kind kind)
{
        struct plan_step *step = &preview.plan.steps[preview.plan.step_count++];
        *step = (struct plan_step){ .kind = kind, .partition = -1, .definition = -1 };
        return step;
}

static void assert_says(const char *text)
{
        struct writer writer = writer_over(said, PLAN_WORDS_MAX);
        plan_words(&writer, &preview);
        assert_false(writer.overflow);
        if (!strstr(said, text))
                fail_msg("not said:\n%s\nbut:\n%s", text, said);
}

static void the_title_says_whose_plan_it_is(void **state)
{
        assert_says("What a factory reset would do here now:\nDisk     /dev/sda, Small?Disk, 512 GiB, GUID 00000000-");
        preview.of = PREVIEW_OF_PENDING_REQUEST;
        assert_says("What the pending request will do:\n");
        preview.of = PREVIEW_OF_RESET_UNDER_WAY;
        assert_says("What the reset that has begun goes on with:\n");
}

static void what_is_erased_is_named_with_size_method_and_reason(void **state)
{
        static const struct {
                enum erase_method method;
                const char *words;
        } methods[] = { { ERASE_METHOD_DISCARD, "keys destroyed, blocks discarded; overwritten if the device keeps them" },
                        { ERASE_METHOD_ZERO, "overwritten with zeros, read back" },
                        { ERASE_METHOD_KEYSTREAM, "overwritten with a keystream, read back" },
                        { ERASE_METHOD_PURGE, "purged by the device" } };
        struct plan_step *step = add(STEP_ERASE), *gap = add(STEP_ERASE_UNALLOCATED), *second = add(STEP_ERASE_UNALLOCATED);
        preview.inventory.partition_count = 1;
        preview.inventory.partitions[0].number = 4;
        (void)strcpy(preview.inventory.partitions[0].name, "state\n");
        step->partition = 0;
        step->size_bytes = UINT64_C(3) << 29;
        gap->size_bytes = second->size_bytes = 512;
        gap->method = second->method = ERASE_METHOD_ZERO;
        for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
                step->method = methods[i].method;
                assert_says(methods[i].words);
        }
        assert_says("Erased     4 state?");
        assert_says("  1.5 GiB  purged by the device\n             why: ");
        assert_non_null(strstr(said, "  - (no partition)"));
        assert_non_null(strstr(said, "1 KiB  overwritten with zeros, read back\n"));
}

static void additional_disks_are_erased_or_stay_with_a_reason(void **state)
{
        struct plan_step *step = add(STEP_ERASE_DISK);
        preview.inventory.disk_count = 3;
        for (size_t i = 0; i < 3; i++) {
                struct inventory_disk *disk = &preview.inventory.disks[i];
                (void)snprintf(disk->path, sizeof(disk->path), "/dev/sd%c", (char)('x' + i));
                (void)snprintf(disk->media.serial, sizeof(disk->media.serial), "S%zu", i);
                (void)strcpy(disk->media.model, "Big");
        }
        preview.plan.disks.count = 1;
        preview.plan.disks.chosen[0] = (struct chosen_disk){ .disk = 1, .technique = MEDIA_NVME_SANITIZE_BLOCK };
        preview.plan.disks.fates[0] = DISK_FATE_BOOT;
        preview.plan.disks.fates[1] = DISK_FATE_INTERNAL;
        preview.plan.disks.fates[2] = DISK_FATE_REMOVABLE;
        step->additional_disk = 1;
        step->size_bytes = UINT64_C(2) << 40;
        step->method = ERASE_METHOD_PURGE;
        assert_says("Disks    /dev/sdy, Big, serial S1, 2 TiB: purged by the device: ");
        assert_non_null(strstr(said, media_technique_text(MEDIA_NVME_SANITIZE_BLOCK)));
        assert_non_null(strstr(said, "/dev/sdz, serial S2, stays: "));
        assert_null(strstr(said, "/dev/sdx"));
        step->method = ERASE_METHOD_ZERO;
        assert_says("2 TiB: overwritten with zeros, read back\n");
}

static void what_is_built_is_named_with_its_protection(void **state)
{
        struct plan_step *plain = add(STEP_CREATE_ENTRY), *locked = add(STEP_CREATE_ENTRY), *encrypt = add(STEP_ENCRYPT);
        preview.policy.partition_count = 2;
        (void)strcpy(preview.policy.partitions[0].label, "swap");
        (void)strcpy(preview.policy.partitions[1].label, "state");
        (void)strcpy(preview.policy.partitions[1].format, "ext4");
        plain->definition = 0;
        locked->definition = encrypt->definition = 1;
        preview.policy.settings.hooks_after_rebuild = true;
        assert_says("no file system, not encrypted\n");
        assert_says("ext4, encrypted, key sealed by the TPM\n");
        assert_says("Then     the image's hooks run on what was built\n");
}

static void what_stays_says_how_far_it_grows(void **state)
{
        struct plan_step *step = add(STEP_GROW_ENTRY);
        preview.inventory.partition_count = 2;
        for (uint32_t i = 0; i < 2; i++) {
                preview.inventory.partitions[i].number = i + 3;
                preview.inventory.partitions[i].size_bytes = UINT64_C(10) << 30;
                preview.plan.fates[i] = FATE_KEPT;
        }
        (void)strcpy(preview.inventory.partitions[0].name, "data");
        (void)strcpy(preview.inventory.partitions[1].name, "other");
        step->partition = 0;
        step->size_bytes = UINT64_C(51) << 29;
        assert_says("Stays      3 data                10 GiB  the image defines it and does not mark it for a reset\n"
                    "             grows from 10 GiB to 25.5 GiB, into the free space that follows it\n"
                    "           4 other               10 GiB  the image defines it and does not mark it for a reset\n");
        assert_null(strstr(strstr(said, "4 other"), "grows"));
}

static void the_tpm_is_cleared_or_why_not(void **state)
{
        assert_says("TPM      there is none\n");
        preview.inventory.tpm.present = true;
        preview.plan.tpm_clear = TPM_CLEAR_SKIP;
        assert_says("TPM      left as it is\n");
        preview.plan.tpm_clear = TPM_CLEAR_TRY;
        preview.plan.tpm_way = TPM_WAY_FIRMWARE;
        assert_says("; a failure does not stop the reset\n");
        preview.plan.tpm_clear = TPM_CLEAR_REQUIRED;
        assert_says("TPM      cleared ");
        assert_null(strstr(said, "a failure does not"));
}

static void a_time_is_as_coarse_as_an_estimate(void **state)
{
        static const struct {
                uint64_t seconds;
                const char *text;
        } cases[] = { { 1, "Time     about 10 seconds with" },  { 119, "Time     about 120 seconds with" },
                      { 120, "Time     about 2 minutes with" }, { 7199, "Time     about 120 minutes with" },
                      { 7200, "Time     about 2 hours with" },  { 7201, "Time     about 3 hours with" } };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                preview.duration.seconds = cases[i].seconds;
                assert_says(cases[i].text);
        }
        preview.duration.device_decides = preview.duration.waits_for_person = true;
        assert_says("; the disks that purge themselves take as long as they take; the firmware may wait for a person first\n");
}

static void long_lists_are_cut_and_counted(void **state)
{
        for (unsigned i = 0; i < 14; i++) {
                char name[16];
                (void)snprintf(name, sizeof(name), "EFI/%u", i);
                clean_list_add(&preview.cleaned.esp_removed, name, "undeclared");
        }
        preview.cleaned.esp_removed.more = 3;
        preview.inventory.clean.variables_left = 2;
        assert_says("goes: EFI/11 (undeclared)\n           goes: 5 more\n");
        assert_null(strstr(said, "EFI/12"));
        assert_says(", 2 should go and cannot be removed\n");
        assert_says("free space is overwritten\n");
        preview.policy.settings.esp_leave_free_space = true;
        assert_says("free space is left\n");
}

static void a_refused_plan_says_why_and_nothing_of_steps(void **state)
{
        preview.plan.refusals[0] = REFUSE_NO_ESP;
        preview.plan.refusal_count = 1;
        assert_says("A factory reset would be REFUSED, and nothing would be changed:\n  - ");
        assert_null(strstr(said, "Level"));
        assert_null(strstr(said, "Time"));
}

static void notes_are_said_behind_the_plan(void **state)
{
        preview.plan.spared_bytes = 17408;
        preview.notes[NOTE_DISK_HELD] = preview.notes[NOTE_IMAGE_UNNAMED] = true;
        (void)strcpy(preview.why.text, "Something\x07 failed.");
        assert_says("17 KiB  left to a boot loader, at the beginning of the disk\n");
        assert_says("\nNote     ");
        assert_says(preview_note_text(NOTE_DISK_HELD));
        assert_says(preview_note_text(NOTE_IMAGE_UNNAMED));
        assert_says("         Something? failed.\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_title_says_whose_plan_it_is, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_erased_is_named_with_size_method_and_reason, set_up, tear_down),
                cmocka_unit_test_setup_teardown(additional_disks_are_erased_or_stay_with_a_reason, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_built_is_named_with_its_protection, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_stays_says_how_far_it_grows, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_tpm_is_cleared_or_why_not, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_time_is_as_coarse_as_an_estimate, set_up, tear_down),
                cmocka_unit_test_setup_teardown(long_lists_are_cut_and_counted, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_refused_plan_says_why_and_nothing_of_steps, set_up, tear_down),
                cmocka_unit_test_setup_teardown(notes_are_said_behind_the_plan, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
