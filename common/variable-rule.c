/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/variable-rule.h"
#include "common/load-option.h"
#include "common/memory.h"

#define GUID_DIGITS (GUID_TEXT_SIZE - 1)

/* d719b2cb-3d3a-4596-a3bc-dad00e67656f: db, dbx, dbt, dbr (UEFI 2.10, 32.3) */
static const struct guid guid_security_database = { { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0,
                                                      0x0e, 0x67, 0x65, 0x6f } };
static const char *const whys[VARIABLE_WHY_COUNT] = {
        [VARIABLE_WHY_NOTHING] = "the firmware's own",
        [VARIABLE_WHY_OURS] = "Cleanslate's own",
        [VARIABLE_WHY_LISTED_KEEP] = "kept by the image's policy",
        [VARIABLE_WHY_LISTED_REMOVE] = "listed by the image's policy",
        [VARIABLE_WHY_LOADER] = "set by the old system for its boot loader",
        [VARIABLE_WHY_POINTS_NOWHERE] = "a boot entry whose partition is on no disk",
        [VARIABLE_WHY_MOK] = "a request about machine owner keys",
        [VARIABLE_WHY_AUTHENTICATED] = "authenticated, cannot be removed from here",
        [VARIABLE_WHY_UNLISTED] = "not listed by the image's policy",
};

const char *variable_why_text(enum variable_why why)
{
        return (unsigned)why < VARIABLE_WHY_COUNT ? whys[why] : "for an unknown reason";
}

bool variable_name_parse(const char *text, size_t length, struct variable_name *ret)
{
        struct variable_name result;
        size_t name = length < GUID_DIGITS + 2 ? 0 : length - GUID_DIGITS - 1;

        if (name == 0 || text[name] != '-' || !guid_parse(text + name + 1, GUID_DIGITS, &result.vendor))
                return false;
        for (size_t i = 0; i < name; i++)
                if ((uint8_t)text[i] <= ' ' || text[i] == '/' || text[i] == ',' || text[i] == 0x7f)
                        return false;
        if (!text_is_utf8(text, name) || !text_copy(result.name, sizeof(result.name), text, name))
                return false;
        *ret = result;
        return true;
}

static bool is_security(const struct guid *vendor, const char *name)
{
        return guid_equal(vendor, &guid_efi_global) || guid_equal(vendor, &guid_security_database) || text_equal(name, "Setup");
}

bool variable_can_be_listed(const struct variable_name *variable)
{
        return !is_security(&variable->vendor, variable->name) && !guid_equal(&variable->vendor, &guid_cleanslate) &&
               !guid_equal(&variable->vendor, &guid_systemd_factory_reset);
}

static bool is_listed(const struct variable_name *list, size_t count, const struct variable_facts *facts)
{
        for (size_t i = 0; i < count && i < VARIABLES_LISTED_MAX; i++)
                if (guid_equal(&list[i].vendor, &facts->vendor) && text_equal(list[i].name, facts->name))
                        return true;
        return false;
}

static enum variable_verdict judge_firmware(const struct variable_facts *facts, enum variable_why *ret_why)
{
        uint16_t number;

        *ret_why = VARIABLE_WHY_NOTHING;
        if (!guid_equal(&facts->vendor, &guid_efi_global) || !boot_entry_number(facts->name, &number) || !facts->points_nowhere ||
            facts->started_us)
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_POINTS_NOWHERE;
        return VARIABLE_REMOVE;
}

/* What nobody has listed. */
static enum variable_verdict judge_unlisted(const struct variable_policy *policy, const struct variable_facts *facts,
                                            enum variable_why *ret_why)
{
        *ret_why = VARIABLE_WHY_LOADER;
        if (guid_equal(&facts->vendor, &guid_loader_interface))
                return VARIABLE_REMOVE;
        /* SbatLevel and the like decide what may start; a request ("MokNew", "MokDel", ...) changes keys when it is confirmed */
        *ret_why = VARIABLE_WHY_MOK;
        if (guid_equal(&facts->vendor, &guid_shim) && text_starts_with(facts->name, "Mok"))
                return policy->mok == MOK_RESET ? VARIABLE_REMOVE : VARIABLE_NAME;
        *ret_why = VARIABLE_WHY_UNLISTED;
        return VARIABLE_NAME;
}

enum variable_verdict variable_judge(const struct variable_policy *policy, const struct variable_facts *facts,
                                     enum variable_why *ret_why)
{
        bool listed = is_listed(policy->remove, policy->remove_count, facts);

        if (is_security(&facts->vendor, facts->name))
                return judge_firmware(facts, ret_why);
        *ret_why = VARIABLE_WHY_OURS;
        if (guid_equal(&facts->vendor, &guid_cleanslate) || guid_equal(&facts->vendor, &guid_systemd_factory_reset))
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_NOTHING;
        if (!(facts->attributes & VARIABLE_NON_VOLATILE))
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_AUTHENTICATED;
        if (facts->attributes & VARIABLE_AUTHENTICATED)
                return listed ? VARIABLE_NAME : VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_LISTED_KEEP;
        if (is_listed(policy->keep, policy->keep_count, facts))
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_LISTED_REMOVE;
        return listed ? VARIABLE_REMOVE : judge_unlisted(policy, facts, ret_why);
}
