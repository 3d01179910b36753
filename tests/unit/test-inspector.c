/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program that answers the service's questions: each answer has its kind, a question that is none gets no look at the
 * machine. What it finds out is faked; the questions and answers are real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reset-tool/checks.h"
#include "reset-tool/hooks.h"
#include "reset-tool/plan-json.h"
#include "reset-tool/plan-preview.h"
#include "reset-tool/reset-options-parse.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct plan_preview preview;
        struct checkup checkup;
        bool no_context, no_preview, no_checks, hooks_refuse, too_long;
        int gathered, released, freed;
        bool options_given;
        struct reset_options options;
        enum check_scope scope;
        char *output;
        size_t size;
} world;

bool __wrap_boot_context_gather(const struct environment *environment, struct boot_context *ret, struct explanation *ret_why)
{
        world.gathered++;
        return world.no_context ? explain(ret_why, "No EFI.") : true;
}

void __wrap_boot_context_release(struct boot_context *context)
{
        world.released++;
}

struct plan_preview *__wrap_plan_preview_new(const struct environment *environment, const struct boot_context *context,
                                             const struct reset_options *options)
{
        world.options_given = options;
        if (options)
                world.options = *options;
        return world.no_preview ? NULL : &world.preview;
}

void __wrap_plan_preview_free(struct plan_preview **preview)
{
        world.freed += *preview != NULL;
}

bool __wrap_checks_run(const struct environment *environment, const struct boot_context *context, struct plan_preview *preview,
                       enum check_scope scope, struct checkup *ret)
{
        world.scope = scope;
        *ret = world.checkup;
        return !world.no_checks;
}

void __wrap_checks_json(struct writer *writer, const struct checkup *checkup, enum check_scope scope)
{
        writer_text(writer, "{checks}");
}

void __wrap_plan_json(struct writer *writer, const struct plan_preview *preview)
{
        writer_text(writer, "{plan}");
        writer->overflow = world.too_long;
}

bool __wrap_hooks_allow(const struct environment *environment, const struct reset_options *options, struct explanation *ret_why)
{
        return world.hooks_refuse ? explain(ret_why, "A hook says no.") : true;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        world.preview.planned = true;
        return 0;
}

static void assert_answers(const char *question, const char *answer)
{
        struct environment environment = { 0 };
        FILE *kept = stdin;
        world.gathered = world.released = world.freed = 0;
        environment.output = open_memstream(&world.output, &world.size);
        stdin = question[0] ? fmemopen((char *)question, strlen(question), "r") : fopen("/dev/null", "re");
        assert_int_equal(inspect_command(&environment, 1, NULL), STATUS_OK);
        (void)fclose(stdin);
        stdin = kept;
        (void)fclose(environment.output);
        assert_string_equal(world.output, answer);
        free(world.output);
        assert_int_equal(world.released, world.gathered && !world.no_context);
}

static void a_plan_is_told_as_it_is(void **state)
{
        assert_answers("plan - -\n", "ok\n{plan}");
        assert_false(world.options_given); /* of what is pending */
        assert_int_equal(world.freed, 1);
        assert_answers("plan purge -\n", "ok\n{plan}");
        assert_true(world.options_given);
        assert_int_equal(world.options.level, ERASE_LEVEL_PURGE);
        world.preview.plan.refusal_count = 1;
        assert_answers("plan - skip\n", "failed\n{plan}");
        assert_int_equal(world.options.tpm_clear, TPM_CLEAR_SKIP);
        world.preview.planned = false;
        (void)strcpy(world.preview.why.text, "No disk.");
        assert_answers("plan - -\n", "error\nNo disk.");
}

static void a_preflight_says_what_fails_and_what_to_do(void **state)
{
        assert_answers("preflight - -\n", "ok\n");
        assert_true(world.options_given);
        assert_int_equal(world.scope, SCOPE_PREFLIGHT);
        world.checkup.count = 4;
        world.checkup.results[0] = (struct check_result){
                .severity = SEVERITY_FAILURE, .scope = SCOPE_PREFLIGHT, .text = "No ESP.", .remedy = "Mount it."
        };
        world.checkup.results[1] = (struct check_result){ .severity = SEVERITY_NOTE, .scope = SCOPE_PREFLIGHT, .text = "Fine." };
        world.checkup.results[2] =
                (struct check_result){ .severity = SEVERITY_FAILURE, .scope = SCOPE_DOCTOR, .text = "Of the doctor." };
        world.checkup.results[3] =
                (struct check_result){ .severity = SEVERITY_FAILURE, .scope = SCOPE_PREFLIGHT, .text = "No TPM." };
        assert_answers("preflight - -\n", "failed\nNo ESP. -> Mount it.\nNo TPM.");
        assert_answers("doctor - -\n", "failed\n{checks}");
        assert_int_equal(world.scope, SCOPE_DOCTOR);
        world.no_checks = true;
        assert_answers("doctor - -\n", "error\nnot enough memory.");
}

static void the_images_hooks_have_the_last_word_of_a_preflight(void **state)
{
        world.hooks_refuse = true;
        assert_answers("preflight - -\n", "failed\nA hook says no.");
        assert_answers("doctor - -\n", "ok\n{checks}");
        assert_answers("plan - -\n", "ok\n{plan}");
}

static void less_than_the_policy_is_not_allowed(void **state)
{
        char text[4096];
        struct explanation why;
        const struct reset_options less = { .level = ERASE_LEVEL_CRYPTO };
        world.preview.policy_known = true;
        world.preview.policy.settings.erase_level = ERASE_LEVEL_PURGE;
        assert_answers("plan purge -\n", "ok\n{plan}");
        assert_int_equal(reset_options_allowed(&less, &world.preview.policy, &why), false);
        (void)snprintf(text, sizeof(text), "disallowed\n%s", why.text);
        assert_answers("plan crypto -\n", text);
        assert_answers("preflight crypto -\n", text);
        assert_int_equal(world.freed, 1);
}

static void what_is_no_question_is_not_answered(void **state)
{
        static const char *const others[] = { "", "\n", "plan\n", "format - -\n", "plan - - -\n" };
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                assert_answers(others[i], "error\nunknown internal request.");
                assert_int_equal(world.gathered, 0);
        }
}

static void what_cannot_be_found_out_is_an_error(void **state)
{
        world.no_context = true;
        assert_answers("plan - -\n", "error\nNo EFI.");
        world.no_context = false;
        world.no_preview = true;
        assert_answers("plan - -\n", "error\nnot enough memory.");
        world.no_preview = false;
        world.too_long = true;
        assert_answers("plan - -\n", "error\nthe answer does not fit into memory.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_plan_is_told_as_it_is, set_up),
                cmocka_unit_test_setup(a_preflight_says_what_fails_and_what_to_do, set_up),
                cmocka_unit_test_setup(the_images_hooks_have_the_last_word_of_a_preflight, set_up),
                cmocka_unit_test_setup(less_than_the_policy_is_not_allowed, set_up),
                cmocka_unit_test_setup(what_is_no_question_is_not_answered, set_up),
                cmocka_unit_test_setup(what_cannot_be_found_out_is_an_error, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
