/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/recovery.h"

#include "common/show/recovery-offers.h"
#include "initrd/console-permission.h"
#include "initrd/diagnosis.h"
#include "initrd/gather.h"
#include "initrd/recovery-key.h"
#include "initrd/recovery-page.h"
#include "initrd/reset-request.h"
#include "initrd/reset.h"
#include "initrd/terminal.h"
#include "linux/base/file.h"
#include "linux/efi/retire.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static _Noreturn void leave(int how)
{
        sync();
        (void)reboot(how);
        for (;;)
                (void)pause();
}

_Noreturn void restart_machine(struct boot_context *context)
{
        if (context->power_off_next)
                leave(RB_POWER_OFF);
        /* a firmware that was asked something may look only if the restart is a warm one; kernels without this file do that
         * anyway */
        if (context->progress.awaiting_firmware)
                (void)file_write_existing("/sys/kernel/reboot/mode", "warm");
        report_line(&context->report, "restarting");
        leave(RB_AUTOBOOT);
}

/* One showing of the page. */
struct recovery {
        struct boot_context *context;
        struct recovery_facts facts;
        struct page *page;
        const char *notice; /* how the last key's work has ended, one of the catalog's; NULL = nothing to say */
        char detail[sizeof(((struct boot_context *)0)->trouble)]; /* its %1 */
};

/* What a script may wait for begins with the prefix in every language. */
static void say(struct recovery *recovery, struct page_part *part, const char *english, const char *first, const char *second)
{
        page_message(part, recovery->context->report.language, PAGE_SAYS, english, first, second);
}

/* In the kernel's log, which programs read. */
static void note_why(struct recovery *recovery, const char *why)
{
        char text[PAGE_LINE_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        if (recovery->notice)
                message_fill(&writer, recovery->notice, recovery->detail, "");
        report_note(&recovery->context->report, "RECOVERY: %s", recovery->notice ? text : why);
}

/* A phase that was reached once is reached: an attempt that repeats the steps from the first one on brings nothing back. */
struct recovery_facts recovery_facts_of(const struct boot_context *context, bool anything_destroyed)
{
        return (struct recovery_facts){ .begun = anything_destroyed || context->interrupted,
                                        .untouched = !context->interrupted && !context->erasing,
                                        .first_boot = context->progress.origin == ORIGIN_FIRST_BOOT,
                                        .phase = context->progress.phase > context->phase_proven ? context->progress.phase
                                                                                                 : context->phase_proven,
                                        .progress_known = context->progress_known,
                                        .boots_failed = context->handover.choice.reason == REASON_BOOTS_FAILED,
                                        .request_due = context->request_state == REQUEST_DUE ||
                                                       context->handover.request == REQUEST_DUE, /* which may be hidden */
                                        .password_given = context->handover.password_given,
                                        .recovery_key = context->recovery_key_helps,
                                        .left_initrd = context->left_initrd };
}

/* `context->trouble` is in English always: by these words the support desk finds it (docs/support.md). */
static void say_why(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        struct page_part *head = &recovery->page->head;
        const char *why = context->trouble[0] ? context->trouble : N_("The machine was started in recovery mode.");
        char failures[16];
        if (recovery->notice)
                say(recovery, head, recovery->notice, recovery->detail, "");
        page_line(head, PAGE_SAYS "%s", message(context->report.language, why));
        note_why(recovery, why);
        (void)snprintf(failures, sizeof(failures), "%u", context->progress.failures);
        if (context->progress.last_error[0] && context->interrupted)
                say(recovery, head, N_("the reset failed (attempts: %1), most recently with: %2"), failures,
                    context->progress.last_error);
        say(recovery, head, recovery_state_text(&recovery->facts), "", "");
}

static void say_offers(struct recovery *recovery)
{
        char line[PAGE_LINE_MAX];
        struct writer writer = writer_over(line, sizeof(line));
        for (int offer = OFFER_NONE + 1; offer < OFFER_COUNT; offer++) {
                if (!recovery_offers(&recovery->facts, (enum recovery_offer)offer))
                        continue;
                writer_text(&writer, writer.size ? ", " : "");
                writer_char(&writer, recovery_offer_key((enum recovery_offer)offer));
                writer_char(&writer, ' ');
                writer_text(&writer, message(recovery->context->report.language,
                                             recovery_offer_text(&recovery->facts, (enum recovery_offer)offer)));
        }
        page_line(&recovery->page->foot, "%s", "");
        if (recovery_reset_is_forbidden(&recovery->facts))
                say(recovery, &recovery->page->foot,
                    N_("this image allows no factory reset from the console; the running system can request one"), "", "");
        say(recovery, &recovery->page->foot, N_("press %1"), line, "");
}

static void show(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        recovery->facts.reset = console_permission_known(context).reset; /* stricter, perhaps, now that the image is known */
        page_begin(recovery->page, message(context->report.language, N_("CLEANSLATE RECOVERY")));
        kernel_log_read(&recovery->page->log); /* before this page adds to it */
        say_why(recovery);
        page_line(&recovery->page->head, "%s", "");
        diagnosis_add(context, &recovery->page->head);
        say_offers(recovery);
        page_show(recovery->page, &context->report);
}

static void end_with(struct recovery *recovery, const char *notice, const char *detail)
{
        recovery->notice = notice;
        (void)snprintf(recovery->detail, sizeof(recovery->detail), "%s", detail);
}

static void cancel_request(struct recovery *recovery)
{
        int r = retire_request(&recovery->context->variables, true);
        if (r >= 0) {
                (void)retire_boot_count(&recovery->context->variables, true); /* starts that came to this page have not failed */
                report_line(&recovery->context->report, "the request was cancelled");
                restart_machine(recovery->context);
        }
        end_with(recovery, N_("the request cannot be removed: %1"), strerror(-r));
}

/* The counters start again; what a reset has done and knows stays. */
static void try_again(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        int r;
        if (recovery->facts.begun) {
                context->progress.attempts = context->progress.failures = 0;
                if (!context->keys.progress
                             .secret_kept) /* nothing else tells the next start that a person wants it asked again */
                        context->progress.firmware_asked = 0;
                r = progress_store_commit(&context->progress_store, &context->progress);
        } else {
                r = retire_boot_count(&context->variables, true);
        }
        if (r >= 0)
                restart_machine(context);
        end_with(recovery, N_("the EFI variables cannot be written: %1"), strerror(-r));
}

/* What the plan erases, by name and size, and the word that says yes. */
static bool confirm_reset(struct recovery *recovery, const struct plan *plan)
{
        struct boot_context *context = recovery->context;
        struct page_part *head = &recovery->page->head;
        const enum language language = context->report.language;
        page_begin(recovery->page, message(language, N_("CLEANSLATE FACTORY RESET")));
        page_message(head, language, "  ", N_("Everything could be rebuilt. This would be erased for good, and rebuilt:"), "",
                     "");
        for (size_t i = 0; i < plan->step_count; i++) {
                char size[SIZE_TEXT_MAX];
                if (plan->steps[i].kind != STEP_DESTROY_KEYS || plan->steps[i].partition < 0)
                        continue;
                const struct inventory_partition *partition = &context->inventory.partitions[plan->steps[i].partition];
                size_format(partition->size_bytes, size);
                page_line(head, "    %-20s %10s", partition->name, size);
        }
        for (size_t i = 0; i < plan->disks.count; i++) {
                const struct inventory_disk *disk = &context->inventory.disks[plan->disks.chosen[i].disk];
                char size[SIZE_TEXT_MAX];
                size_format(disk->media.size_bytes, size);
                page_line(head, "    %s %-9s %10s  %s %s", message(language, N_("whole disk")), disk->path + strlen("/dev/"),
                          size, disk->media.model, disk->media.serial);
        }
        page_message(head, language, "  ", N_("TPM clear: %1, %2"), tpm_clear_policy_name(plan->tpm_clear),
                     message(language, tpm_clear_way_text(plan->tpm_way)));
        page_line(head, "%s", "");
        say(recovery, head, N_("type reset and press Enter to erase; Esc goes back"), "", "");
        terminal_prepare(&context->report);
        page_show(recovery->page, &context->report);
        return terminal_ask_word(&context->report, "reset") == TYPED_YES;
}

/* Only a request that is due has anything to say about a reset that is asked for here. */
static void describe_request(struct boot_context *context)
{
        if (context->request_state == REQUEST_DUE)
                return;
        memset(&context->request, 0, sizeof(context->request));
        (void)snprintf(context->request.reason, sizeof(context->request.reason), "asked for on the recovery page");
        (void)snprintf(context->request.requester, sizeof(context->request.requester), "somebody at the console");
}

/* 0 with *ret_plan, or trouble says what is missing for a rebuild; then nothing may be erased. */
static int check_rebuild(struct boot_context *context, struct plan *ret_plan)
{
        if (!context->gather_tried)
                (void)gather_system(context);
        if (!context->gathered)
                return boot_trouble(context, -ENODATA, "%s", context->image_trouble);
        int r = console_permission_reset(context);
        if (r == 0)
                r = gather_partitions(context);
        if (r < 0)
                return r;
        describe_request(context);
        return reset_check(context, ret_plan);
}

/* An ordinary boot cannot make progress that a later one believes. Returns if the request cannot be written. */
static void restart_into_reset(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        if (reset_ask_next_boot(context, context->request.reason, context->request.requester) == 0)
                restart_machine(context);
        end_with(recovery, N_("Factory reset not started: %1 Nothing was erased."), context->trouble);
}

/* Returns if nothing was begun. */
static void run_reset(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        if (!progress_key(&context->keys.progress, ORIGIN_RECOVERY)) { /* an ordinary boot that ended here */
                restart_into_reset(recovery);
                return;
        }
        reset_announce(context);
        enum course_state end = reset_run(context, ORIGIN_RECOVERY);
        if (end == COURSE_STATE_TRY_AGAIN ||
            end == COURSE_STATE_PAGE) /* the stub takes it up again, or sees that no try is left */
                report_line(&context->report, "reset: FAILED: %s", context->trouble);
        if (end != COURSE_STATE_PAGE_INTACT)
                restart_machine(context);
        end_with(recovery, N_("Factory reset not started: %1 Nothing was erased."), context->trouble);
}

/* The stub's question comes first in the next start. */
static void restart_for_password(struct recovery *recovery)
{
        int r = console_permission_ask_at_restart(recovery->context);
        if (r == 0)
                restart_machine(recovery->context);
        if (r == -EBUSY)
                end_with(recovery, N_("restart and choose the factory reset in the boot menu: it asks for the password there."),
                         "");
        else
                end_with(recovery, N_("the EFI variables cannot be written: %1"), strerror(-r));
}

static void factory_reset(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        struct plan *plan = calloc(1, sizeof(*plan));
        char why[sizeof(context->trouble)];
        memcpy(why, context->trouble, sizeof(why));
        context->trouble[0] = 0; /* for what this reset has to say */
        if (!plan)
                end_with(recovery, N_("Factory reset not started: %1 Nothing was erased."), "not enough memory.");
        else if (check_rebuild(context, plan) < 0)
                end_with(recovery, N_("Factory reset not started: %1 Nothing was erased."), context->trouble);
        else if (!confirm_reset(recovery, plan))
                end_with(recovery, N_("Factory reset not started: it was not confirmed."), "");
        else
                run_reset(recovery);
        free(plan);
        memcpy(context->trouble, why, sizeof(why));
}

static void say_key_failed(struct recovery *recovery, int error)
{
        struct boot_context *context = recovery->context;
        if (error == -EINVAL)
                end_with(recovery, N_("that is not a recovery key: it has 64 letters in eight groups."), "");
        else if (error == -EACCES || error == -ENOENT)
                end_with(recovery, N_("this recovery key does not open the volumes of this device."), "");
        else
                end_with(recovery, N_("the volumes could not be resealed: %1"),
                         context->tpm && tpm_last_text(context->tpm)[0] ? tpm_last_text(context->tpm) : strerror(-error));
}

static void take_recovery_key(struct recovery *recovery)
{
        struct boot_context *context = recovery->context;
        char typed[2 * RECOVERY_KEY_TEXT_MAX];
        page_begin(recovery->page, message(context->report.language, N_("CLEANSLATE RECOVERY KEY")));
        say(recovery, &recovery->page->head,
            N_("type the recovery key and press Enter; Esc goes back. The volumes are then sealed to this machine as it is now."),
            "", "");
        terminal_prepare(&context->report);
        page_show(recovery->page, &context->report);
        int r = terminal_ask_line(&context->report, typed, sizeof(typed));
        if (r >= 0)
                r = recovery_key_use(context, typed);
        explicit_bzero(typed, sizeof(typed));
        if (r == 0) {
                report_line(&context->report, "the volumes are sealed to this machine as it is now");
                restart_machine(context);
        }
        if (r != -ECANCELED)
                say_key_failed(recovery, r);
}

static void act(struct recovery *recovery, enum recovery_offer offer)
{
        switch (offer) {
        case OFFER_RESTART:
                restart_machine(recovery->context);
        case OFFER_POWER_OFF:
                leave(RB_POWER_OFF);
        case OFFER_TRY_AGAIN:
                try_again(recovery);
                return;
        case OFFER_CANCEL_REQUEST:
                cancel_request(recovery);
                return;
        case OFFER_RECOVERY_KEY:
                take_recovery_key(recovery);
                return;
        case OFFER_RESET:
                if (recovery_reset_needs_password(&recovery->facts))
                        restart_for_password(recovery);
                else
                        factory_reset(recovery);
                return;
        case OFFER_NONE:
        case OFFER_COUNT:
                return;
        }
}

/* This is no normal boot any more, whatever the stub thought: its keys are out of reach from here on. */
static void measure_departure(struct boot_context *context)
{
        if (context->handover.choice.mode != MODE_NORMAL)
                return;
        gather_measure_mode(context, MODE_RECOVERY);
        context->handover.choice.mode = MODE_RECOVERY;
}

_Noreturn void recovery_page(struct boot_context *context, bool anything_destroyed)
{
        struct recovery recovery = {
                .context = context,
                .facts = recovery_facts_of(context, anything_destroyed),
                .page = malloc(sizeof(struct page)),
        };
        report_stop_drawing(&context->report);
        measure_departure(context);
        if (!recovery.page) { /* nothing can be shown or asked */
                report_line(&context->report, "RECOVERY: %s (and there is no memory for a page)", context->trouble);
                leave(RB_POWER_OFF);
        }
        terminal_load_keyboards(context);
        for (;;) {
                enum recovery_offer offer;
                terminal_prepare(&context->report);
                show(&recovery);
                recovery.notice = NULL;
                do
                        offer = recovery_offer_of_key(&recovery.facts, terminal_key(&context->report));
                while (offer == OFFER_NONE);
                act(&recovery, offer);
        }
}
