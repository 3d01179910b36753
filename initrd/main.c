/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PID 1 of the initrd. This page tells the whole story: find out where we are, then do what the stub decided and measured. Every
 * path ends in the image's init, in a restart, or in the recovery page. Only break-glass mode, which is measured and asked for,
 * leads to a shell. */
#include "initrd/break-glass.h"
#include "initrd/console-permission.h"
#include "initrd/device.h"
#include "initrd/early.h"
#include "initrd/gather.h"
#include "initrd/last-boot.h"
#include "initrd/normal.h"
#include "initrd/recovery.h"
#include "initrd/reset-request.h"
#include "initrd/reset.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A failed attempt is repeated by the next boot, until the stub sees that the attempts are used up and chooses recovery. */
static _Noreturn void after_failed_reset(struct device *device, enum course_state end)
{
        if (end == COURSE_STATE_PAGE_INTACT)
                recovery_page(device, false);
        report_stop_drawing(&device->report);
        report_line(&device->report, "reset: FAILED: %s", device->trouble);
        if (end == COURSE_STATE_PAGE)
                recovery_page(device, true);
        report_line(&device->report, "reset: attempt %u failed; the next boot tries again", device->progress.attempts);
        restart_machine(device);
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

static _Noreturn void boot_reset(struct device *device)
{
        enum reset_origin origin = origin_of(device->handover.choice.reason);
        reset_announce(device);
        if (gather_system(device) < 0)
                recovery_page(device, false);
        if (console_permission_is_needed(device) && console_permission_reset(device) < 0)
                recovery_page(device, false);
        enum course_state end = reset_run(device, origin);
        if (end != COURSE_STATE_COMPLETE && end != COURSE_STATE_AWAITING_FIRMWARE)
                after_failed_reset(device, end);
        restart_machine(device);
}

/* Builds config and state where there are none: the same path as a reset, with nothing to erase. */
static void first_boot(struct device *device)
{
        report_line(&device->report, "first boot: building the factory state");
        enum course_state end = reset_run(device, ORIGIN_FIRST_BOOT);
        if (end != COURSE_STATE_COMPLETE)
                after_failed_reset(device, end);
        if (gather_partitions(device) < 0)
                recovery_page(device, false);
}

/* A device that has been in use has data somewhere, whatever its partition table says: it is erased before it is built anew, by a
 * reset like any other, which the stub decides on and measures. */
static _Noreturn void boot_lost(struct device *device)
{
        report_line(&device->report,
                    "the partitions of this device are gone, which it had: a factory reset erases and builds it");
        if (reset_ask_next_boot(device, "its partitions were gone", "the start-up") < 0)
                recovery_page(device, false);
        restart_machine(device);
}

static void note_request(struct device *device)
{
        if (device->request_state == REQUEST_MALFORMED)
                report_note(&device->report, "reset request ignored: it %s", err_text(device->request_error));
        if (device->request_state == REQUEST_FOREIGN)
                report_note(&device->report, "reset request ignored: it is for another system (\"%s\")", device->request.os.id);
}

static _Noreturn void boot_normal(struct device *device)
{
        bool incomplete = false;
        if (device->interrupted) {
                (void)device_trouble(device, -EUCLEAN,
                                     "A factory reset has begun and is not complete, but this is not a reset boot.");
                recovery_page(device, true);
        }
        if (gather_system(device) < 0)
                recovery_page(device, false);
        note_request(device);
        if (plan_is_first_boot(&device->policy, &device->inventory, &incomplete) && device->inventory.built_before)
                boot_lost(device);
        if (plan_is_first_boot(&device->policy, &device->inventory, &incomplete))
                first_boot(device);
        if (normal_mount(device) == 0) {
                break_glass_tell(device);
                (void)normal_switch_root(device);
        }
        recovery_page(device, false);
}

/* Only a boot that came as far as its init has had the kernel keep its last words. */
static void say_boots_failed(struct device *device)
{
        char panic[PANIC_TEXT_MAX];
        const char *begin = "The system did not finish starting";
        if (!device->boot_count.init_started)
                (void)device_trouble(device, -ELOOP, "%s %u times in a row: the last time it did not get as far as its init.",
                                     begin, device->boot_count.boots);
        else if (last_boot_panic(device, panic))
                (void)device_trouble(device, -ELOOP,
                                     "%s %u times in a row: its init was started, and died (the kernel's last words: %s).", begin,
                                     device->boot_count.boots, panic);
        else
                (void)device_trouble(device, -ELOOP, "%s %u times in a row: its init was started, and did not get ready.", begin,
                                     device->boot_count.boots);
}

/* The page first says why it is there; what the machine is like comes from a look at it, which opens nothing. */
static _Noreturn void boot_recovery(struct device *device)
{
        char found[sizeof(device->trouble)];
        (void)gather_system(device);
        memcpy(found, device->trouble, sizeof(found));
        device->trouble[0] = 0;
        switch (device->handover.choice.reason) {
        case REASON_ATTEMPTS_USED_UP:
                (void)device_trouble(device, -ELOOP, "The factory reset was tried %u times without success.",
                                     device->progress.attempts);
                break;
        case REASON_BOOTS_FAILED:
                say_boots_failed(device);
                break;
        case REASON_BREAK_GLASS_OFF:
                (void)device_trouble(device, -EPERM, "Break-glass was asked for, and this image does not allow it.");
                break;
        default:
                memcpy(device->trouble, found, sizeof(found));
                break;
        }
        recovery_page(device, device->interrupted);
}

int main(void)
{
        /* static: it holds the inventory, and PID 1's stack should stay small */
        static struct device device;

        if (getpid() != 1)
                return EXIT_FAILURE;
        early_mounts();
        (void)setenv("DM_DISABLE_UDEV", "1", 1); /* no udev here: device-mapper makes its nodes itself */
        (void)setenv("TSS2_LOG", "all+NONE", 1);
        early_gather(&device);
        gather_command_line(&device);
        gather_display(&device);
        report_note(&device.report, "mode %s, %s", boot_mode_name(device.handover.choice.mode),
                    boot_reason_name(device.handover.choice.reason));
        if (device.trouble[0]) /* nobody knows whether a reset is under way: no boot at all is better than the wrong one */
                recovery_page(&device, false);
        switch (device.handover.choice.mode) {
        case MODE_NORMAL:
                boot_normal(&device);
        case MODE_RESET:
                boot_reset(&device);
        case MODE_BREAK_GLASS:
                break_glass(&device);
        default:
                boot_recovery(&device);
        }
}
