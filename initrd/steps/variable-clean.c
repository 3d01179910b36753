/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/variable-clean.h"

#include "common/base/forget.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

#define FULL_NAME_MAX (EFIVARFS_NAME_MAX + GUID_TEXT_SIZE)

static void full_name(const struct efivar *variable, char ret[static FULL_NAME_MAX])
{
        char guid[GUID_TEXT_SIZE];
        guid_format(&variable->vendor, guid);
        (void)snprintf(ret, FULL_NAME_MAX, "%s-%s", variable->name, guid);
}

/* One that does not go is no reason to stop: what the firmware holds on to, nobody could ever reset. `errors`: one a variable. */
static void remove_all(struct reset *reset, const struct variable_survey *survey, int errors[])
{
        for (size_t i = 0; i < survey->count; i++) {
                const struct efivar *variable = &survey->variables[i];
                if (survey->findings[i].verdict == VARIABLE_REMOVE)
                        errors[i] = efivarfs_remove(&reset->context->variables, &variable->vendor, variable->name);
        }
}

/* 0 also if it chooses no profile any more. */
static int drop_selector(const struct efivarfs *store, const struct efivar *variable)
{
        _cleanup_free_ void *value = NULL;
        struct load_option option;
        size_t size;
        int r = efivarfs_read(store, &variable->vendor, variable->name, &value, &size);
        if (r < 0)
                return r;
        if (load_option_parse(value, size, &option) != ERR_OK)
                return -EIO;
        if (option.selector_at == 0)
                return 0;
        return efivarfs_write(store, &variable->vendor, variable->name, value, load_option_drop_selector(&option, value));
}

/* Never removed first: it may be what starts this machine. */
static void rewrite_all(struct reset *reset, const struct variable_survey *survey)
{
        for (size_t i = 0; i < survey->count; i++)
                if (survey->findings[i].verdict == VARIABLE_REWRITE)
                        (void)drop_selector(&reset->context->variables, &survey->variables[i]); /* looked at again */
}

struct order {
        const char *name;
        enum load_option_kind kind;
};

/* What goes, what should and cannot, and what the policy has choose a profile: that is for a single start, or each would be one.
 * `rewritten`: what should have been is; what still should could not be. */
static bool leaves_order(const struct variable_finding *finding, bool rewritten)
{
        return finding->verdict == VARIABLE_REMOVE || finding->verdict == VARIABLE_LEAVE ||
               (finding->verdict == VARIABLE_REWRITE && rewritten) ||
               (finding->verdict == VARIABLE_KEEP && finding->selects_profile);
}

static bool is_leaving(const struct variable_survey *survey, bool rewritten, enum load_option_kind kind, uint16_t wanted)
{
        uint16_t number;
        for (size_t i = 0; i < survey->count; i++)
                if (leaves_order(&survey->findings[i], rewritten) && guid_equal(&survey->variables[i].vendor, &guid_efi_global) &&
                    load_option_kind(survey->variables[i].name, &number) == kind && number == wanted)
                        return true;
        return false;
}

/* Without the entries that leave it, and only those: what the kernel does not list may be there all the same, and a number
 * without an entry is something that firmware has to cope with (UEFI 2.10, 3.1.1). False: it could not be written, or not be
 * read. */
static bool shorten_order(const struct efivarfs *store, const struct order *order, const struct variable_survey *survey,
                          bool rewritten)
{
        _cleanup_free_ void *value = NULL;
        uint16_t gone[BOOT_ORDER_VALUES_MAX];
        uint8_t shorter[BOOT_ORDER_VALUES_MAX * 2];
        size_t size, count = 0;
        int r = efivarfs_read(store, &guid_efi_global, order->name, &value, &size);
        if (r == -ENOENT)
                return true;
        if (r < 0 || size > sizeof(shorter))
                return false;
        for (size_t at = 0; at + 2 <= size; at += 2) {
                uint16_t number = load_le16((uint8_t *)value + at);
                if (is_leaving(survey, rewritten, order->kind, number))
                        gone[count++] = number;
        }
        if (count == 0)
                return true;
        size = boot_order_without(value, size, gone, count, shorter);
        r = size > 0 ? efivarfs_write(store, &guid_efi_global, order->name, shorter, size)
                     : efivarfs_remove(store, &guid_efi_global, order->name);
        return r >= 0;
}

/* False: an order keeps numbers of entries that went. */
static bool shorten_orders(struct reset *reset, const struct variable_survey *survey, bool rewritten)
{
        static const struct order orders[] = { { "BootOrder", LOAD_OPTION_BOOT },
                                               { "DriverOrder", LOAD_OPTION_DRIVER },
                                               { "SysPrepOrder", LOAD_OPTION_SYSPREP } };
        bool all = true;
        for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
                all &= shorten_order(&reset->context->variables, &orders[i], survey, rewritten);
        return all;
}

/* What only boot services see. Where it cannot be asked, that stays, and is said like any other variable that stays. */
static void request_removal(struct reset *reset)
{
        struct boot_context *context = reset->context;
        uint8_t encoded[FORGET_ENCODED_SIZE];
        bool keys = context->policy.settings.variables.mok == MOK_RESET;
        if (!context->started_by_stub) {
                clean_list_add(&reset->cleaned.variables_kept, "LoaderBootSecret",
                               "if it is there: it takes Cleanslate's boot stub to remove it");
                if (keys)
                        clean_list_add(&reset->cleaned.variables_left, "MokList",
                                       "if it is there: it takes Cleanslate's boot stub to remove it");
                return;
        }
        forget_encode(FORGET_BOOT_SECRET | (keys ? FORGET_OWNER_KEYS : 0), encoded);
        int r = efivarfs_write(&context->variables, &guid_cleanslate, FORGET_VARIABLE_NAME, encoded, sizeof(encoded));
        if (r < 0)
                clean_list_add(&reset->cleaned.variables_left, keys ? "LoaderBootSecret, MokList" : "LoaderBootSecret",
                               "the boot stub, which alone can reach it, cannot be asked to remove it");
}

static const char *error_text(int error)
{
        switch (-error) {
        case EACCES:
        case EPERM:
                return "the firmware does not permit its removal";
        case EEXIST:
                return "put there by the firmware while the variables were cleaned";
        case EROFS:
                return "write-protected by the firmware";
        case EINVAL:
                return "the firmware refuses to remove it";
        default:
                return error < 0 ? "the firmware failed to remove it" : "still there, although the firmware reported its removal";
        }
}

/* survey->count: it is not there. */
static size_t index_of(const struct variable_survey *survey, const struct efivar *variable)
{
        size_t i = 0;
        while (i < survey->count && (!guid_equal(&survey->variables[i].vendor, &variable->vendor) ||
                                     strcmp(survey->variables[i].name, variable->name) != 0))
                i++;
        return i;
}

/* `error`: of removing it; -EEXIST: it was not there before. */
static void note_remaining(struct clean_result *cleaned, const char *name, const struct variable_finding *before,
                           const struct variable_finding *after, int error)
{
        if (after->verdict == VARIABLE_REMOVE)
                clean_list_add(&cleaned->variables_left, name, error_text(error));
        else if (after->verdict == VARIABLE_REWRITE)
                clean_list_add(&cleaned->variables_left, name,
                               "still chooses a profile, because the firmware does not let it be changed");
        else if (after->verdict == VARIABLE_LEAVE)
                clean_list_add(&cleaned->variables_left, name, variable_why_text(after->why));
        else if (before && before->verdict == VARIABLE_REWRITE)
                clean_list_add(&cleaned->variables_kept, name, variable_why_text(before->why));
        else if (after->verdict == VARIABLE_NAME)
                clean_list_add(&cleaned->variables_kept, name, variable_why_text(after->why));
}

/* By a second look at the store, not by what removing them said. */
static void note(struct reset *reset, const struct variable_survey *before, const int errors[],
                 const struct variable_survey *after)
{
        struct clean_result *cleaned = &reset->cleaned;
        char name[FULL_NAME_MAX];
        for (size_t i = 0; i < before->count; i++) {
                full_name(&before->variables[i], name);
                if (before->findings[i].verdict == VARIABLE_REMOVE && index_of(after, &before->variables[i]) == after->count)
                        clean_list_add(&cleaned->variables_removed, name, variable_why_text(before->findings[i].why));
        }
        for (size_t i = 0; i < after->count; i++) {
                size_t at = index_of(before, &after->variables[i]);
                bool known = at < before->count;
                full_name(&after->variables[i], name);
                note_remaining(cleaned, name, known ? &before->findings[at] : NULL, &after->findings[i],
                               known ? errors[at] : -EEXIST);
        }
}

/* Each by itself, where there is no second look at all of them. */
static void note_one_by_one(struct reset *reset, const struct variable_survey *before, const int errors[])
{
        struct clean_result *cleaned = &reset->cleaned;
        char name[FULL_NAME_MAX];
        for (size_t i = 0; i < before->count; i++) {
                const struct efivar *variable = &before->variables[i];
                _cleanup_free_ void *value = NULL;
                size_t size;
                full_name(variable, name);
                int r = efivarfs_read(&reset->context->variables, &variable->vendor, variable->name, &value, &size);
                struct variable_finding now = before->findings[i];
                if (now.verdict == VARIABLE_REWRITE && drop_selector(&reset->context->variables, variable) == 0)
                        now.verdict = VARIABLE_KEEP;
                if (r != -ENOENT)
                        note_remaining(cleaned, name, &before->findings[i], &now, errors[i]);
                else if (before->findings[i].verdict == VARIABLE_REMOVE)
                        clean_list_add(&cleaned->variables_removed, name, variable_why_text(before->findings[i].why));
        }
        clean_list_add(&cleaned->variables_left, "EFI variables", "the firmware does not list them any more");
}

static size_t count_of(const struct clean_list *list)
{
        return list->count + list->more;
}

static void describe(struct reset *reset, bool stale, char *detail, size_t detail_size)
{
        struct clean_result *cleaned = &reset->cleaned;
        char left[64] = "";
        if (count_of(&cleaned->variables_left) > 0)
                (void)snprintf(left, sizeof(left), "; %zu could not be removed", count_of(&cleaned->variables_left));
        (void)snprintf(detail, detail_size, "%zu removed and gone, %zu kept unlisted, boot secret%s left%s%s%s",
                       count_of(&cleaned->variables_removed), count_of(&cleaned->variables_kept),
                       reset->context->policy.settings.variables.mok == MOK_RESET ? " and owner keys" : "",
                       reset->context->started_by_stub ? " to the stub" : ", as there is no stub for it",
                       stale ? "; BootOrder could not be shortened" : "", left);
}

int variables_clean(struct reset *reset, const struct partition_lookup *lookup, char *detail, size_t detail_size)
{
        _cleanup_(variable_survey_done) struct variable_survey before = { 0 }, after = { 0 };
        const struct survey_source source = boot_survey_source(reset->context);
        int r = variable_survey(&source, lookup, &before);
        if (r < 0)
                return r;
        _cleanup_free_ int *errors = calloc(before.count + 1, sizeof(*errors));
        if (!errors)
                return boot_trouble(reset->context, -ENOMEM, "Not enough memory to clean the EFI variables.");
        /* first, so that what does not go is at least not started by itself; a full store may have room when they are gone */
        bool shortened = shorten_orders(reset, &before, false);
        remove_all(reset, &before, errors);
        rewrite_all(reset, &before);
        if (!shortened)
                shortened = shorten_orders(reset, &before, false);
        if (before.error == 0)
                r = variable_survey(&source, lookup, &after);
        if (r < 0)
                return r;
        shortened &= shorten_orders(reset, &after, true);
        request_removal(reset);
        if (before.error < 0 || after.error < 0)
                note_one_by_one(reset, &before, errors);
        else
                note(reset, &before, errors, &after);
        reset->cleaned.variables_cleaned = true;
        reset->course.partial |= count_of(&reset->cleaned.variables_left) > 0;
        describe(reset, !shortened, detail, detail_size);
        return 0;
}
