/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stub says is what the initrd hears, also across a version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/partition-type.h"
#include "common/boot/handover.h"

static struct handover example(void)
{
        return (struct handover){ .choice = { MODE_RESET, REASON_REQUEST_DUE },
                                  .tpm_measured = true,
                                  .request = REQUEST_DUE,
                                  .root = ROOT_SIGNED,
                                  .stub_partition = guid_partition_config };
}

static void handover_has_its_documented_form(void **state)
{
        struct handover handover = example();
        char text[HANDOVER_TEXT_MAX];
        size_t size;

        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        assert_int_equal(size, strlen(text));
        assert_string_equal(text, "mode=reset\nreason=request-due\ntpm=measured\nrequest=due\nroot=signed\n"
                                  "partition=3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2\n");
}

static void the_break_glass_policy_is_handed_over(void **state)
{
        static const char *const texts[] = { "mode=normal\n", "mode=normal\nbreak-glass=allowed\n",
                                             "mode=normal\nbreak-glass=then-reset\n", "mode=normal\nbreak-glass=off\n" };
        static const enum break_glass_policy expected[] = { BREAK_GLASS_OFF, BREAK_GLASS_ALLOWED, BREAK_GLASS_THEN_RESET,
                                                            BREAK_GLASS_OFF };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct handover handover, again;
                char text[HANDOVER_TEXT_MAX];
                size_t size;

                assert_int_equal(handover_parse(texts[i], strlen(texts[i]), &handover), ERR_OK);
                assert_int_equal(handover.break_glass, expected[i]);
                assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
                assert_int_equal(handover_parse(text, size, &again), ERR_OK);
                assert_int_equal(again.break_glass, expected[i]);
        }
        struct handover handover;
        assert_int_equal(handover_parse("mode=normal\nbreak-glass=maybe\n", 30, &handover), ERR_RANGE);
}

static void what_pcr_11_was_is_handed_over(void **state)
{
        static const char *const bad[] = {
                "mode=reset\npcr11=\n", "mode=reset\npcr11=00\n",
                "mode=reset\npcr11=zz00000000000000000000000000000000000000000000000000000000000000\n",
                "mode=reset\npcr11=0000000000000000000000000000000000000000000000000000000000000000ff\n"
        };
        struct handover handover = example(), again;
        char text[HANDOVER_TEXT_MAX];
        size_t size;

        handover.has_pcr = true;
        for (uint8_t i = 0; i < SHA256_SIZE; i++)
                handover.pcr[i] = (uint8_t)(0xa0 + i);
        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        assert_non_null(strstr(text, "\npcr11=a0a1a2a3"));
        assert_int_equal(handover_parse(text, size, &again), ERR_OK);
        assert_true(again.has_pcr);
        assert_memory_equal(again.pcr, handover.pcr, SHA256_SIZE);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(handover_parse(bad[i], strlen(bad[i]), &again), ERR_RANGE);
        assert_int_equal(handover_parse("mode=reset\n", 11, &again), ERR_OK);
        assert_false(again.has_pcr);
}

static void the_stubs_own_file_is_handed_over(void **state)
{
        static const struct {
                const char *text, *file; /* NULL: refused */
        } cases[] = {
                { "mode=normal\nimage=EFI/BOOT/BOOTX64.EFI\n", "EFI/BOOT/BOOTX64.EFI" },
                { "mode=normal\nimage=M\xc3\xbcller=x.efi\n", "M\xc3\xbcller=x.efi" },
                { "mode=normal\n", "" },
                { "mode=normal\nimage=\n", NULL },
                { "mode=normal\nimage=/x\n", NULL },
                { "mode=normal\nimage=a\tb\n", NULL },
        };
        char text[HANDOVER_TEXT_MAX];
        struct handover handover, again;
        size_t size;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                enum err err = handover_parse(cases[i].text, strlen(cases[i].text), &handover);

                assert_int_equal(err, cases[i].file ? ERR_OK : ERR_RANGE);
                if (!cases[i].file)
                        continue;
                assert_string_equal(handover.stub_file, cases[i].file);
                assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
                assert_int_equal(handover_parse(text, size, &again), ERR_OK);
                assert_string_equal(again.stub_file, cases[i].file);
        }
        (void)strcpy(text, "mode=normal\nimage=");
        memset(text + strlen("mode=normal\nimage="), 'a', HANDOVER_FILE_MAX);
        assert_int_equal(handover_parse(text, strlen("mode=normal\nimage=") + HANDOVER_FILE_MAX - 1, &handover), ERR_OK);
        assert_int_equal(handover_parse(text, strlen("mode=normal\nimage=") + HANDOVER_FILE_MAX, &handover), ERR_RANGE);
}

static void what_the_console_may_is_handed_over(void **state)
{
        static const char whole[] = "mode=normal\nreason=ordinary\ntpm=none\nrequest=absent\nroot=verity\nmay-reset=password\n"
                                    "may-recover=off\nmay-break-glass=password\npassword=given\n";
        static const char *const faults[] = { "mode=normal\nmay-reset=maybe\n", "mode=normal\npassword=wrong\n",
                                              "mode=normal\npassword=\n" };
        struct handover handover;
        char text[HANDOVER_TEXT_MAX];
        size_t size;

        assert_int_equal(handover_parse("mode=normal\n", 12, &handover), ERR_OK);
        assert_false(handover.password_given);
        assert_int_equal(handover.access.reset + handover.access.recovery + handover.access.break_glass, ACCESS_ALLOWED);
        assert_int_equal(handover_parse(whole, strlen(whole), &handover), ERR_OK);
        assert_true(handover.password_given);
        assert_int_equal(handover.access.reset, ACCESS_PASSWORD);
        assert_int_equal(handover.access.recovery, ACCESS_OFF);
        assert_int_equal(handover.access.break_glass, ACCESS_PASSWORD);
        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        assert_string_equal(text, whole);
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
                assert_int_equal(handover_parse(faults[i], strlen(faults[i]), &handover), ERR_RANGE);
}

static void what_the_stub_saw_and_the_kernel_hides_is_told(void **state)
{
        struct handover handover = { .boots = 7, .boot_is_last = true }, read;
        char text[HANDOVER_TEXT_MAX];
        size_t size;

        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        assert_int_equal(handover_parse(text, size, &read), ERR_OK);
        assert_int_equal(read.boots, 7);
        assert_true(read.boot_is_last);
        assert_int_equal(handover_parse("mode=normal\nboots=257\n", 22, &read), ERR_RANGE);
        assert_int_equal(handover_parse("mode=normal\nboot-is-last=1\n", 27, &read), ERR_RANGE);
        for (unsigned seen = 0; seen < 4; seen++) {
                const bool progress = seen & 1, request = seen & 2;
                handover = (struct handover){ 0 };
                assert_int_equal(handover_unseen(&handover, progress, request), UNSEEN_NOTHING);
                handover.request = REQUEST_DUE;
                assert_int_equal(handover_unseen(&handover, progress, request), request ? UNSEEN_NOTHING : UNSEEN_REQUEST);
                handover.progress = PROGRESS_UNPROVEN; /* begins anew in any case */
                assert_int_equal(handover_unseen(&handover, progress, true), UNSEEN_NOTHING);
                handover.progress = PROGRESS_UNDER_WAY;
                assert_int_equal(handover_unseen(&handover, progress, true), progress ? UNSEEN_NOTHING : UNSEEN_PROGRESS);
        }
}

static void every_handover_reads_back_as_it_was(void **state)
{
        for (int mode = 0; mode < MODE_COUNT; mode++)
                for (int reason = 0; reason < REASON_COUNT; reason++)
                        for (int request = REQUEST_ABSENT; request <= REQUEST_DUE; request++)
                                for (int tpm = 0; tpm < 3; tpm++) {
                                        struct handover handover = { .choice = { (enum boot_mode)mode, (enum boot_reason)reason },
                                                                     .tpm_measured = tpm == 1,
                                                                     .tpm_failed = tpm == 2,
                                                                     .request = (enum request_state)request };
                                        struct handover read;
                                        char text[HANDOVER_TEXT_MAX];
                                        size_t size;

                                        handover.root = reason % 2 == 0 ? ROOT_SIGNED : ROOT_VERITY;
                                        handover.stub_is_other = reason % 3 == 0;
                                        if (mode % 2 == 0)
                                                handover.stub_partition = guid_cleanslate;
                                        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
                                        assert_int_equal(handover_parse(text, size, &read), ERR_OK);
                                        assert_int_equal(read.choice.mode, mode);
                                        assert_int_equal(read.choice.reason, reason);
                                        assert_int_equal(read.request, request);
                                        assert_int_equal(read.root, handover.root);
                                        assert_int_equal(read.stub_is_other, handover.stub_is_other);
                                        assert_int_equal(read.tpm_measured, tpm == 1);
                                        assert_int_equal(read.tpm_failed, tpm == 2);
                                        assert_true(guid_equal(&read.stub_partition, &handover.stub_partition));
                                }
}

static void failed_measurement_is_never_told_as_measured(void **state)
{
        struct handover handover = example();
        char text[HANDOVER_TEXT_MAX];
        size_t size;

        handover.tpm_failed = true;
        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        assert_non_null(strstr(text, "tpm=failed\n"));
}

static void a_mode_that_was_not_measured_is_told(void **state)
{
        for (int unmeasured = 0; unmeasured < 2; unmeasured++) {
                struct handover handover = example(), read;
                char text[HANDOVER_TEXT_MAX];
                size_t size;

                handover.mode_unmeasured = unmeasured;
                assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
                assert_int_equal(strstr(text, "mode-measured=no\n") != NULL, unmeasured);
                assert_int_equal(handover_parse(text, size, &read), ERR_OK);
                assert_int_equal(read.mode_unmeasured, unmeasured);
        }
}

static void small_buffer_is_refused(void **state)
{
        struct handover handover = example();
        char text[HANDOVER_TEXT_MAX];
        size_t size, needed;

        assert_int_equal(handover_format(&handover, text, sizeof(text), &needed), ERR_OK);
        size = 4711;
        assert_int_equal(handover_format(&handover, text, needed, &size), ERR_BUFFER_TOO_SMALL);
        assert_int_equal(size, 4711);
        assert_int_equal(handover_format(&handover, text, needed + 1, &size), ERR_OK);
}

static void mode_alone_is_enough(void **state)
{
        struct handover handover = example();

        assert_int_equal(handover_parse("mode=recovery", 13, &handover), ERR_OK);
        assert_int_equal(handover.choice.mode, MODE_RECOVERY);
        assert_int_equal(handover.choice.reason, REASON_ORDINARY);
        assert_int_equal(handover.request, REQUEST_ABSENT);
        assert_false(handover.tpm_measured);
        assert_true(guid_is_zero(&handover.stub_partition));
}

static void parsing_tells_what_is_wrong(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { "mode=normal\nfrom-the-future=1\n\nmodes=x\nmod=y\n", ERR_OK },
                { "", ERR_MISSING },
                { "reason=menu\n", ERR_MISSING },
                { "mode=normal\nno assignment\n", ERR_SYNTAX },
                { "mode=normal\nmode=normal\n", ERR_SYNTAX },
                { "mode=normal\nmode=reset\n", ERR_SYNTAX },
                { "mode=\n", ERR_RANGE },
                { "mode=Normal\n", ERR_RANGE },
                { "mode=normal \n", ERR_RANGE },
                { "mode=normal\nreason=because\n", ERR_RANGE },
                { "mode=normal\nstub=ours\n", ERR_RANGE },
                { "mode=normal\ntpm=yes\n", ERR_RANGE },
                { "mode=normal\nmode-measured=perhaps\n", ERR_RANGE },
                { "mode=normal\nmode-measured=yes\n", ERR_OK },
                { "mode=normal\nrequest=\n", ERR_RANGE },
                { "mode=normal\nroot=\n", ERR_RANGE },
                { "mode=normal\nroot=unsigned\n", ERR_RANGE },
                { "mode=normal\npartition=sda1\n", ERR_RANGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct handover handover = { .choice = { MODE_BREAK_GLASS, REASON_MENU } };

                assert_int_equal(handover_parse(cases[i].text, strlen(cases[i].text), &handover), cases[i].err);
                assert_int_equal(handover.choice.mode, cases[i].err == ERR_OK ? MODE_NORMAL : MODE_BREAK_GLASS);
        }
}

static void a_tpm_is_waited_for_where_the_stub_has_spoken_to_one(void **state)
{
        static const struct {
                const char *text;
                uint32_t ms;
        } cases[] = {
                { "mode=normal\n", 0 },
                { "mode=normal\ntpm=none\n", 0 },
                { "mode=normal\ntpm=measured\n", HANDOVER_TPM_WAIT_MS },
                { "mode=normal\ntpm=failed\n",
                  HANDOVER_TPM_WAIT_MS }, /* it is there, and may open what a person has the key for */
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct handover handover;
                assert_int_equal(handover_parse(cases[i].text, strlen(cases[i].text), &handover), ERR_OK);
                assert_int_equal(handover_tpm_wait_ms(&handover), cases[i].ms);
        }
        assert_true(HANDOVER_TPM_WAIT_MS > 17000); /* the latest that is known */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(handover_has_its_documented_form),
                cmocka_unit_test(a_tpm_is_waited_for_where_the_stub_has_spoken_to_one),
                cmocka_unit_test(what_pcr_11_was_is_handed_over),
                cmocka_unit_test(the_stubs_own_file_is_handed_over),
                cmocka_unit_test(what_the_console_may_is_handed_over),
                cmocka_unit_test(every_handover_reads_back_as_it_was),
                cmocka_unit_test(what_the_stub_saw_and_the_kernel_hides_is_told),
                cmocka_unit_test(the_break_glass_policy_is_handed_over),
                cmocka_unit_test(failed_measurement_is_never_told_as_measured),
                cmocka_unit_test(a_mode_that_was_not_measured_is_told),
                cmocka_unit_test(small_buffer_is_refused),
                cmocka_unit_test(mode_alone_is_enough),
                cmocka_unit_test(parsing_tells_what_is_wrong),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
