/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for the console; see announce.h. */
#include "efi/announce.h"
#include "efi/console.h"

void announce_load_options(const struct platform *platform, const struct profile_option *options)
{
        if (options->malformed)
                console_say(platform, "the load options begin with '@' and choose no profile", "profile 0 is started");
}

void announce_facts(const struct platform *platform, const struct facts *facts)
{
        static const char ignored[] = "reset request ignored";
        bool unreadable = EFI_ERROR(facts->request_status) && facts->request_status != EFI_NOT_FOUND;

        if (unreadable)
                console_say(platform, "reset request ignored, it cannot be read", status_text(facts->request_status));
        else if (facts->boot.request == REQUEST_MALFORMED)
                console_say(platform, ignored, err_text(facts->request_err));
        else if (facts->boot.request == REQUEST_FOREIGN)
                console_say(platform, ignored, "it was made for another operating system");
        if (facts->settings_err != ERR_OK)
                console_say(platform, "the settings in section .clnslt are ignored", err_text(facts->settings_err));
        if (facts->boot_count_damaged)
                console_say(platform, "the count of boots is damaged and begins again", NULL);
        if (facts->progress_rejected)
                console_say(platform, "a progress record is ignored",
                            "no reset boot of this device has written it, or it is an old one");
        if (facts->boot.standing == PROGRESS_SUPERSEDED)
                console_say(platform, "another factory reset was requested since the one that is not finished", "it starts over");
        if (facts->boot.standing == PROGRESS_UNPROVEN)
                console_say(platform, "the firmware keeps no secret for this device",
                            "all of the unfinished reset is done again");
}

void announce_loader_requests(const struct platform *platform, const struct loader_requests *requests)
{
        if (EFI_ERROR(requests->entry_status))
                console_say(platform,
                            "the boot loader entry that was asked for is ignored, its variable cannot be read and removed",
                            status_text(requests->entry_status));
        else if (requests->entry_err != ERR_OK)
                console_say(platform, "the boot loader entry that was asked for is ignored", "this image has none of that name");
        if (requests->default_ignored)
                console_say(platform, "the default boot loader entry is ignored", "only the normal start can be the default");
}

void announce_refusal(const struct platform *platform, enum boot_mode asked, enum access access)
{
        static const char *const texts[MODE_COUNT] = {
                [MODE_RESET] = "factory reset not started",
                [MODE_RECOVERY] = "recovery page not opened",
                [MODE_BREAK_GLASS] = "break-glass shell not opened",
        };

        if (asked != MODE_NORMAL)
                console_say(platform, texts[asked],
                            access == ACCESS_OFF ? "this image does not allow it from the console"
                                                 : "the password was not given");
}

void announce_measurement(const struct platform *platform, const struct measurement *measurement)
{
        if (EFI_ERROR(measurement->status))
                console_say(platform, "the TPM does not take measurements", status_text(measurement->status));
}

void announce_mode(const struct platform *platform, const struct boot_choice *choice)
{
        static const char *const modes[MODE_COUNT] = {
                [MODE_RESET] = "factory reset",
                [MODE_RECOVERY] = "recovery",
                [MODE_BREAK_GLASS] = "break-glass",
        };
        static const char *const reasons[REASON_COUNT] = {
                [REASON_REQUEST_DUE] = "it was requested",
                [REASON_RESET_UNDER_WAY] = "an earlier one is not finished",
                [REASON_COMMAND_LINE] = "the command line says so",
                [REASON_ATTEMPTS_USED_UP] = "the factory reset failed or was interrupted too often",
                [REASON_MENU] = "chosen in the menu",
                [REASON_LOADER_ENTRY] = "chosen as boot loader entry",
                [REASON_BOOTS_FAILED] = "the system did not finish starting, several times in a row",
                [REASON_BREAK_GLASS_OFF] = "break-glass was asked for, this image does not allow it",
        };

        if (choice->mode != MODE_NORMAL)
                console_say(platform, modes[choice->mode], reasons[choice->reason]);
}
