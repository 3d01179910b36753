/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the TPM is asked before a reset: whether it answers, and whether it seals the key of a new system, and would unseal it in
 * the next start, while the old one still exists. */
#include "linux/preflight/preflight.h"

#include "common/boot/pcr-mode.h"
#include "common/format/pcr-signature.h"
#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
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

static bool seals(const struct reset_source *source, const struct plan *plan, const struct preflight *preflight)
{
        return preflight->facts.tried[CHECK_TPM].state == FACT_GOOD && source->public_key_pem && plan && builds_encrypted(plan);
}

/* What the stub says of its measurements. It is not asked where it has started nothing. */
static int judge_stub(const struct handover *handover, const struct trouble *trouble)
{
        if (!handover || handover->tpm_measured)
                return 0;
        return handover->tpm_failed ? trouble_note(trouble, -EIO,
                                                   "The firmware failed to measure this start into the TPM, so a key that is "
                                                   "sealed now could not be unsealed in a later one.")
                                    : trouble_note(trouble, -EOPNOTSUPP,
                                                   "The firmware does not show its TPM to boot images (no TCG2 protocol), so "
                                                   "nothing is measured, and a key that is sealed now could never be unsealed.");
}

static int judge_bank(const struct reset_source *source, const struct trouble *trouble)
{
        uint8_t pcr[SHA256_SIZE];
        size_t count;
        int r = tpm_read_pcrs(source->tpm, PCR_SIGNATURE_MASK_PCR(PCR_KERNEL_IMAGE), &pcr, 1, &count);
        if (r == -EOPNOTSUPP)
                return trouble_note(trouble, r,
                                    "The TPM's SHA-256 bank is switched off (it may have SHA-1 or SHA-384 alone), and keys are "
                                    "sealed to that bank.");
        if (r < 0)
                return trouble_note(trouble, r, "The TPM does not tell its PCR 11: %s.", tpm_last_text(source->tpm));
        return !pcr_is_unmeasured(sha256_chunks, pcr)
                       ? 0
                       : trouble_note(trouble, -ENODATA,
                                      "Nothing has measured the boot image into the TPM's SHA-256 bank (PCR 11 holds only what "
                                      "this system has measured itself), so a key that is sealed now could never be unsealed.");
}

void preflight_try_measured(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_TPM_MEASURED);
        if (!seals(source, plan, preflight)) {
                preflight->facts.tried[CHECK_TPM_MEASURED].detail = "Nothing would be sealed by the TPM, or not as things are.";
                return;
        }
        int r = judge_stub(source->handover, &trouble);
        if (r == 0)
                r = judge_bank(source, &trouble);
        preflight_set(preflight, CHECK_TPM_MEASURED, r == 0);
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

static struct tpm_policy_source policy_of(const struct reset_source *source)
{
        return (struct tpm_policy_source){ .public_key_pem = source->public_key_pem,
                                           .signature_json = source->signature_json,
                                           .signature_json_size = source->signature_json_size,
                                           .pcrs = source->policy->settings.seal_pcrs };
}

/* Whether the next ordinary start can meet the policy, as far as it can be known: in a reset the stub tells what PCR 11 was
 * before its mode; the running system is past that phase, and knows only that the TPM takes the key and a signature of it. */
static int try_policy(const struct reset_source *source, const struct trouble *trouble)
{
        const struct tpm_policy_source policy = policy_of(source);
        const struct handover *handover = source->handover;
        uint8_t present[SHA256_SIZE], ordinary[SHA256_SIZE];
        size_t count;
        int r = tpm_read_pcrs(source->tpm, PCR_SIGNATURE_MASK_PCR(PCR_KERNEL_IMAGE), &present, 1, &count);
        const bool known = r == 0 && handover &&
                           pcr_ordinary_predict(sha256_chunks, handover->choice.mode, handover->has_pcr ? handover->pcr : NULL,
                                                present, ordinary);
        if (r == 0)
                r = tpm_try_policy(source->tpm, &policy, known ? ordinary : NULL);
        return r < 0 ? trouble_note(trouble, r,
                                    "A key that is sealed for the new system could not be unsealed in its next start: %s.",
                                    tpm_last_text(source->tpm))
                     : 0;
}

/* In an ordinary start, a first one, all of it can be tried. */
static int seal_and_unseal(const struct reset_source *source)
{
        const struct tpm_policy_source policy = policy_of(source);
        uint8_t secret[TPM_SECRET_SIZE], again[TPM_SECRET_SIZE], blob[TPM_BLOB_MAX], policy_hash[SHA256_SIZE];
        size_t blob_size = sizeof(blob);
        struct tpm_origin origin;
        int r = random_key(source->tpm, secret);
        if (r == 0)
                r = tpm_seal(source->tpm, policy.public_key_pem, policy.pcrs, secret, blob, &blob_size, policy_hash, &origin);
        if (r == 0 && source->handover && source->handover->choice.mode == MODE_NORMAL) {
                r = tpm_unseal(source->tpm, policy.public_key_pem, policy.pcrs, policy.signature_json, policy.signature_json_size,
                               blob, blob_size, &origin, again);
                if (r == 0 && memcmp(again, secret, sizeof(again)) != 0)
                        r = -EBADMSG;
        }
        explicit_bzero(secret, sizeof(secret));
        explicit_bzero(again, sizeof(again));
        return r;
}

static int seal(const struct reset_source *source, const struct trouble *trouble)
{
        int r = seal_and_unseal(source);
        return r < 0 ? trouble_note(trouble, r, "The TPM cannot seal a key for the new system: %s.",
                                    r == -EBADMSG ? "it gives back another one than it was given" : tpm_last_text(source->tpm))
                     : 0;
}

void preflight_try_sealing(const struct reset_source *source, const struct plan *plan, struct preflight *preflight)
{
        const struct trouble trouble = preflight_detail(preflight, CHECK_TPM_SEALING);
        struct check_fact *fact = &preflight->facts.tried[CHECK_TPM_SEALING];
        if (!seals(source, plan, preflight) || preflight->facts.tried[CHECK_TPM_MEASURED].state == FACT_BAD) {
                fact->detail = "Nothing would be sealed by the TPM, or not as things are.";
                return;
        }
        int r = source->signature_json ? try_policy(source, &trouble) : 0; /* without it the plan is refused */
        const char *hindered = hindrance(&preflight->evidence);
        if (r == 0 && hindered && (clear_is_certain(plan) || (source->lockout_will_end && !preflight->evidence.owner_auth_set))) {
                fact->detail = "An authorization or a lockout prevents sealing now; the reset ends both first.";
                return;
        }
        if (r == 0)
                r = hindered ? trouble_note(&trouble, -EPERM,
                                            "The TPM cannot seal a key for the new system, because %s. Clear it in the firmware "
                                            "setup, then try again.",
                                            hindered)
                             : seal(source, &trouble);
        preflight_set(preflight, CHECK_TPM_SEALING, r == 0);
}
