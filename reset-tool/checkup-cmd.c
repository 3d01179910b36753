/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate preflight and cleanslate doctor: the same checks, reported in two ways. preflight says whether a reset could begin
 * now, doctor everything that is not as it should be, with what to do about it. */
#include "common/base/safe-text.h"
#include "linux/base/cleanup.h"
#include "reset-tool/checks.h"
#include "reset-tool/checkup-print.h"
#include "reset-tool/json-option.h"
#include <string.h>

static const char preflight_help[] =
        "cleanslate preflight [--json]\n"
        "\n"
        "Tries what a reset tries before it erases anything, as far as the running system can: that the plan is\n"
        "not refused, that manifest and factory files are readable, that each mkfs makes its file system (in\n"
        "memory), that the EFI system partition has room, that the variable store is writable, that the TPM seals,\n"
        "that the battery is not empty.\n"
        "\n"
        "  -j, --json  as JSON\n"
        "  -h, --help  show this help\n"
        "\n"
        "Changes nothing, and writes nothing to the firmware's flash.\n"
        "Exit status: 0 a reset could begin, 12 it could not, 1 failure, 2 wrong usage.\n";

static const char doctor_help[] =
        "cleanslate doctor [--json]\n"
        "\n"
        "Says why a reset could not work here, or would work worse than it could, and what to do about it:\n"
        "what preflight tries, and Secure Boot, the disk's health, requests and resets that are left over, and\n"
        "whether the break-glass shell was opened.\n"
        "\n"
        "  -j, --json  as JSON, with the checks that found nothing amiss, too\n"
        "  -h, --help  show this help\n"
        "\n"
        "Changes nothing, and writes nothing to the firmware's flash.\n"
        "Exit status: 0 a reset would work, 12 it would not, 1 failure, 2 wrong usage.\n";

void checkup_print(const struct environment *environment, const struct checkup *checkup, enum check_scope scope,
                   enum check_severity from)
{
        char shown[sizeof(checkup->results[0].text)];
        for (size_t i = 0; i < checkup->count; i++) {
                const struct check_result *result = &checkup->results[i];
                if (result->severity < from || result->scope < scope)
                        continue;
                fprintf(environment->output, "%-8s %-15s %s\n", check_severity_name(result->severity), result->name,
                        safe_text(result->text, shown, sizeof(shown)));
                if (result->remedy)
                        fprintf(environment->output, "%-24s -> %s\n", "", result->remedy);
        }
}

static int print_json(const struct environment *environment, const struct checkup *checkup, enum check_scope scope)
{
        _cleanup_free_ char *text = malloc(CHECKS_JSON_MAX);
        struct writer writer = writer_over(text, text ? CHECKS_JSON_MAX : 0);
        checks_json(&writer, checkup, scope);
        if (writer.overflow) {
                fprintf(environment->errors, "cleanslate: the answer does not fit into memory.\n");
                return STATUS_FAILURE;
        }
        fprintf(environment->output, "%s\n", text);
        return STATUS_OK;
}

static int tell(const struct environment *environment, const struct checkup *checkup, enum check_scope scope, bool json)
{
        bool failed = checkup_failed(checkup, scope);
        if (json && print_json(environment, checkup, scope) != STATUS_OK)
                return STATUS_FAILURE;
        if (!json) {
                checkup_print(environment, checkup, scope, scope == SCOPE_PREFLIGHT ? SEVERITY_GOOD : SEVERITY_NOTE);
                fprintf(environment->output, "%s\n",
                        failed ? "A reset would not work here as things are."
                               : "A reset would work here, as far as the running system can tell.");
        }
        return failed ? STATUS_REFUSED : STATUS_OK;
}

static int checkup_command(const struct environment *environment, int argc, char **argv, enum check_scope scope)
{
        struct json_option options = { 0 };
        struct explanation why;
        struct boot_context context;
        struct checkup checkup;
        if (!json_option_parse(environment, argv[0], argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(scope == SCOPE_PREFLIGHT ? preflight_help : doctor_help, environment->output);
                return STATUS_OK;
        }
        if (environment->effective_user != 0) {
                fprintf(environment->errors,
                        "cleanslate %s: only root may look at the disks and ask the TPM. Try: sudo cleanslate %s\n", argv[0],
                        argv[0]);
                return STATUS_FAILURE;
        }
        if (!boot_context_gather(environment, &context, &why)) {
                fprintf(environment->errors, "cleanslate %s: %s\n", argv[0], why.text);
                return STATUS_FAILURE;
        }
        _cleanup_(plan_preview_free) struct plan_preview *preview = plan_preview_new(environment, &context, NULL);
        const bool looked = preview && checks_run(environment, &context, preview, scope, &checkup);
        boot_context_release(&context);
        if (looked)
                return tell(environment, &checkup, scope, options.json);
        fprintf(environment->errors, "cleanslate %s: not enough memory.\n", argv[0]);
        return STATUS_FAILURE;
}

int preflight_command(const struct environment *environment, int argc, char **argv)
{
        return checkup_command(environment, argc, argv, SCOPE_PREFLIGHT);
}

int doctor_command(const struct environment *environment, int argc, char **argv)
{
        return checkup_command(environment, argc, argv, SCOPE_DOCTOR);
}
