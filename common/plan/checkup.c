/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of checks. */
#include "common/plan/checkup.h"
#include "common/base/memory.h"
#include "common/plan/checkup-judge.h"

/* A row without a judge is told by what came of trying it. */
static const struct {
        const char *name;
        enum check_scope scope;
        void (*judge)(const struct checkup_facts *facts, struct check_result *result);
        const char *good, *remedy;
} checks[CHECK_COUNT] = {
        [CHECK_BOOT] = { "boot", SCOPE_PREFLIGHT, judge_boot, NULL, NULL },
        [CHECK_ROOT] = { "root", SCOPE_DOCTOR, judge_root, NULL, NULL },
        [CHECK_POLICY] = { "policy", SCOPE_PREFLIGHT, NULL, "The image's policy is right.",
                           "Correct it in the image's source (repart.d(5), cleanslate.conf(5)) and install the new image." },
        [CHECK_DISK] = { "disk", SCOPE_PREFLIGHT, NULL, "The disk this system was started from is there.", NULL },
        [CHECK_DISK_COPY] = { "disk-copy", SCOPE_RESET, NULL, "No other disk is a copy of it.",
                              "Detach the copy, or give it another GUID (sgdisk -G)." },
        [CHECK_DISK_HEALTH] = { "disk-health", SCOPE_DOCTOR, judge_medium, NULL, NULL },
        [CHECK_PLAN] = { "plan", SCOPE_RESET, NULL, "A plan can be made, and it is not refused.", NULL },
        [CHECK_MANIFEST] = { "manifest", SCOPE_RESET, NULL, "The factory manifest is there and describes what is built.",
                             "The image is incomplete: install a complete image." },
        [CHECK_MKFS] = { "mkfs", SCOPE_RESET, NULL, "The image has every mkfs that it needs.",
                         "Build the image with the package that has it (e2fsprogs, dosfstools, btrfs-progs, xfsprogs)." },
        [CHECK_FACTORY_FILES] = { "factory-files", SCOPE_RESET, NULL, "Every factory file can be read.",
                                  "The disk is failing or the image was altered: install the image again, perhaps on another "
                                  "disk." },
        [CHECK_INTEGRITY] = { "integrity", SCOPE_RESET, NULL, "The kernel can make the volumes that Integrity= asks for.",
                              "Use an image whose kernel has dm-integrity, or one that does not ask for it." },
        [CHECK_ESP] = { "esp", SCOPE_RESET, judge_esp, NULL, NULL },
        [CHECK_ESP_SPACE] = { "esp-space", SCOPE_RESET, judge_esp_space, NULL, NULL },
        [CHECK_VARIABLE_STORE] = { "variable-store", SCOPE_RESET, judge_variables, NULL, NULL },
        [CHECK_TPM] = { "tpm", SCOPE_RESET, judge_tpm, NULL, NULL },
        [CHECK_TPM_CLEAR] = { "tpm-clear", SCOPE_PREFLIGHT, judge_tpm_clear, NULL, NULL },
        [CHECK_SEAL_PCRS] = { "seal-pcrs", SCOPE_RESET, judge_seal_pcrs, NULL, NULL },
        [CHECK_TPM_MEASURED] = { "tpm-measured", SCOPE_RESET, NULL, "The boot image is measured into the TPM's SHA-256 bank.",
                                 "Switch on the TPM 2.0 and its SHA-256 bank in the firmware setup (security, trusted computing, "
                                 "PCR banks), or update the firmware." },
        [CHECK_TPM_SEALING] = { "tpm-sealing", SCOPE_RESET, NULL,
                                "The TPM seals a key for a new system, and takes the policy that unseals it.",
                                "If the boot image carries no PCR policy, use a complete, signed one. Otherwise clear the TPM in "
                                "the firmware setup: what is on this device cannot be read any more then, except with a recovery "
                                "key." },
        [CHECK_POWER] = { "power", SCOPE_PREFLIGHT, judge_power, NULL, NULL },
        [CHECK_SECURE_BOOT] = { "secure-boot", SCOPE_DOCTOR, judge_secure_boot, NULL, NULL },
        [CHECK_SECURE_BOOT_KEYS] = { "secure-boot-keys", SCOPE_DOCTOR, judge_secure_boot_keys, NULL, NULL },
        [CHECK_REQUEST] = { "request", SCOPE_DOCTOR, judge_request, NULL, NULL },
        [CHECK_PROGRESS] = { "progress", SCOPE_DOCTOR, judge_progress, NULL, NULL },
        [CHECK_BREAK_GLASS] = { "break-glass", SCOPE_DOCTOR, judge_break_glass, NULL, NULL },
        [CHECK_RESEAL] = { "reseal", SCOPE_DOCTOR, judge_reseal, NULL, NULL },
        [CHECK_CONSOLE] = { "console", SCOPE_DOCTOR, judge_console, NULL, NULL },
        [CHECK_RESET_KEY] = { "reset-key", SCOPE_DOCTOR, judge_reset_key, NULL, NULL },
};

_Static_assert(CHECK_COUNT + PLAN_REFUSALS_MAX <= CHECKUP_RESULTS_MAX, "every check and every refusal has its place");

const char *check_name(enum check check)
{
        return checks[check].name;
}

enum check_scope check_scope(enum check check)
{
        return checks[check].scope;
}

static bool is_refused(const struct checkup_facts *facts)
{
        return facts->refused_plan && facts->refused_plan->refusal_count > 0;
}

static void judge_refusal(const struct checkup_facts *facts, size_t index, struct check_result *ret)
{
        struct writer writer = writer_over(ret->text, sizeof(ret->text));

        ret->name = refusal_name(facts->refused_plan->refusals[index]);
        ret->severity = SEVERITY_FAILURE;
        ret->scope = checks[CHECK_PLAN].scope;
        ret->remedy = NULL; /* a refusal says it */
        plan_refusal_format(facts->refused_plan, facts->refused_policy, facts->refused_inventory, index, &writer);
}

void checkup_judge_one(const struct checkup_facts *facts, enum check check, struct check_result *ret)
{
        memset(ret, 0, sizeof(*ret));
        if (check == CHECK_PLAN && is_refused(facts)) {
                judge_refusal(facts, 0, ret);
                return;
        }
        ret->name = checks[check].name;
        ret->scope = checks[check].scope;
        if (checks[check].judge)
                checks[check].judge(facts, ret);
        else
                checkup_find_fact(ret, &facts->tried[check], checks[check].good, checks[check].remedy);
}

void checkup_judge(const struct checkup_facts *facts, struct checkup *ret)
{
        memset(ret, 0, sizeof(*ret));
        for (enum check check = 0; check < CHECK_COUNT; check++) {
                checkup_judge_one(facts, check, &ret->results[ret->count++]);
                for (size_t i = 1; check == CHECK_PLAN && is_refused(facts) && i < facts->refused_plan->refusal_count; i++)
                        judge_refusal(facts, i, &ret->results[ret->count++]);
        }
}

bool checkup_failed(const struct checkup *checkup, enum check_scope scope)
{
        for (size_t i = 0; i < checkup->count; i++)
                if (checkup->results[i].severity == SEVERITY_FAILURE && checkup->results[i].scope >= scope)
                        return true;
        return false;
}

const char *check_severity_name(enum check_severity severity)
{
        static const char *const names[SEVERITY_COUNT] = { "good", "unknown", "note", "warning", "failure" };

        return (unsigned)severity < SEVERITY_COUNT ? names[severity] : "unknown";
}
