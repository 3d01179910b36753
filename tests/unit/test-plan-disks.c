/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Additional disks in a plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void keys_of_additional_disks_die_before_the_tpm_and_contents_after_it(void **state)
{
        const char *text;

        set_additional_disk("S1", MIB(1000));
        set_additional_disk("S2", MIB(100));
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
        set_additional_disk("S1", MIB(1000));
        inventory.disks[0].media.techniques = 0;
        settings("[Disk]\nid=serial:S1\npurge-or-fail=no\n");
        assert_non_null(strstr(build(), "method=zero purge-obstacle=not-offered verify=full"));
}

static void a_additional_disk_is_never_only_discarded(void **state)
{
        set_additional_disk("S1", MIB(1000));
        settings("[Disk]\nid=serial:S1\nlevel=crypto\n");
        assert_non_null(strstr(build(), "0..1048576000 method=zero verify"));
}

static void a_first_boot_leaves_additional_disks_alone(void **state)
{
        set_additional_disk("S1", MIB(1000));
        settings("[Disk]\nall=internal\n[Disk]\nid=serial:nobody\n");
        make_first_boot();
        assert_accepted();
        assert_int_equal(plan.disks.count, 0);
}

static void a_doubt_about_additional_disks_refuses_the_whole_reset_in_words(void **state)
{
        char text[512];
        struct writer writer = writer_over(text, sizeof(text));

        set_additional_disk("S1", MIB(1000));
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

/* What a person reads ends with the section and the disk that are meant, as far as there are any. */
static void a_refusal_names_what_it_is_about_and_no_more(void **state)
{
        static const char where[] = " (cleanslate.conf:1; /dev/nvme1n1, serial number S1)";
        const char *text;

        set_additional_disk("S1", MIB(1000));
        inventory.disks[0].is_held = true;
        settings("[Disk]\nall=internal\nlevel=clear\n"); /* names none by itself */
        text = assert_refused_only(REFUSE_DISK_HELD);
        assert_memory_equal(text, refusal_text(REFUSE_DISK_HELD), strlen(refusal_text(REFUSE_DISK_HELD)));
        assert_string_equal(text + strlen(refusal_text(REFUSE_DISK_HELD)), where);

        inventory.disks[0].is_held = false;
        inventory.disks_overflow = true;
        assert_string_equal(assert_refused_only(REFUSE_TOO_MANY_DISKS), refusal_text(REFUSE_TOO_MANY_DISKS));

        inventory.disks_overflow = false;
        set_additional_disk("S2", MIB(100));
        inventory.disks[1].hardware = inventory.disks[0].hardware;
        policy.settings.disk_count = 0;
        settings("[Disk]\nid=serial:S1\n");
        text = assert_refused_only(REFUSE_DISK_LEVEL);
        assert_non_null(strstr(text, " It shares hardware with a disk that is to be kept. (cleanslate.conf:1: S1; "));
        inventory.efi_variables = false; /* what is about no partition names none */
        (void)build();
        char other[512];
        struct writer writer = writer_over(other, sizeof(other));
        plan_refusal_format(&plan, &policy, &inventory, 0, &writer);
        assert_string_equal(other, refusal_text(REFUSE_NO_EFI_VARIABLES));
        assert_string_equal(refusal_name(REFUSE_COUNT), "unknown");
        assert_non_null(strstr(refusal_text(REFUSE_COUNT), "unknown"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(keys_of_additional_disks_die_before_the_tpm_and_contents_after_it, set_up_full),
                cmocka_unit_test_setup(a_fall_back_to_clear_stands_in_the_plan, set_up_full),
                cmocka_unit_test_setup(a_additional_disk_is_never_only_discarded, set_up_full),
                cmocka_unit_test_setup(a_first_boot_leaves_additional_disks_alone, set_up_full),
                cmocka_unit_test_setup(a_doubt_about_additional_disks_refuses_the_whole_reset_in_words, set_up_full),
                cmocka_unit_test_setup(a_refusal_names_what_it_is_about_and_no_more, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
