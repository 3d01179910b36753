/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-sign.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/record/record.h"
#include "linux/tpm/tpm-quote.h"
#include <errno.h>
#include <string.h>

static void explain(struct tpm *tpm, int r, char *ret, size_t capacity)
{
        if (r == -EPERM)
                (void)snprintf(ret, capacity, "the TPM's endorsement hierarchy has an authorization that is not known here (%s)",
                               tpm_last_text(tpm));
        else if (r == -ENODATA)
                (void)snprintf(ret, capacity, "the TPM has no SHA-256 PCRs");
        else
                (void)snprintf(ret, capacity, "the TPM did not sign: %s (%s)", strerror(-r), tpm_last_text(tpm));
}

int record_sign(struct tpm *tpm, struct bytes record, struct writer *writer, char ret_why[static 256])
{
        _cleanup_free_ struct record_signature *signature = calloc(1, sizeof(*signature));
        if (!signature)
                return -ENOMEM;
        sha256_chunks(&record, 1, signature->record_digest);
        int r = tpm ? tpm_quote_record(tpm, signature) : 0;
        if (!tpm)
                (void)snprintf(signature->unsigned_why, sizeof(signature->unsigned_why), "this machine has no TPM");
        else if (r < 0)
                explain(tpm, r, signature->unsigned_why, sizeof(signature->unsigned_why));
        record_signature_write(signature, writer);
        (void)snprintf(ret_why, 256, "%s", signature->unsigned_why);
        return 0;
}

int record_signature_store(int esp_fd, const char *name, const char *text, size_t size)
{
        char path[160];
        (void)snprintf(path, sizeof(path), RECORD_DIRECTORY "/%s.sig", name);
        return file_replace(esp_fd, path, text, size, 0644);
}
