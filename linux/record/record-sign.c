/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-sign.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/record/record.h"
#include "linux/tpm/tpm-quote.h"
#include <errno.h>
#include <string.h>

static int unsigned_because(struct tpm *tpm, int r, const struct trouble *trouble)
{
        if (!tpm)
                return trouble_note(trouble, 1, "this machine has no TPM");
        if (r == -EPERM)
                return trouble_note(trouble, 1,
                                    "the TPM's endorsement hierarchy has an authorization that is not known here (%s)",
                                    tpm_last_text(tpm));
        if (r == -ENODATA)
                return trouble_note(trouble, 1, "the TPM has no SHA-256 PCRs");
        return trouble_note(trouble, 1, "the TPM did not sign: %s (%s)", strerror(-r), tpm_last_text(tpm));
}

int record_sign(struct tpm *tpm, struct bytes record, struct writer *writer, const struct trouble *trouble)
{
        _cleanup_free_ struct record_signature *signature = calloc(1, sizeof(*signature));
        if (!signature)
                return trouble_note(trouble, -ENOMEM, "%s", strerror(ENOMEM));
        sha256_chunks(&record, 1, signature->record_digest);
        int r = tpm ? tpm_quote_record(tpm, signature) : -ENODEV;
        if (r < 0) {
                r = unsigned_because(tpm, r, trouble);
                (void)snprintf(signature->unsigned_why, sizeof(signature->unsigned_why), "%s", trouble->text);
        }
        record_signature_write(signature, writer);
        return r;
}

int record_signature_store(int esp_fd, const char *name, const char *text, size_t size)
{
        char path[160];
        (void)snprintf(path, sizeof(path), RECORD_DIRECTORY "/%s.sig", name);
        return file_replace(esp_fd, path, text, size, 0644);
}
