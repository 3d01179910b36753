/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/tpm-check.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/efi/ppi.h"
#include <errno.h>
#include <string.h>

void tpm_read_firmware_offer(struct boot_context *context)
{
        if (!context->tpm)
                return;
        int r = ppi_read_offer(context->ppi_directory, &context->inventory.tpm.firmware);
        if (r < 0)
                report_note(&context->report, "the firmware's physical presence interface cannot be read: %s", strerror(-r));
}

/* One trailing newline is the editor's, not the value's. */
static int read_authorization(const struct boot_context *context, struct tpm_auth *ret)
{
        char *text = NULL;
        size_t size, length;
        int r = file_read(context->root_fd, context->policy.settings.tpm_lockout_auth + 1, TPM_AUTH_MAX + 1, &text, &size);
        if (r < 0)
                return r;
        length = size > 0 && text[size - 1] == '\n' ? size - 1 : size;
        if (length == 0 || length > TPM_AUTH_MAX) {
                r = length == 0 ? -ENODATA : -E2BIG;
        } else {
                ret->size = length;
                memcpy(ret->value, text, length);
        }
        explicit_bzero(text, size);
        free(text);
        return r;
}

void tpm_try_images_authorization(struct boot_context *context)
{
        struct tpm_facts *facts = &context->inventory.tpm;
        const char *path = context->policy.settings.tpm_lockout_auth;
        if (!context->tpm || !path[0] || context->lockout_auth_state != LOCKOUT_AUTH_UNTRIED)
                return;
        int r = read_authorization(context, &context->lockout_auth);
        if (r < 0) {
                context->lockout_auth_state = LOCKOUT_AUTH_UNUSABLE;
                report_line(&context->report, "the TPM's lockout authorization cannot be read from the image's %s: %s", path,
                            strerror(-r));
                return;
        }
        r = tpm_try_lockout_auth(context->tpm, &context->lockout_auth);
        context->lockout_auth_state = r == 0 ? LOCKOUT_AUTH_ACCEPTED : r == -EPERM ? LOCKOUT_AUTH_REFUSED : LOCKOUT_AUTH_UNUSABLE;
        facts->lockout_auth_known = r == 0;
        if (r < 0) {
                explicit_bzero(&context->lockout_auth, sizeof(context->lockout_auth));
                report_line(&context->report,
                            "the TPM does not accept the image's lockout authorization: %s; it is not tried again",
                            tpm_last_text(context->tpm));
        }
        if (tpm_read_facts(context->tpm, facts) < 0)
                report_line(&context->report, "the TPM does not answer: %s", tpm_last_text(context->tpm));
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

/* Firmware that measures nothing there lets every boot pass for this one. Said, and no refusal: a reset that is refused leaves
 * the old data where it is. */
static int check_seal_pcrs(struct boot_context *context)
{
        const uint32_t pcrs = context->policy.settings.seal_pcrs;
        char text[PCR_MASK_TEXT_MAX];
        uint32_t blank = 0;
        int r = pcrs ? tpm_find_blank_pcrs(context->tpm, pcrs, &blank) : 0;
        pcr_mask_format(blank, text);
        if (blank)
                report_line(&context->report,
                            "the firmware has measured nothing to PCR %s: that the new key is sealed to it protects nothing",
                            text);
        return r;
}

/* Sealing needs the public key and a TPM that works: find out while the old keys still exist. */
static int check_sealing(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const char *hindered = hindrance(&reset->tpm_now);
        uint8_t secret[TPM_SECRET_SIZE], blob[TPM_BLOB_MAX], policy_hash[SHA256_SIZE];
        size_t blob_size = sizeof(blob);
        if (hindered && clear_is_certain(&reset->plan))
                return 0;
        if (hindered)
                return boot_trouble(context, -EPERM,
                                    "The TPM cannot seal a key for the new system, because %s. Clear it in the firmware setup, "
                                    "then try again.",
                                    hindered);
        int r = check_seal_pcrs(context);
        if (r == 0)
                r = random_key(context->tpm, secret);
        if (r == 0)
                r = tpm_seal(context->tpm, context->public_key_pem, context->policy.settings.seal_pcrs, secret, blob, &blob_size,
                             policy_hash, NULL);
        explicit_bzero(secret, sizeof(secret));
        return r < 0 ? boot_trouble(context, r, "The TPM cannot seal a key for the new system: %s.", tpm_last_text(context->tpm))
                     : 0;
}

static bool builds_encrypted(const struct plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ENCRYPT)
                        return true;
        return false;
}

int tpm_check(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const struct plan *plan = &reset->plan;
        const bool encrypts = builds_encrypted(plan),
                   clears = !plan->begun_as_first_boot && plan->tpm_clear == TPM_CLEAR_REQUIRED;
        if (!context->tpm)
                return 0;
        int r = tpm_read_evidence(context->tpm, &reset->tpm_now);
        if (r < 0 && (encrypts || clears))
                return boot_trouble(context, r, "The TPM does not give its storage root key: %s.", tpm_last_text(context->tpm));
        if (r < 0)
                report_line(&context->report, "the TPM, which this reset can do without, does not answer: %s",
                            tpm_last_text(context->tpm));
        reset->tpm_after = reset->tpm_now; /* until a clear gives another */
        return encrypts && context->public_key_pem ? check_sealing(reset) : 0;
}

int tpm_keep_evidence(struct reset *reset)
{
        struct boot_context *context = reset->context;
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE], digest[SHA256_SIZE];
        reset->tpm_before = reset->tpm_now;
        reset->tpm_before_known = true;
        if (!context->tpm || reset->plan.begun_as_first_boot || reset->plan.tpm_clear == TPM_CLEAR_SKIP)
                return 0;
        tpm_evidence_encode(&reset->tpm_before, &context->progress.reset_id, encoded);
        sha256_of_chunks(&(struct bytes){ encoded, sizeof(encoded) }, 1, digest);
        course_evidence_kept(&reset->course, digest);
        int r = efivarfs_write(&context->variables, &guid_cleanslate, TPM_EVIDENCE_VARIABLE_NAME, encoded, sizeof(encoded));
        if (r < 0) { /* the progress record has what a clear is proven by */
                course_evidence_kept(&reset->course, NULL);
                report_note(&context->report, "the TPM's state before the reset cannot be kept in the EFI variables: %s",
                            strerror(-r));
        }
        return 0;
}

/* Root of the running system can write the variable, and not the progress that says what was written there. */
static bool is_evidence_of(const struct progress *progress, const void *value, size_t size)
{
        uint8_t digest[SHA256_SIZE];
        sha256_of_chunks(&(struct bytes){ value, size }, 1, digest);
        return memcmp(digest, progress->tpm_before_digest, sizeof(digest)) == 0;
}

void tpm_recall_evidence(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const struct progress *progress = &context->progress;
        _cleanup_free_ void *value = NULL;
        struct id128 reset_id;
        size_t size;
        if (efivarfs_read(&context->variables, &guid_cleanslate, TPM_EVIDENCE_VARIABLE_NAME, &value, &size) == 0 &&
            is_evidence_of(progress, value, size) && tpm_evidence_decode(value, size, &reset->tpm_before, &reset_id) == ERR_OK &&
            id128_equal(&reset_id, &progress->reset_id)) {
                reset->tpm_before_known = true;
                return;
        }
        /* what the progress record knows is enough to judge a clear by, but not for a record of everything */
        memset(&reset->tpm_before, 0, sizeof(reset->tpm_before));
        memcpy(reset->tpm_before.srk_name, progress->srk_name_before, sizeof(progress->srk_name_before));
        reset->tpm_before.srk_name_size = progress->srk_name_before_size;
        reset->tpm_before.reset_count = progress->tpm_reset_count_before;
}

int tpm_forget_evidence(struct boot_context *context)
{
        int r = efivarfs_remove(&context->variables, &guid_cleanslate, TPM_EVIDENCE_VARIABLE_NAME);
        return r < 0 ? r : 0;
}
