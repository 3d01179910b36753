/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/rules/variable-rule.h"
#include "common/base/memory.h"
#include "common/format/load-option.h"

#define GUID_DIGITS (GUID_TEXT_SIZE - 1)

static const char *const whys[VARIABLE_WHY_COUNT] = {
        [VARIABLE_WHY_NOTHING] = "the firmware's own",
        [VARIABLE_WHY_OURS] = "Cleanslate's own",
        [VARIABLE_WHY_LISTED_KEEP] = "kept by the image's policy",
        [VARIABLE_WHY_LISTED_REMOVE] = "listed by the image's policy",
        [VARIABLE_WHY_LOADER] = "set by the old system for its boot loader",
        [VARIABLE_WHY_STARTED_US] = "started this machine",
        [VARIABLE_WHY_NEXT] = "what the next start would have been diverted to",
        [VARIABLE_WHY_BEFORE] = "run by the firmware before any boot entry",
        [VARIABLE_WHY_FIRMWARE] = "lies in the firmware itself",
        [VARIABLE_WHY_DECLARED] = "starts a file that stays",
        [VARIABLE_WHY_DATA] = "starts a file that stays, with data of its own",
        [VARIABLE_WHY_SELECTOR] = "a boot entry, without the profile that it chose",
        [VARIABLE_WHY_POINTS_NOWHERE] = "a boot entry whose partition is on no disk",
        [VARIABLE_WHY_FILE_GONE] = "a boot entry whose file is not on the EFI system partition",
        [VARIABLE_WHY_FILE_UNDECLARED] = "a boot entry for a file that the image does not declare",
        [VARIABLE_WHY_KEY_GONE] = "a key for a boot entry that was removed or changed",
        [VARIABLE_WHY_ELSEWHERE] = "a boot entry for another disk, or the network",
        [VARIABLE_WHY_UNREADABLE] = "a boot entry that cannot be read",
        [VARIABLE_WHY_RECOVERY] = "a recovery entry of the firmware",
        [VARIABLE_WHY_MOK] = "a request about machine owner keys",
        [VARIABLE_WHY_AUTHENTICATED] = "authenticated, cannot be removed or changed from here",
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

bool variable_can_be_kept(const struct variable_name *variable)
{
        uint16_t number;

        return variable_can_be_listed(variable) ||
               (guid_equal(&variable->vendor, &guid_efi_global) && load_option_kind(variable->name, &number) != LOAD_OPTION_NONE);
}

static bool is_listed(const struct variable_name *list, size_t count, const struct guid *vendor, const char *name)
{
        for (size_t i = 0; i < count && i < VARIABLES_LISTED_MAX; i++)
                if (guid_equal(&list[i].vendor, vendor) && text_equal(list[i].name, name))
                        return true;
        return false;
}

bool variable_is_listed_kept(const struct variable_policy *policy, const struct guid *vendor, const char *name)
{
        return is_listed(policy->keep, policy->keep_count, vendor, name);
}

/* Nothing that is not ours to remove, and nothing that could be needed to start this machine. */
static enum variable_verdict judge_boot_entry(const struct variable_facts *facts, enum variable_why *ret_why)
{
        static const struct {
                enum variable_verdict verdict;
                enum variable_why why;
        } by_target[] = {
                [OPTION_UNREADABLE] = { VARIABLE_NAME, VARIABLE_WHY_UNREADABLE },
                [OPTION_IN_FIRMWARE] = { VARIABLE_NAME, VARIABLE_WHY_FIRMWARE },
                [OPTION_ELSEWHERE] = { VARIABLE_NAME, VARIABLE_WHY_ELSEWHERE },
                [OPTION_PARTITION_GONE] = { VARIABLE_REMOVE, VARIABLE_WHY_POINTS_NOWHERE },
                [OPTION_FILE_GONE] = { VARIABLE_REMOVE, VARIABLE_WHY_FILE_GONE },
                [OPTION_FILE_UNDECLARED] = { VARIABLE_REMOVE, VARIABLE_WHY_FILE_UNDECLARED },
                [OPTION_FILE_UNKNOWN] = { VARIABLE_NAME, VARIABLE_WHY_FILE_UNDECLARED },
                [OPTION_FILE_STAYS] = { VARIABLE_KEEP, VARIABLE_WHY_DECLARED },
        };

        *ret_why = VARIABLE_WHY_STARTED_US;
        if (facts->started_us)
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_DATA;
        if (facts->target == OPTION_FILE_STAYS && facts->has_data)
                return VARIABLE_NAME;
        if ((size_t)facts->target >= ARRAY_SIZE(by_target))
                return VARIABLE_KEEP;
        *ret_why = by_target[facts->target].why;
        return by_target[facts->target].verdict;
}

/* Where no image needs them, only firmware and former owners have put some there. Nobody but firmware can make one unreadable. */
static enum variable_verdict judge_before_boot(const struct variable_facts *facts, enum variable_why *ret_why)
{
        *ret_why = VARIABLE_WHY_UNREADABLE;
        if (facts->unreadable)
                return VARIABLE_NAME;
        *ret_why = facts->target == OPTION_IN_FIRMWARE ? VARIABLE_WHY_FIRMWARE : VARIABLE_WHY_BEFORE;
        return facts->target == OPTION_IN_FIRMWARE ? VARIABLE_NAME : VARIABLE_REMOVE;
}

static enum variable_verdict judge_target(enum load_option_kind kind, const struct variable_facts *facts,
                                          enum variable_why *ret_why)
{
        *ret_why = VARIABLE_WHY_NOTHING;
        switch (kind) {
        case LOAD_OPTION_BOOT:
                return judge_boot_entry(facts, ret_why);
        case LOAD_OPTION_DRIVER:
        case LOAD_OPTION_SYSPREP:
                return judge_before_boot(facts, ret_why);
        case LOAD_OPTION_PLATFORM_RECOVERY:
                *ret_why = facts->target == OPTION_IN_FIRMWARE ? VARIABLE_WHY_FIRMWARE : VARIABLE_WHY_RECOVERY;
                return VARIABLE_NAME;
        case LOAD_OPTION_KEY:
                if (facts->target == OPTION_FILE_GONE)
                        *ret_why = VARIABLE_WHY_KEY_GONE;
                return facts->target == OPTION_FILE_GONE ? VARIABLE_REMOVE : VARIABLE_KEEP;
        case LOAD_OPTION_NONE:
                break;
        }
        return VARIABLE_KEEP;
}

/* Whatever it points to, and whoever hands the word on: a disk as a whole may be ours, and so may what another loader starts. */
static enum variable_verdict judge_option(enum load_option_kind kind, const struct variable_facts *facts,
                                          enum variable_why *ret_why)
{
        enum variable_verdict verdict = judge_target(kind, facts, ret_why);

        if (verdict == VARIABLE_REMOVE || !facts->selects_profile)
                return verdict;
        *ret_why = VARIABLE_WHY_SELECTOR;
        return VARIABLE_REWRITE;
}

static enum variable_verdict judge_firmware(const struct variable_policy *policy, const struct variable_facts *facts,
                                            enum variable_why *ret_why)
{
        uint16_t number;
        enum load_option_kind kind = load_option_kind(facts->name, &number);
        enum variable_verdict verdict = VARIABLE_KEEP;

        *ret_why = VARIABLE_WHY_NOTHING;
        if (!guid_equal(&facts->vendor, &guid_efi_global) || !(facts->attributes & VARIABLE_NON_VOLATILE))
                return VARIABLE_KEEP;
        if (kind != LOAD_OPTION_NONE && variable_is_listed_kept(policy, &facts->vendor, facts->name)) {
                *ret_why = VARIABLE_WHY_LISTED_KEEP;
                return VARIABLE_KEEP;
        }
        if (text_equal(facts->name, "BootNext")) {
                *ret_why = VARIABLE_WHY_NEXT;
                verdict = VARIABLE_REMOVE;
        } else {
                verdict = judge_option(kind, facts, ret_why);
        }
        if ((verdict != VARIABLE_REMOVE && verdict != VARIABLE_REWRITE) || !(facts->attributes & VARIABLE_AUTHENTICATED))
                return verdict;
        *ret_why = VARIABLE_WHY_AUTHENTICATED;
        return VARIABLE_LEAVE;
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

static bool is_ours(const struct variable_facts *facts)
{
        return guid_equal(&facts->vendor, &guid_cleanslate) || guid_equal(&facts->vendor, &guid_systemd_factory_reset);
}

enum variable_verdict variable_judge(const struct variable_policy *policy, const struct variable_facts *facts,
                                     enum variable_why *ret_why)
{
        bool listed = is_listed(policy->remove, policy->remove_count, &facts->vendor, facts->name);

        if (is_security(&facts->vendor, facts->name))
                return judge_firmware(policy, facts, ret_why);
        *ret_why = VARIABLE_WHY_OURS;
        if (is_ours(facts)) {
                if (!(facts->attributes & VARIABLE_NON_VOLATILE) || !(facts->attributes & VARIABLE_AUTHENTICATED))
                        return VARIABLE_KEEP;
                *ret_why = VARIABLE_WHY_AUTHENTICATED; /* by a key of somebody's own, in the place of one of ours */
                return VARIABLE_LEAVE;
        }
        *ret_why = VARIABLE_WHY_NOTHING;
        if (!(facts->attributes & VARIABLE_NON_VOLATILE))
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_LISTED_KEEP;
        if (variable_is_listed_kept(policy, &facts->vendor, facts->name))
                return VARIABLE_KEEP;
        *ret_why = VARIABLE_WHY_LISTED_REMOVE;
        enum variable_verdict verdict = listed ? VARIABLE_REMOVE : judge_unlisted(policy, facts, ret_why);
        if (!(facts->attributes & VARIABLE_AUTHENTICATED))
                return verdict;
        *ret_why = VARIABLE_WHY_AUTHENTICATED;
        return verdict == VARIABLE_REMOVE ? VARIABLE_LEAVE : VARIABLE_NAME;
}
