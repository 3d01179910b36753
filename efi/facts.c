/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts about this boot; see facts.h. */
#include "efi/facts.h"
#include "efi/command-line.h"
#include "efi/variables.h"

static void gather_request(const struct platform *platform, const struct os_identity *os, struct facts *facts)
{
        struct variable variable = { 0 };

        facts->request_status = variable_read(platform, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &variable);
        facts->boot.request = request_judge(variable.value, variable.size, os, NULL, NULL, &facts->request_err);
        if (EFI_ERROR(facts->request_status) && facts->request_status != EFI_NOT_FOUND)
                facts->boot.request = REQUEST_MALFORMED;
        variable_done(platform, &variable);
}

static void gather_progress(const struct platform *platform, struct facts *facts)
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
        (void)progress_select(slots, &facts->boot.progress, &facts->progress_damaged);
        for (int i = 0; i < PROGRESS_SLOTS; i++)
                variable_done(platform, &variables[i]);
}

enum err facts_gather(const struct platform *platform, const struct uki *uki, struct facts *ret)
{
        struct facts facts = { .boot = { .failures_max = RESET_FAILURES_MAX, .attempts_max = RESET_ATTEMPTS_MAX } };
        struct bytes os_release = uki->sections[UKI_OSREL], line = command_line_embedded(uki);
        struct os_identity os;
        enum err err = os_identity_parse((const char *)os_release.data, os_release.size, &os);

        if (err != ERR_OK)
                return err;
        gather_request(platform, &os, &facts);
        gather_progress(platform, &facts);
        boot_facts_read_command_line(&facts.boot, (const char *)line.data, line.size);
        *ret = facts;
        return ERR_OK;
}
