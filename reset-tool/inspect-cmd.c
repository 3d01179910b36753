/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's question on standard input, the answer on standard output: cleanslate-inspect@.service runs this, so that the
 * service itself needs no disk and no TPM in its cage. Not for people. */
#include "linux/base/cleanup.h"
#include "reset-tool/checks.h"
#include "reset-tool/hooks.h"
#include "reset-tool/inspection.h"
#include "reset-tool/plan-json.h"
#include "reset-tool/reset-options-parse.h"
#include <string.h>

#define ANSWER_MAX PLAN_JSON_MAX /* bytes; the largest of the answers */

_Static_assert(CHECKS_JSON_MAX <= ANSWER_MAX, "a doctor's answer fits");

static int say(const struct environment *environment, enum inspection_answer answer, const char *text)
{
        fprintf(environment->output, "%s\n%s", inspection_answer_name(answer), text);
        return STATUS_OK;
}

/* The failures of the preflight in a few lines. */
static void failures_in_words(struct writer *writer, const struct checkup *checkup)
{
        const char *separator = "";
        for (size_t i = 0; i < checkup->count; i++) {
                const struct check_result *result = &checkup->results[i];
                if (result->severity != SEVERITY_FAILURE || result->scope < SCOPE_PREFLIGHT)
                        continue;
                writer_text(writer, separator);
                writer_text(writer, result->text);
                if (result->remedy) {
                        writer_text(writer, " -> ");
                        writer_text(writer, result->remedy);
                }
                separator = "\n";
        }
}

static enum inspection_answer tell_plan(const struct plan_preview *preview, struct writer *writer)
{
        if (!preview->planned) {
                writer_text(writer, preview->why.text);
                return INSPECTION_ERROR;
        }
        plan_json(writer, preview);
        return preview->plan.refusal_count > 0 ? INSPECTION_FAILED : INSPECTION_OK;
}

static enum inspection_answer report_checks(const struct environment *environment, const struct boot_context *context,
                                            struct plan_preview *preview, enum check_scope scope, struct writer *writer)
{
        struct checkup checkup;
        if (!checks_run(environment, context, preview, scope, &checkup)) {
                writer_text(writer, "not enough memory.");
                return INSPECTION_ERROR;
        }
        if (scope == SCOPE_PREFLIGHT)
                failures_in_words(writer, &checkup);
        else
                checks_json(writer, &checkup, scope);
        return checkup_failed(&checkup, scope) ? INSPECTION_FAILED : INSPECTION_OK;
}

/* Without options a plan is that of a pending request, if there is one; a preflight is always one of the options. */
static enum inspection_answer inspect(const struct environment *environment, const struct boot_context *context,
                                      const struct inspection *inspection, struct writer *writer)
{
        const struct reset_options options = { .level = inspection->level, .tpm_clear = inspection->tpm_clear };
        bool has_options = inspection->of == INSPECTION_PREFLIGHT || options.level != ERASE_LEVEL_UNSET ||
                           options.tpm_clear != TPM_CLEAR_UNSET;
        struct explanation why;
        _cleanup_(plan_preview_free) struct plan_preview *preview =
                plan_preview_new(environment, context, has_options ? &options : NULL);
        if (!preview) {
                writer_text(writer, "not enough memory.");
                return INSPECTION_ERROR;
        }
        if (has_options && preview->policy_known && !reset_options_allowed(&options, &preview->policy, &why)) {
                writer_text(writer, why.text);
                return INSPECTION_DISALLOWED;
        }
        if (inspection->of == INSPECTION_PLAN)
                return tell_plan(preview, writer);
        enum inspection_answer told = report_checks(
                environment, context, preview, inspection->of == INSPECTION_PREFLIGHT ? SCOPE_PREFLIGHT : SCOPE_DOCTOR, writer);
        if (told != INSPECTION_OK || inspection->of != INSPECTION_PREFLIGHT || hooks_allow(environment, &options, &why))
                return told;
        writer_text(writer, why.text);
        return INSPECTION_FAILED;
}

static int answer(const struct environment *environment, const struct inspection *inspection)
{
        struct boot_context context;
        struct explanation why;
        _cleanup_free_ char *text = malloc(ANSWER_MAX);
        struct writer writer = writer_over(text, text ? ANSWER_MAX : 0);
        if (!text)
                return say(environment, INSPECTION_ERROR, "not enough memory.");
        text[0] = '\0';
        if (!boot_context_gather(environment, &context, &why))
                return say(environment, INSPECTION_ERROR, why.text);
        enum inspection_answer kind = inspect(environment, &context, inspection, &writer);
        boot_context_release(&context);
        if (writer.overflow)
                return say(environment, INSPECTION_ERROR, "the answer does not fit into memory.");
        return say(environment, kind, text);
}

int inspect_command(const struct environment *environment, int argc, char **argv)
{
        char line[INSPECTION_LINE_MAX];
        struct inspection inspection;
        if (!fgets(line, sizeof(line), stdin) || inspection_read(line, strcspn(line, "\n"), &inspection) != ERR_OK)
                return say(environment, INSPECTION_ERROR, "unknown internal request.");
        return answer(environment, &inspection);
}
