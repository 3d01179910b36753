/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PID 1 of the initrd. This page tells the whole story: find out where we are, then do what the stub decided and measured. Every
 * path ends in the image's init, in a restart, or in the recovery page. Only break-glass mode, which is measured and asked for,
 * leads to a shell. */
#include "initrd/boot-context.h"
#include "initrd/break-glass.h"
#include "initrd/console-permission.h"
#include "initrd/early.h"
#include "initrd/gather.h"
#include "initrd/last-boot.h"
#include "initrd/normal.h"
#include "initrd/own-choice.h"
#include "initrd/recovery.h"
#include "initrd/reset-request.h"
#include "initrd/reset.h"
#include "initrd/volume-list.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A failed attempt is repeated by the next boot, until the stub sees that the attempts are used up and chooses recovery. */
static _Noreturn void after_failed_reset(struct boot_context *context, enum course_state end)
{
        if (end == COURSE_STATE_PAGE_INTACT)
                recovery_page(context, false);
        report_stop_drawing(&context->report);
        report_line(&context->report, "reset: FAILED: %s", context->trouble);
        if (end == COURSE_STATE_PAGE)
                recovery_page(context, true);
        report_line(&context->report, "reset: attempt %u failed; the next boot tries again", context->progress.attempts);
        restart_machine(context);
}

static enum reset_origin origin_of(enum boot_reason reason)
{
        switch (reason) {
        case REASON_COMMAND_LINE:
                return ORIGIN_COMMAND_LINE;
        case REASON_MENU:
        case REASON_LOADER_ENTRY: /* of another menu */
                return ORIGIN_MENU;
        default:
                return ORIGIN_REQUEST;
        }
}

static bool is_hidden(struct boot_context *context)
{
        static const char *const what[] = {
                [UNSEEN_PROGRESS] = "the progress of a factory reset", [UNSEEN_REQUEST] = "the request for a factory reset"
        };
        const enum unseen unseen = handover_unseen(&context->handover, context->resuming, /* what is not seen is made up by now */
                                                   context->request_state != REQUEST_ABSENT);
        if (unseen == UNSEEN_NOTHING || !context->inventory.efi_variables) /* without any, the plan is refused in better words */
                return false;
        (void)boot_trouble(
                context, -ENODATA,
                "The firmware has shown %s to the boot stub, and hides it now. Nothing is done that could not be kept in "
                "mind. Switch the machine off and on; if it stays so, update the firmware.",
                what[unseen]);
        return true;
}

static _Noreturn void boot_reset(struct boot_context *context)
{
        enum reset_origin origin = origin_of(context->handover.choice.reason);
        reset_announce(context);
        if (gather_system(context) < 0)
                recovery_page(context, false);
        if (is_hidden(context))
                recovery_page(context, context->interrupted);
        if (console_permission_is_needed(context) && console_permission_reset(context) < 0)
                recovery_page(context, false);
        enum course_state end = reset_run(context, origin);
        if (end != COURSE_STATE_COMPLETE && end != COURSE_STATE_AWAITING_FIRMWARE)
                after_failed_reset(context, end);
        restart_machine(context);
}

/* Builds what the image defines and the disk has not: the same path as a reset, with nothing to erase. */
static void first_boot(struct boot_context *context)
{
        report_line(&context->report, "first boot: building the factory state");
        enum course_state end = reset_run(context, ORIGIN_FIRST_BOOT);
        if (end != COURSE_STATE_COMPLETE)
                after_failed_reset(context, end);
        if (gather_partitions(context) < 0)
                recovery_page(context, false);
}

/* A device that has been in use has data somewhere, whatever its partition table says: it is erased before it is built anew, by a
 * reset like any other, which the stub decides on and measures. */
static _Noreturn void boot_lost(struct boot_context *context)
{
        report_line(&context->report,
                    "the partitions of this device are gone, which it had: a factory reset erases and builds it");
        if (reset_ask_next_boot(context, "its partitions were gone", "the start-up") < 0)
                recovery_page(context, false);
        restart_machine(context);
}

static void note_request(struct boot_context *context)
{
        if (context->request_state == REQUEST_MALFORMED)
                report_note(&context->report, "reset request ignored: it %s", err_text(context->request_error));
        if (context->request_state == REQUEST_FOREIGN)
                report_note(&context->report, "reset request ignored: it is for another system (\"%s\")", context->request.os.id);
}

static _Noreturn void boot_normal(struct boot_context *context)
{
        if (context->interrupted) {
                (void)boot_trouble(context, -EUCLEAN,
                                   "A factory reset has begun and is not complete, but this is not a reset boot.");
                recovery_page(context, true);
        }
        if (gather_system(context) < 0)
                recovery_page(context, false);
        note_request(context);
        volume_list_load(context);
        enum boot_start start = plan_boot_start(&context->policy, &context->inventory);
        if (start == START_LOST)
                boot_lost(context);
        if (start == START_FIRST_BOOT)
                first_boot(context);
        if (normal_mount(context, start == START_ADDITION) == 0) {
                break_glass_tell(context);
                (void)normal_switch_root(context);
        }
        recovery_page(context, false);
}

/* Only a boot that came as far as its init has had the kernel keep its last words. */
static void say_boots_failed(struct boot_context *context)
{
        char panic[PANIC_TEXT_MAX];
        const char *begin = "The system did not finish starting";
        if (context->boot_count.reached != BOOT_REACHED_INIT)
                (void)boot_trouble(context, -ELOOP, "%s %u times in a row: the last time it did not get as far as its init.",
                                   begin, context->boot_count.boots);
        else if (last_boot_panic(context, panic))
                (void)boot_trouble(context, -ELOOP,
                                   "%s %u times in a row: its init was started, and died (the kernel's last words: %s).", begin,
                                   context->boot_count.boots, panic);
        else
                (void)boot_trouble(context, -ELOOP, "%s %u times in a row: its init was started, and did not get ready.", begin,
                                   context->boot_count.boots);
}

/* The page first says why it is there; what the machine is like comes from a look at it, which opens nothing. */
static _Noreturn void boot_recovery(struct boot_context *context)
{
        char found[sizeof(context->trouble)];
        (void)gather_system(context);
        memcpy(found, context->trouble, sizeof(found));
        context->trouble[0] = 0;
        switch (context->handover.choice.reason) {
        case REASON_ATTEMPTS_USED_UP:
                (void)boot_trouble(context, -ELOOP, "The factory reset was tried %u times without success.",
                                   context->progress.attempts);
                break;
        case REASON_BOOTS_FAILED:
                say_boots_failed(context);
                break;
        case REASON_BREAK_GLASS_OFF:
                (void)boot_trouble(context, -EPERM,
                                   context->started_by_stub
                                           ? "Break-glass was asked for, and this image does not allow it."
                                           : "Break-glass was asked for, and there is none without Cleanslate's boot stub.");
                break;
        default:
                memcpy(context->trouble, found, sizeof(found));
                break;
        }
        recovery_page(context, context->interrupted);
}

int main(void)
{
        /* static: it holds the inventory, and PID 1's stack should stay small */
        static struct boot_context context;

        if (getpid() != 1)
                return EXIT_FAILURE;
        early_mounts();
        (void)setenv("DM_DISABLE_UDEV", "1", 1); /* no udev here: device-mapper makes its nodes itself */
        (void)setenv("TSS2_LOG", "all+NONE", 1);
        early_gather(&context);
        gather_display(&context);
        const bool is_in_doubt = context.trouble[0] != 0;
        if (!is_in_doubt)
                own_choice_make(&context);
        report_note(&context.report, "mode %s, %s", boot_mode_name(context.handover.choice.mode),
                    boot_reason_name(context.handover.choice.reason));
        if (is_in_doubt) /* nobody knows whether a reset is under way: no boot at all is better than the wrong one */
                recovery_page(&context, false);
        switch (context.handover.choice.mode) {
        case MODE_NORMAL:
                boot_normal(&context);
        case MODE_RESET:
                boot_reset(&context);
        case MODE_BREAK_GLASS:
                break_glass(&context);
        default:
                boot_recovery(&context);
        }
}
