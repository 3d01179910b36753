/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recovery page says of image, partitions, TPM and the last reset: each fact in its words, and nobody's text steers a
 * terminal. The TPM and the records are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "initrd/diagnosis.h"
#include "initrd/esp.h"
#include "initrd/tpm-check.h"
#include "linux/record/record-list.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        struct page_part part;
        struct record_summary summary;
        int esp, record, facts;
} world;

int __wrap_esp_open_read_only(const struct inventory *inventory, struct esp *ret)
{
        return world.esp;
}

int __wrap_record_newest(int esp_fd, struct record_summary *ret)
{
        *ret = world.summary;
        return world.record;
}

int __wrap_tpm_read_facts(struct tpm *tpm, struct tpm_facts *facts)
{
        return world.facts;
}

void __wrap_tpm_read_firmware_offer(struct boot_context *context)
{
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "no answer";
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        world.context.report.kmsg_fd = -1;
        two_volumes(&world.context);
        world.context.gather_tried = world.context.gathered = true;
        (void)strcpy(world.context.os.id, "slate");
        (void)strcpy(world.context.os.image_id, "slate-image");
        (void)strcpy(world.context.os.image_version, "7");
        return 0;
}

static void assert_says(const char *line)
{
        world.part.count = 0;
        diagnosis_add(&world.context, &world.part);
        for (size_t i = 0; i < world.part.count; i++)
                if (strcmp(world.part.lines[i], line) == 0)
                        return;
        for (size_t i = 0; i < world.part.count; i++)
                print_error("%s\n", world.part.lines[i]);
        fail_msg("not said: %s", line);
}

static void an_image_is_verified_or_why_not_or_not_looked_at(void **state)
{
        assert_says("  image       verified: slate slate-image 7");
        world.context.gathered = false;
        (void)strcpy(world.context.image_trouble, "It is altered.");
        assert_says("  image       NOT VERIFIED: It is altered.");
        world.context.gather_tried = false;
        assert_says("  image       not looked at");
}

static void a_volume_is_what_is_known_of_it(void **state)
{
        struct inventory_partition *state_partition = &world.context.inventory.partitions[STATE];
        world.context.inventory.partitions[CONFIG].size_bytes = UINT64_C(300) << 20;
        assert_says("  partitions  config          300 MiB  locked");
        static const struct {
                enum volume_state known;
                const char *line;
        } cases[] = { { VOLUME_UNMOUNTABLE,
                        "              state                 -  unlocked, but its file system does not mount" },
                      { VOLUME_INCOMPLETE, "              state                 -  never completed" },
                      { VOLUME_COMPLETE, "              state                 -  complete" },
                      { VOLUME_LOCKED, "              state                 -  locked" } };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world.context.volume_states[STATE] = cases[i].known;
                assert_says(cases[i].line);
        }
        state_partition->content = CONTENT_BLANK;
        assert_says("              state                 -  EMPTY");
        state_partition->content = CONTENT_UNKNOWN;
        assert_says("              state                 -  DAMAGED: not an encrypted volume");
        world.context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        assert_says("              state                 -  not opened");
        world.context.inventory.partition_count = 1;
        assert_says("              state                 -  MISSING");
        world.context.inventory.partition_count = 0;
        assert_says("  partitions  not read");
}

static void without_the_image_names_are_those_of_the_table(void **state)
{
        world.context.gathered = false;
        (void)strcpy(world.context.inventory.partitions[CONFIG].name, "\x1b[2Jhome\x7f");
        world.context.inventory.partitions[STATE].content = CONTENT_UNKNOWN;
        assert_says("  partitions  ?[2Jhome?             -  locked");
        assert_says("              state                 -  not opened");
}

static void the_tpm_says_what_stands_in_the_way(void **state)
{
        struct tpm_facts *facts = &world.context.inventory.tpm;
        assert_says("  TPM         closed again");
        facts->present = false;
        assert_says("  TPM         none found");
        world.context.tpm = (struct tpm *)&world;
        facts->present = true;
        assert_says("  TPM         answers; not in lockout; owner authorization empty; can be cleared");
        facts->in_lockout = facts->owner_auth_set = facts->lockout_auth_set = true;
        assert_says("  TPM         answers; IN LOCKOUT; owner authorization SET; lockout authorization SET");
        facts->disable_clear = true;
        assert_says("  TPM         answers; IN LOCKOUT; owner authorization SET; clearing is DISABLED");
        world.facts = -EIO;
        assert_says("  TPM         DOES NOT ANSWER: no answer");
}

static void the_last_reset_is_the_newest_record(void **state)
{
        world.summary.written_at = 1700000000;
        assert_says("  last reset  2023-11-14 22:13 UTC, FAILED");
        world.summary.partial = true;
        assert_says("  last reset  2023-11-14 22:13 UTC, PARTIAL");
        world.summary.built = true;
        assert_says("  last reset  2023-11-14 22:13 UTC, first boot");
        world.summary.complete = true;
        world.summary.written_at = 0;
        assert_says("  last reset  an unknown time, complete");
        world.record = -ENOENT;
        assert_says("  last reset  no record");
        world.esp = -EIO;
        assert_says("  last reset  unknown: the EFI system partition does not open");
}

static void sizes_are_short(void **state)
{
        static const struct {
                uint64_t bytes;
                const char *text;
        } cases[] = { { 0, "0 B" },
                      { 1023, "1023 B" },
                      { 1536, "2 KiB" },
                      { UINT64_C(1) << 30, "1.0 GiB" },
                      { UINT64_C(3) << 39, "1.5 TiB" },
                      { UINT64_C(1) << 51, "2048.0 TiB" } };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[SIZE_TEXT_MAX];
                size_format(cases[i].bytes, text);
                assert_string_equal(text, cases[i].text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(an_image_is_verified_or_why_not_or_not_looked_at, set_up),
                cmocka_unit_test_setup(a_volume_is_what_is_known_of_it, set_up),
                cmocka_unit_test_setup(without_the_image_names_are_those_of_the_table, set_up),
                cmocka_unit_test_setup(the_tpm_says_what_stands_in_the_way, set_up),
                cmocka_unit_test_setup(the_last_reset_is_the_newest_record, set_up),
                cmocka_unit_test_setup(sizes_are_short, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
