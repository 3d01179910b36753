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
