/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset-record.h"

#include "initrd/esp.h"
#include "initrd/tpm-check.h"
#include "linux/base/cleanup.h"
#include "linux/efi/retire.h"
#include "linux/record/record-sign.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A record that nobody has signed is a record all the same: the reset does not fail of it, and the file beside it says why. */
static void sign_record(struct boot_context *context, const struct esp *esp, const char *name, struct bytes record)
{
        char why[256] = "";
        _cleanup_free_ char *text = malloc(RECORD_SIGNATURE_TEXT_MAX);
        struct writer writer = writer_over(text, text ? RECORD_SIGNATURE_TEXT_MAX : 0);
        const struct trouble trouble = { why, sizeof(why) };
        int r = text ? record_sign(context->tpm, record, &writer, &trouble) : -ENOMEM;
        if (r >= 0)
                r = writer.overflow ? -E2BIG : record_signature_store(esp->fd, name, text, writer.size);
        if (r < 0 || why[0])
                report_note(&context->report, "the record is not signed: %s", why[0] ? why : strerror(-r));
}

static int write_record(struct reset *reset, const char *name)
{
        struct boot_context *context = reset->context;
        _cleanup_free_ char *text = malloc(RECORD_TEXT_MAX);
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        bool tpm = context->inventory.tpm.present;
        struct record_source source = {
                .record = &reset->record,
                .plan = &reset->plan,
                .policy = &context->policy,
                .inventory = &context->inventory,
                .progress = &context->progress,
                .os = &context->os,
                .tpm_before = tpm && reset->tpm_before_known ? &reset->tpm_before : NULL,
                .tpm_after = tpm ? &reset->tpm_after : NULL,
                .tpm = &reset->record_tpm,
                .mode_unmeasured = context->mode_unmeasured,
                .factory_digest = reset->factory.digest,
                .cleaned = &reset->cleaned,
                .kept = &reset->preserve.preserved,
        };
        if (!text)
                return -ENOMEM;
        struct writer writer = writer_over(text, RECORD_TEXT_MAX);
        record_encode(&source, &writer);
        if (writer.overflow)
                return -E2BIG;
        int r = esp_open(&context->inventory, &esp);
        if (r == 0)
                r = record_write(esp.fd, name, text, writer.size);
        if (r == 0)
                sign_record(context, &esp, name, (struct bytes){ writer.data, writer.size });
        return r;
}

int reset_record_finish(struct reset *reset)
{
        struct boot_context *context = reset->context;
        char name[ID128_TEXT_SIZE];
        if (reset->manifest_verified != reset->factory.manifest_expected)
                return boot_trouble(
                        context, -EBADMSG,
                        "The factory manifest describes more than the rebuilt volumes hold: %zu of %zu bytes matched.",
                        reset->manifest_verified, reset->factory.manifest_expected);
        reset->record.result = course_result(&reset->course);
        reset->record.error = "";
        reset->record.finished_ms = now_ms();
        id128_format(&context->progress.reset_id, name);
        int r = write_record(reset, name);
        return r < 0 ? boot_trouble(context, r, "The record cannot be written to the EFI system partition: %s.", strerror(-r))
                     : 0;
}

void reset_record_failure(struct reset *reset)
{
        struct boot_context *context = reset->context;
        char id[ID128_TEXT_SIZE], name[ID128_TEXT_SIZE + 64];
        reset->record.result = "failed";
        reset->record.error = context->trouble;
        reset->record.finished_ms = now_ms();
        id128_format(&context->progress.reset_id, id);
        /* attempts are counted anew when a person says "try again"; the sequence number never goes back */
        (void)snprintf(name, sizeof(name), "%s-attempt-%u-failed-%llu", id, context->progress.attempts,
                       (unsigned long long)context->progress.sequence);
        (void)write_record(reset, name);
}

int reset_retire_request(struct reset *reset)
{
        struct boot_context *context = reset->context;
        if (tpm_forget_evidence(context) < 0) /* it belongs to this reset alone, so a left-over one misleads nobody */
                report_note(&context->report, "the TPM's state before the reset cannot be removed from the EFI variables");
        /* the stub takes it away as well, and would not act on one of before this reset */
        (void)efivarfs_remove(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME);
        if (context->request_state != REQUEST_DUE || context->progress.origin == ORIGIN_FIRST_BOOT ||
            memcmp(context->request_digest, context->progress.request_digest, SHA256_SIZE) != 0)
                return 0; /* a foreign or pending request is not ours to remove, nor one that this reset was not begun for */
        int r = retire_request(&context->variables, false);
        return r < 0 ? boot_trouble(context, r, "The request cannot be removed from the EFI variables: %s.", strerror(-r)) : 0;
}
