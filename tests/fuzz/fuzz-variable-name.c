/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of EFI variables, as a policy lists them and a store shows them: no name and no policy removes a key of Secure Boot. */
#include "common/rules/variable-rule.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const never[] = { "PK", "KEK", "SetupMode", "BootOrder" };
        struct variable_policy policy = { .mok = MOK_RESET };
        struct variable_name name;
        enum variable_why why = VARIABLE_WHY_COUNT;

        if (!variable_name_parse((const char *)data, size, &name))
                return 0;
        MUST(name.name[0] != '\0' && strnlen(name.name, sizeof(name.name)) < sizeof(name.name));
        MUST(strlen(name.name) + GUID_TEXT_SIZE == size);
        policy.remove[policy.remove_count++] = name;
        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
                struct variable_facts facts = {
                        .name = never[i], .vendor = guid_efi_global, .attributes = 7, .target = OPTION_PARTITION_GONE
                };

                MUST(variable_judge(&policy, &facts, &why) == VARIABLE_KEEP);
        }
        struct variable_facts facts = { .name = name.name, .vendor = name.vendor, .attributes = 7 };
        MUST(!variable_can_be_listed(&name) || variable_can_be_kept(&name));
        MUST(!variable_can_be_listed(&name) || variable_judge(&policy, &facts, &why) == VARIABLE_REMOVE);
        facts.started_us = true;
        facts.target = OPTION_FILE_GONE;
        MUST(strncmp(name.name, "Boot0", 5) != 0 || !guid_equal(&name.vendor, &guid_efi_global) ||
             variable_judge(&policy, &facts, &why) == VARIABLE_KEEP);
        facts.attributes = 7 | 0x20;
        MUST(variable_judge(&policy, &facts, &why) != VARIABLE_REMOVE);
        return 0;
}
