/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/variable-survey.h"

#include "linux/cleanup.h"
#include <errno.h>
#include <string.h>

/* An entry that cannot be understood, or that names no partition of a GPT disk, points somewhere as far as we know. */
static bool points_nowhere(const struct survey_source *source, const struct partition_lookup *lookup,
                           const struct efivar *variable)
{
        _cleanup_free_ void *value = NULL;
        struct load_option option;
        size_t size;
        if (efivarfs_read(source->variables, &variable->vendor, variable->name, &value, &size) < 0 ||
            load_option_parse(value, size, &option) != ERR_OK || !option.has_partition)
                return false;
        return !lookup->exists(lookup->context, &option.partition);
}

static bool is_boot_current(const struct survey_source *source, uint16_t number)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        return efivarfs_read(source->variables, &guid_efi_global, "BootCurrent", &value, &size) == 0 && size >= 2 &&
               load_le16(value) == number;
}

static void judge(const struct survey_source *source, const struct partition_lookup *lookup, const struct efivar *variable,
                  struct variable_finding *ret)
{
        struct variable_facts facts = { .name = variable->name, .vendor = variable->vendor, .attributes = variable->attributes };
        uint16_t number;
        if (guid_equal(&variable->vendor, &guid_efi_global) && boot_entry_number(variable->name, &number)) {
                facts.started_us = is_boot_current(source, number);
                facts.points_nowhere = points_nowhere(source, lookup, variable);
        }
        ret->verdict = variable_judge(&source->settings->variables, &facts, &ret->why);
}

int variable_survey(const struct survey_source *source, const struct partition_lookup *lookup, struct variable_survey *ret)
{
        int r = efivarfs_list(source->variables, &ret->variables, &ret->count);
        if (r < 0)
                return trouble_note(&source->trouble, r, "The EFI variables cannot be listed: %s.", strerror(-r));
        ret->findings = calloc(ret->count + 1, sizeof(*ret->findings));
        if (!ret->findings)
                return trouble_note(&source->trouble, -ENOMEM, "Not enough memory to look at the EFI variables.");
        for (size_t i = 0; i < ret->count; i++) {
                judge(source, lookup, &ret->variables[i], &ret->findings[i]);
                ret->removals += ret->findings[i].verdict == VARIABLE_REMOVE;
        }
        return 0;
}

void variable_survey_done(struct variable_survey *survey)
{
        free(survey->variables);
        free(survey->findings);
        *survey = (struct variable_survey){ 0 };
}
