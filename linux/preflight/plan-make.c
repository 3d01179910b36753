/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what a plan is made from, draft by draft. */
#include "linux/preflight/plan-make.h"

#include "linux/disk/inventory.h"
#include "linux/efi/ppi.h"
#include "linux/esp/clean-survey.h"
#include <string.h>

int gather_disk(const char *disk_path, const struct guid *esp, const struct progress *progress, struct inventory *inventory,
                const struct trouble *trouble)
{
        int r = inventory_read_disk(disk_path, esp, inventory);
        if (r < 0)
                return trouble_note(trouble, r, "The partition table of %s cannot be read: %s.", disk_path, strerror(-r));
        inventory_apply_progress(inventory, progress);
        return 0;
}

/* Shown to the TPM only where it could be of use. */
static bool wants_authorization(const struct reset_source *source, const struct plan *plan)
{
        const struct tpm_facts *facts = &source->inventory->tpm;
        return source->try_authorization && !plan->begun_as_first_boot && plan->tpm_clear != TPM_CLEAR_SKIP &&
               facts->lockout_auth_set && !facts->disable_clear;
}

/* What no flag tells. One that cannot be asked is taken by its flags: a diagnostic that fails forbids no reset. */
static bool asks_lockout(const struct reset_source *source, const struct plan *plan)
{
        const struct tpm_facts *facts = &source->inventory->tpm;
        return source->tpm && facts->present && !plan->begun_as_first_boot && plan->tpm_clear != TPM_CLEAR_SKIP &&
               !facts->lockout_auth_set && !facts->disable_clear;
}

static int survey_clean(const struct reset_source *source, const struct plan *plan, struct clean_result *ret_names)
{
        int fd, r = source->open_esp(source->context, false, &fd);
        if (r < 0)
                return trouble_note(&source->survey->trouble, r, "The EFI system partition cannot be opened: %s.", strerror(-r));
        r = clean_survey(source->survey, fd, plan, source->inventory, ret_names);
        source->close_esp(source->context);
        return r;
}

int plan_make(const struct reset_source *source, struct plan *ret_plan, struct clean_result *ret_names)
{
        struct inventory *inventory = source->inventory;
        if (source->tpm) /* an interface that cannot be read offers nothing */
                (void)ppi_read_offer(source->ppi_directory, &inventory->tpm.firmware);
        inventory->tpm.lockout_blocked = false; /* as it is now */
        plan_build(source->request, source->policy, inventory, ret_plan);
        if (asks_lockout(source, ret_plan) && tpm_try_empty_lockout_auth(source->tpm, &inventory->tpm) == 0)
                plan_build(source->request, source->policy, inventory, ret_plan);
        if (wants_authorization(source, ret_plan)) {
                source->try_authorization(source->context);
                plan_build(source->request, source->policy, inventory, ret_plan);
        }
        if (ret_plan->first_boot || ret_plan->refusal_count > 0)
                return 0;
        int r = survey_clean(source, ret_plan, ret_names);
        if (r == 0)
                plan_build(source->request, source->policy, inventory, ret_plan);
        return r;
}
