/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of EFI variables, as a policy lists them and a store shows them: no name and no policy removes a key of Secure Boot. */
#include "common/variable-rule.h"
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
                struct variable_facts facts = { never[i], guid_efi_global, 7, true, false };

                MUST(variable_judge(&policy, &facts, &why) == VARIABLE_KEEP);
        }
        struct variable_facts facts = { name.name, name.vendor, 7, false, false };
        MUST(!variable_can_be_listed(&name) || variable_judge(&policy, &facts, &why) == VARIABLE_REMOVE);
        facts.attributes = 7 | 0x20;
        MUST(variable_judge(&policy, &facts, &why) != VARIABLE_REMOVE || guid_equal(&name.vendor, &guid_efi_global));
        return 0;
}
