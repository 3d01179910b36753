/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who clears a TPM, and whether the firmware did; see tpm-clear.h. */
#include "common/plan/tpm-clear.h"
#include "common/base/bytes.h"
#include "common/base/message.h"

static const struct {
        const char *name, *text;
} ways[TPM_WAY_COUNT] = {
        [TPM_WAY_NONE] = { "none", N_("not possible") },
        [TPM_WAY_LOCKOUT_EMPTY] = { "lockout-empty", N_("by this program, at once") },
        [TPM_WAY_LOCKOUT_KNOWN] = { "lockout-known", N_("by this program, with the image's lockout authorization") },
        [TPM_WAY_FIRMWARE] = { "firmware", N_("by the firmware, which may ask for confirmation after a restart") },
};

static const struct {
        const char *name, *text;
} answers[FIRMWARE_ANSWER_COUNT] = {
        [FIRMWARE_CLEARED] = { "cleared", "and has done so" },
        [FIRMWARE_NOT_PROCESSED] = { "not-processed", "and has not looked at it yet" },
        [FIRMWARE_NO_ANSWER] = { "no-answer", "and gave no answer; the power may have failed before it looked" },
        [FIRMWARE_OTHER_OPERATION] = { "other-operation", "and answered to something else" },
        [FIRMWARE_DECLINED] = { "declined", "and this was declined at the machine (user abort)" },
        [FIRMWARE_FAILED] = { "failed", "and failed (BIOS failure)" },
        [FIRMWARE_TPM_ERROR] = { "tpm-error", "and got an error from the TPM" },
        [FIRMWARE_UNKNOWN_CODE] = { "unknown-code", "and answered with an unknown code" },
        [FIRMWARE_UNCHANGED] = { "unchanged", "and says that it did, but the storage root key is the same as before" },
};

enum tpm_clear_way tpm_clear_way_choose(const struct tpm_facts *facts)
{
        if (!facts->present)
                return TPM_WAY_NONE;
        if (!facts->disable_clear && !facts->in_lockout && !facts->lockout_blocked) {
                if (!facts->lockout_auth_set)
                        return TPM_WAY_LOCKOUT_EMPTY;
                if (facts->lockout_auth_known)
                        return TPM_WAY_LOCKOUT_KNOWN;
        }
        return facts->firmware.present && facts->firmware.operation != 0 ? TPM_WAY_FIRMWARE : TPM_WAY_NONE;
}

const char *tpm_clear_way_name(enum tpm_clear_way way)
{
        return (unsigned)way < TPM_WAY_COUNT ? ways[way].name : "unknown";
}

const char *tpm_clear_way_text(enum tpm_clear_way way)
{
        return (unsigned)way < TPM_WAY_COUNT ? ways[way].text : "in an unknown way";
}

enum firmware_answer firmware_answer_judge(uint32_t asked, uint32_t pending, const struct ppi_response *response, bool replaced)
{
        if (pending == asked)
                return FIRMWARE_NOT_PROCESSED; /* whatever is in the response belongs to an older request */
        if (response->operation == 0)
                return FIRMWARE_NO_ANSWER;
        if (response->operation != asked)
                return FIRMWARE_OTHER_OPERATION;
        switch (response->code) {
        case PPI_CODE_SUCCESS:
                return replaced ? FIRMWARE_CLEARED : FIRMWARE_UNCHANGED;
        case PPI_CODE_USER_ABORT:
                return FIRMWARE_DECLINED;
        case PPI_CODE_BIOS_FAILURE:
                return FIRMWARE_FAILED;
        default:
                return response->code <= PPI_CODE_TPM_MAX ? FIRMWARE_TPM_ERROR : FIRMWARE_UNKNOWN_CODE;
        }
}

const char *firmware_answer_name(enum firmware_answer answer)
{
        return (unsigned)answer < FIRMWARE_ANSWER_COUNT ? answers[answer].name : "unknown";
}

const char *firmware_answer_text(enum firmware_answer answer)
{
        return (unsigned)answer < FIRMWARE_ANSWER_COUNT ? answers[answer].text : "and nobody knows what came of it";
}
