/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts about this boot; see facts.h. */
#include "efi/facts.h"
#include "efi/boot-count.h"
#include "efi/command-line.h"
#include "efi/variables.h"

static void gather_request(const struct platform *platform, const struct os_identity *os, struct facts *facts)
{
        struct variable variable = { 0 };

        facts->request_status = variable_read_ordinary(platform, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &variable);
        facts->boot.request = request_judge(variable.value, variable.size, os, NULL, NULL, &facts->request_err);
        if (EFI_ERROR(facts->request_status) && facts->request_status != EFI_NOT_FOUND)
                facts->boot.request = REQUEST_MALFORMED;
        sha256_of_chunks(&(struct bytes){ variable.value, variable.size }, 1, facts->request_digest);
        variable_done(platform, &variable);
}

static void gather_progress(const struct platform *platform, const struct progress_keys *keys, struct facts *facts)
{
        static const char *const names[PROGRESS_SLOTS] = { PROGRESS_VARIABLE_NAME_0, PROGRESS_VARIABLE_NAME_1 };
        struct variable variables[PROGRESS_SLOTS] = { 0 };
        struct progress_slot slots[PROGRESS_SLOTS] = { 0 };

        for (int i = 0; i < PROGRESS_SLOTS; i++) {
                EFI_STATUS status = variable_read(platform, &guid_cleanslate, names[i], &variables[i]);

                slots[i] = (struct progress_slot){ variables[i].value, variables[i].size };
                if (EFI_ERROR(status) && status != EFI_NOT_FOUND)
                        slots[i] = (struct progress_slot){ "", 0 }; /* it is there and of no use */
        }
        (void)progress_select(slots, keys, &facts->boot.progress, &facts->progress_rejected);
        facts->boot.standing = progress_judge(&facts->boot.progress, keys,
                                              facts->boot.request == REQUEST_DUE ? facts->request_digest : NULL, false);
        if (facts->boot.standing == PROGRESS_UNPROVEN)
                progress_disbelieve(&facts->boot.progress);
        if (facts->boot.standing == PROGRESS_SUPERSEDED)
                progress_count_anew(&facts->boot.progress, facts->request_digest);
        for (int i = 0; i < PROGRESS_SLOTS; i++)
                variable_done(platform, &variables[i]);
}

static void gather_settings(const struct uki *uki, struct facts *facts)
{
        struct bytes text = uki->sections[UKI_CLNSLT];

        settings_init(&facts->settings);
        while (text.size > 0 && text.data[text.size - 1] == 0) /* the padding of a PE section */
                text.size--;
        facts->settings_err = settings_read(&facts->settings, "cleanslate.conf", (const char *)text.data, text.size, NULL);
        if (facts->settings_err != ERR_OK)
                settings_forbid_console(&facts->settings);
        facts->boot.failures_max = facts->settings.failures_max;
        facts->boot.boots_max = facts->settings.boots_max;
        facts->boot.break_glass = facts->settings.break_glass;
        facts->boot.access = facts->settings.access;
}

enum err facts_gather(const struct platform *platform, const struct uki *uki, const struct progress_keys *keys, struct facts *ret)
{
        struct facts facts = { .boot = { .attempts_max = RESET_ATTEMPTS_MAX } };
        struct bytes os_release = uki->sections[UKI_OSREL], line = command_line_embedded(uki);
        enum err err = os_identity_parse((const char *)os_release.data, os_release.size, &facts.os);

        if (err != ERR_OK)
                return err;
        gather_settings(uki, &facts);
        gather_request(platform, &facts.os, &facts);
        gather_progress(platform, keys, &facts);
        facts.boot.boot_count = boot_count_read(platform, &facts.boot_count_damaged);
        boot_facts_read_command_line(&facts.boot, (const char *)line.data, line.size);
        *ret = facts;
        return ERR_OK;
}

void facts_note_profile(struct facts *facts, const struct profile_option *options)
{
        struct boot_facts *boot = &facts->boot;

        if (!options->given || options->profile == 0)
                return;
        facts->profile_mode = boot->command_line_mode;
        if (facts->profile_mode == MODE_NORMAL && boot->command_line_factory_reset)
                facts->profile_mode = MODE_RESET;
        if (facts->profile_mode == MODE_NORMAL)
                return;
        boot->asked = (struct boot_choice){ facts->profile_mode, REASON_LOADER_ENTRY };
        boot->command_line_mode = MODE_NORMAL;
        boot->command_line_factory_reset = false;
}
