/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the TPM is asked before a reset: whether it answers, and whether it seals the key of a new system while the old one still
 * exists. */
#include "linux/preflight/preflight.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

static bool builds_encrypted(const struct plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ENCRYPT)
                        return true;
        return false;
}

static bool clear_is_required(const struct plan *plan)
{
        return !plan->begun_as_first_boot && plan->tpm_clear == TPM_CLEAR_REQUIRED;
}

static bool is_needed(const struct plan *plan)
{
        return !plan || builds_encrypted(plan) || clear_is_required(plan);
}

void preflight_try_tpm(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_TPM);
        struct checkup_facts *facts = &preflight->facts;
        facts->tpm_facts = &source->inventory->tpm;
        facts->tpm_policy = plan ? plan->tpm_clear : TPM_CLEAR_UNSET;
        facts->tpm_unneeded = !is_needed(plan);
        if (source->tpm_result == -ENODEV)
                return; /* untried: there is none */
        int r = source->tpm_result;
        if (r < 0)
                (void)trouble_note(&trouble, r, "The TPM does not answer: %s.",
                                   source->tpm ? tpm_last_text(source->tpm) : strerror(-r));
        else if ((r = tpm_read_evidence(source->tpm, &preflight->evidence)) < 0)
                (void)trouble_note(&trouble, r, "The TPM does not tell its state: %s.", tpm_last_text(source->tpm));
        else if (plan && clear_is_required(plan) && !tpm_evidence_can_prove(&preflight->evidence))
                r = trouble_note(&trouble, -EIO,
                                 "The TPM does not give its storage root key, by which a clear would be proven: %s.",
                                 tpm_last_text(source->tpm));
        preflight_set(preflight, CHECK_TPM, r == 0);
}

/* Firmware that measures nothing there lets every boot pass for this one. Said, and no refusal: a reset that is refused leaves
 * the old data where it is. */
void preflight_try_seal_pcrs(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        (void)plan;
        struct checkup_facts *facts = &preflight->facts;
        if (facts->tried[CHECK_TPM].state != FACT_GOOD || !source->policy)
                return;
        facts->seal_pcrs = source->policy->settings.seal_pcrs;
        facts->seal_pcrs_known =
                facts->seal_pcrs == 0 || tpm_find_blank_pcrs(source->tpm, facts->seal_pcrs, &facts->seal_pcrs_blank) == 0;
}

/* What hinders sealing and goes with a clear; NULL if nothing does. (A lockout hinders it because the storage root key in
 * systemd's older template is not noDA.) */
static const char *hindrance(const struct tpm_evidence *evidence)
{
        if (evidence->owner_auth_set)
                return "its owner authorization is set";
        return evidence->in_lockout ? "it is in lockout after wrong authorizations" : NULL;
}

/* One that a person may decline, or that may fail, is not built upon. */
static bool clear_is_certain(const struct plan *plan)
{
        if (plan->tpm_way == TPM_WAY_NONE)
                return false;
        return plan->tpm_clear == TPM_CLEAR_REQUIRED || plan->tpm_way != TPM_WAY_FIRMWARE;
}

static int seal(const struct reset_source *source, const struct trouble *trouble)
{
        uint8_t secret[TPM_SECRET_SIZE], blob[TPM_BLOB_MAX], policy_hash[SHA256_SIZE];
        size_t blob_size = sizeof(blob);
        int r = random_key(source->tpm, secret);
        if (r == 0)
                r = tpm_seal(source->tpm, source->public_key_pem, source->policy->settings.seal_pcrs, secret, blob, &blob_size,
                             policy_hash, NULL);
        explicit_bzero(secret, sizeof(secret));
        return r < 0 ? trouble_note(trouble, r, "The TPM cannot seal a key for the new system: %s.", tpm_last_text(source->tpm))
                     : 0;
}

void preflight_try_sealing(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_TPM_SEALING);
        struct check_fact *fact = &preflight->facts.tried[CHECK_TPM_SEALING];
        if (preflight->facts.tried[CHECK_TPM].state != FACT_GOOD || !source->public_key_pem || !plan || !builds_encrypted(plan)) {
                fact->detail = "Nothing would be sealed by the TPM, or not as things are.";
                return;
        }
        const char *hindered = hindrance(&preflight->evidence);
        if (hindered && (clear_is_certain(plan) || (source->lockout_will_end && !preflight->evidence.owner_auth_set))) {
                fact->detail = "An authorization or a lockout prevents sealing now; the reset ends both first.";
                return;
        }
        int r = hindered ? trouble_note(
                                   &trouble, -EPERM,
                                   "The TPM cannot seal a key for the new system, because %s. Clear it in the firmware setup, "
                                   "then try again.",
                                   hindered)
                         : seal(source, &trouble);
        preflight_set(preflight, CHECK_TPM_SEALING, r == 0);
}
