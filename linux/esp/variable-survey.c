/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/variable-survey.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

static enum option_target target_on_esp(const struct esp_survey *files, const char *file)
{
        switch (esp_survey_find(files, file)) {
        case ESP_KEEP:
                return OPTION_FILE_STAYS;
        case ESP_NAME:
                return files->policy.list.present ? OPTION_FILE_UNDECLARED : OPTION_FILE_UNKNOWN;
        case ESP_REMOVE:
                break;
        }
        return OPTION_FILE_GONE;
}

static enum option_target target_of(const struct partition_lookup *lookup, const struct load_option *option)
{
        bool on_esp = lookup->files && option->has_partition && guid_equal(&option->partition, &lookup->esp);
        if (option->in_firmware)
                return OPTION_IN_FIRMWARE;
        if (!option->has_partition)
                return OPTION_ELSEWHERE;
        if (!lookup->exists(lookup->context, &option->partition))
                return OPTION_PARTITION_GONE;
        if (!on_esp)
                return OPTION_ELSEWHERE;
        if (option->file_unknown)
                return lookup->files->policy.list.present ? OPTION_FILE_UNDECLARED : OPTION_FILE_UNKNOWN;
        return target_on_esp(lookup->files, option->file);
}

static void read_option(const struct survey_source *source, const struct partition_lookup *lookup, const struct efivar *variable,
                        struct variable_facts *facts)
{
        _cleanup_free_ void *value = NULL;
        struct load_option option;
        size_t size;
        if (efivarfs_read(source->variables, &variable->vendor, variable->name, &value, &size) < 0 ||
            load_option_parse(value, size, &option) != ERR_OK)
                return;
        facts->target = target_of(lookup, &option);
        facts->has_data = option.has_data;
        facts->selects_profile = option.selector_at > 0;
}

static bool is_boot_current(const struct survey_source *source, uint16_t number)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        return efivarfs_read_volatile(source->variables, &guid_efi_global, "BootCurrent", &value, &size) == 0 && size >= 2 &&
               load_le16(value) == number;
}

static enum load_option_kind kind_of(const struct efivar *variable, uint16_t *ret_number)
{
        return guid_equal(&variable->vendor, &guid_efi_global) ? load_option_kind(variable->name, ret_number) : LOAD_OPTION_NONE;
}

static void judge(const struct survey_source *source, const struct partition_lookup *lookup, const struct efivar *variable,
                  struct variable_finding *ret)
{
        struct variable_facts facts = { .name = variable->name,
                                        .vendor = variable->vendor,
                                        .attributes = variable->attributes,
                                        .unreadable = variable->unreadable };
        uint16_t number;
        enum load_option_kind kind = kind_of(variable, &number);
        if (kind != LOAD_OPTION_NONE && kind != LOAD_OPTION_KEY)
                read_option(source, lookup, variable, &facts);
        facts.started_us = kind == LOAD_OPTION_BOOT && is_boot_current(source, number);
        ret->selects_profile = facts.selects_profile;
        ret->verdict = variable_judge(&source->settings->variables, &facts, &ret->why);
}

static bool boot_entry_changes(const struct variable_survey *survey, uint16_t wanted)
{
        uint16_t number;
        for (size_t i = 0; i < survey->count; i++)
                if ((survey->findings[i].verdict == VARIABLE_REMOVE || survey->findings[i].verdict == VARIABLE_REWRITE) &&
                    kind_of(&survey->variables[i], &number) == LOAD_OPTION_BOOT && number == wanted)
                        return true;
        return false;
}

/* Behind all others: a key goes with the entry that it starts, and knows a changed one no more. */
static void judge_keys(const struct survey_source *source, struct variable_survey *survey)
{
        for (size_t i = 0; i < survey->count; i++) {
                _cleanup_free_ void *value = NULL;
                const struct efivar *variable = &survey->variables[i];
                uint16_t number, entry;
                size_t size;
                if (kind_of(variable, &number) != LOAD_OPTION_KEY ||
                    efivarfs_read(source->variables, &variable->vendor, variable->name, &value, &size) < 0 ||
                    !key_option_boot_entry(value, size, &entry) || !boot_entry_changes(survey, entry))
                        continue;
                struct variable_facts facts = { .name = variable->name,
                                                .vendor = variable->vendor,
                                                .attributes = variable->attributes };
                facts.target = OPTION_FILE_GONE;
                survey->findings[i].verdict = variable_judge(&source->settings->variables, &facts, &survey->findings[i].why);
        }
}

int variable_survey(const struct survey_source *source, const struct partition_lookup *lookup, struct variable_survey *ret)
{
        int r = efivarfs_list(source->variables, &ret->variables, &ret->count);
        ret->error = source->begun && r < 0 && r != -ENOMEM ? r : 0;
        if (ret->error < 0)
                return 0;
        if (r < 0)
                return trouble_note(&source->trouble, r, "The EFI variables cannot be listed: %s.", strerror(-r));
        ret->findings = calloc(ret->count + 1, sizeof(*ret->findings));
        if (!ret->findings)
                return trouble_note(&source->trouble, -ENOMEM, "Not enough memory to look at the EFI variables.");
        for (size_t i = 0; i < ret->count; i++)
                judge(source, lookup, &ret->variables[i], &ret->findings[i]);
        judge_keys(source, ret);
        for (size_t i = 0; i < ret->count; i++) {
                ret->removals += ret->findings[i].verdict == VARIABLE_REMOVE;
                ret->lefts += ret->findings[i].verdict == VARIABLE_LEAVE;
        }
        return 0;
}

void variable_survey_done(struct variable_survey *survey)
{
        free(survey->variables);
        free(survey->findings);
        *survey = (struct variable_survey){ 0 };
}
