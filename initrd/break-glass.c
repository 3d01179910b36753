/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/break-glass.h"

#include "common/base/partition-type.h"
#include "initrd/console-permission.h"
#include "initrd/diagnosis.h"
#include "initrd/esp.h"
#include "initrd/gather.h"
#include "initrd/recovery.h"
#include "initrd/rescue-shell.h"
#include "initrd/terminal.h"
#include "initrd/volumes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/image/luks.h"
#include "linux/record/break-glass-trace.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define SWAPS_PATH   "/proc/swaps"
#define SWAPS_MAX    4096

/* What is to be known before anybody gets a prompt. */
struct opening {
        struct boot_context *context;
        enum break_glass_policy policy; /* the stricter of the stub's section and the verified image */
        char unseal[192];               /* how the TPM answered */
        char boot_id[64];
};

/* Nothing but encryption keeps a root shell from data. */
static int check_encrypted(struct boot_context *context)
{
        for (size_t i = 0; i < context->policy.partition_count; i++) {
                const struct partition_definition *definition = &context->policy.partitions[i];
                if (definition->format[0] && !partition_type_is_boot(&definition->type) &&
                    !definition_is_encrypted(context, definition))
                        return boot_trouble(context, -EPERM, "No break-glass: %s is not encrypted, so the shell could read it.",
                                            definition->label);
        }
        return 0;
}

static int check_allowed(struct opening *opening)
{
        struct boot_context *context = opening->context;
        if (context->interrupted)
                return boot_trouble(context, -EBUSY, "No break-glass: a factory reset has begun and must be completed.");
        if (gather_system(context) < 0) /* trouble says why there is no verified root to give a shell from */
                return -ENODATA;
        opening->policy = break_glass_stricter(context->handover.break_glass, context->policy.settings.break_glass);
        if (opening->policy == BREAK_GLASS_OFF)
                return boot_trouble(context, -EPERM, "No break-glass: the image's cleanslate.conf does not allow it.");
        if (console_permission_is_needed(context) && console_permission_break_glass(context) < 0)
                return -EPERM;
        if (context->tpm && (!context->handover.tpm_measured || context->mode_unmeasured))
                return boot_trouble(context, -EPERM, "No break-glass: the stub could not measure it.");
        return check_encrypted(context);
}

/* Swapped-out memory of an earlier boot would be somebody's state. None is ever on here. */
static int check_swap(struct boot_context *context)
{
        _cleanup_free_ char *text = NULL;
        int r = file_read(AT_FDCWD, SWAPS_PATH, SWAPS_MAX, &text, NULL);
        if (r == -ENOENT)
                return 0;                                       /* a kernel without swap */
        const char *first = r == 0 ? strchr(text, '\n') : NULL; /* behind the heading */
        if (r == 0 && (!first || first[1] == 0))
                return 0;
        return boot_trouble(context, -EBUSY, "No break-glass: swap is on, or " SWAPS_PATH " cannot be read.");
}

/* Asks the TPM for the key of a volume, as an ordinary boot would, and hopes for a no. 0: it refused, or was not asked. */
static int try_volume(struct opening *opening, const struct partition_definition *definition, const char *path)
{
        struct boot_context *context = opening->context;
        uint8_t secret[TPM_SECRET_SIZE];
        struct luks_token token;
        memset(&token, 0, sizeof(token));
        if (luks_read_token(path, &token) < 0)
                return 0;
        int r = tpm_unseal_regardless(context->tpm, context->public_key_pem, context->policy.settings.seal_pcrs,
                                      context->signature_json, context->signature_json_size, token.blob, token.blob_size, secret);
        explicit_bzero(secret, sizeof(secret));
        if (r == 0)
                return boot_trouble(context, -EPERM, "No break-glass: the TPM still releases the key of %s.", definition->label);
        (void)snprintf(opening->unseal, sizeof(opening->unseal), "%s: refused by the TPM: %s (0x%x)", definition->label,
                       tpm_last_text(context->tpm), tpm_last_code(context->tpm));
        report_line(&context->report, "break-glass: %s", opening->unseal);
        return 0;
}

/* Once: one secret is sealed for all volumes of a reset. */
static int show_refusal(struct opening *opening)
{
        struct boot_context *context = opening->context;
        (void)snprintf(opening->unseal, sizeof(opening->unseal), "not asked: no volume that is locked to this TPM");
        for (size_t i = 0; context->tpm && context->inventory.signed_policy && i < context->policy.partition_count; i++) {
                const struct partition_definition *definition = &context->policy.partitions[i];
                int found = plan_find_partition(&context->policy, &context->inventory, i);
                char path[DEVICE_PATH_MAX];
                if (found < 0 || !definition_is_encrypted(context, definition) ||
                    context->inventory.partitions[found].content != CONTENT_LUKS ||
                    blockdev_partition_path(context->inventory.disk_path, context->inventory.partitions[found].number, path) < 0)
                        continue;
                return try_volume(opening, definition, path);
        }
        return 0;
}

static bool confirm(struct opening *opening)
{
        struct report *report = &opening->context->report;
        if (opening->context->handover.choice.reason == REASON_MENU)
                return true; /* typed there */
        report_line(report, "break-glass: a shell; data stays locked, use is recorded.%s",
                    opening->policy == BREAK_GLASS_THEN_RESET ? " THE NEXT BOOT ERASES EVERYTHING." : "");
        for (;;) {
                terminal_prepare(report);
                report_line(report, "break-glass: type break-glass and press Enter; Esc restarts");
                enum typed_answer answer = terminal_ask_word(report, "break-glass");
                if (answer != TYPED_WRONG)
                        return answer == TYPED_YES;
        }
}

static int write_record(struct opening *opening, const struct break_glass_trace *trace)
{
        struct boot_context *context = opening->context;
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        struct break_glass_event event = { .count = trace->count,
                                           .at = trace->last_at,
                                           .os = &context->os,
                                           .boot_id = opening->boot_id,
                                           .reason = boot_reason_name(context->handover.choice.reason),
                                           .policy = opening->policy,
                                           .unseal = opening->unseal };
        int r = esp_open(&context->inventory, &esp);
        return r < 0 ? r : break_glass_record_write(esp.fd, &event);
}

/* Two places; one of them has to take it. */
static int leave_trace(struct opening *opening)
{
        struct boot_context *context = opening->context;
        struct break_glass_trace trace = { 0 };
        int variable = break_glass_trace_read(&context->variables, &trace); /* a damaged one begins again */
        trace.count++;
        trace.last_at = (uint64_t)time(NULL);
        variable = break_glass_trace_write(&context->variables, &trace);
        int record = write_record(opening, &trace);
        if (variable < 0)
                report_line(&context->report, "break-glass: the EFI variables do not take the event: %s", strerror(-variable));
        if (record < 0)
                report_line(&context->report, "break-glass: the EFI system partition does not take the event: %s",
                            strerror(-record));
        if (variable < 0 && record < 0)
                return boot_trouble(context, record, "No break-glass: its use could not be recorded anywhere.");
        report_line(&context->report, "break-glass: recorded as event %u", trace.count);
        return 0;
}

/* Made in this boot, so it is due in the next. */
static int request_reset(struct opening *opening)
{
        struct boot_context *context = opening->context;
        struct request request = { .os = context->os,
                                   .reason = "break-glass",
                                   .requester = "break-glass, then-reset",
                                   .disk_uuid = context->inventory.disk_uuid };
        _cleanup_free_ void *stored = NULL;
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size, stored_size;
        if (!id128_parse(opening->boot_id, strlen(opening->boot_id), &request.boot_id) ||
            boot_random(context, request.nonce.bytes, sizeof(request.nonce.bytes)) < 0 ||
            request_encode(&request, value, sizeof(value), &size) != ERR_OK)
                return boot_trouble(context, -EINVAL, "No break-glass: the reset that must follow cannot be asked for.");
        int r = efivarfs_write(&context->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size);
        if (r == 0)
                r = efivarfs_read(&context->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &stored, &stored_size);
        if (r == 0 && request_judge(stored, stored_size, &context->os, &request.boot_id, NULL, NULL) != REQUEST_PENDING)
                r = -EIO;
        if (r < 0)
                return boot_trouble(context, r, "No break-glass: the reset that must follow cannot be asked for: %s.",
                                    strerror(-r));
        report_line(&context->report, "break-glass: the next boot is a factory reset");
        return 0;
}

static void read_boot_id(struct opening *opening)
{
        _cleanup_free_ char *text = NULL;
        if (file_read(AT_FDCWD, BOOT_ID_PATH, sizeof(opening->boot_id) - 1, &text, NULL) == 0)
                (void)snprintf(opening->boot_id, sizeof(opening->boot_id), "%.*s", (int)strcspn(text, "\n"), text);
}

static int open_glass(struct opening *opening)
{
        struct boot_context *context = opening->context;
        int r = leave_trace(opening);
        if (r == 0 && opening->policy == BREAK_GLASS_THEN_RESET)
                r = request_reset(opening);
        if (r == 0)
                r = rescue_shell(&context->report, boot_image_path(context));
        return r < 0 ? boot_trouble(context, r, "The break-glass shell cannot be started: %s.", strerror(-r)) : 0;
}

_Noreturn void break_glass(struct boot_context *context)
{
        struct opening opening = { .context = context };
        read_boot_id(&opening);
        int r = check_allowed(&opening);
        if (r == 0)
                r = check_swap(context);
        if (r == 0)
                r = show_refusal(&opening);
        if (r < 0)
                recovery_page(context, false);
        terminal_load_keyboards(context);
        if (!confirm(&opening))
                restart_machine(context);
        if (open_glass(&opening) < 0)
                recovery_page(context, false);
        report_line(&context->report, "break-glass: the shell has ended");
        restart_machine(context);
}

void break_glass_tell(struct boot_context *context)
{
        struct break_glass_trace trace;
        char time[TIME_TEXT_MAX];
        int r = context->variables.directory_fd < 0 ? -ENODEV : break_glass_trace_read(&context->variables, &trace);
        if (r == -EBADMSG)
                report_note(&context->report, "break-glass: the counter in the EFI variables is damaged");
        if (r < 0 || trace.count == trace.reported)
                return;
        time_format(trace.last_at, time);
        report_note(&context->report, "break-glass was used %u time(s), last at %s", trace.count, time);
        trace.reported = trace.count;
        r = break_glass_trace_write(&context->variables, &trace);
        if (r < 0)
                report_note(&context->report, "break-glass: it cannot be noted that this was told: %s", strerror(-r));
}
