/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/variable-clean.h"

#include "common/forget.h"
#include "linux/cleanup.h"
#include <errno.h>
#include <string.h>

#define FULL_NAME_MAX (EFIVARFS_NAME_MAX + GUID_TEXT_SIZE)

static void full_name(const struct efivar *variable, char ret[static FULL_NAME_MAX])
{
        char guid[GUID_TEXT_SIZE];
        guid_format(&variable->vendor, guid);
        (void)snprintf(ret, FULL_NAME_MAX, "%s-%s", variable->name, guid);
}

static int remove_all(struct reset *reset, const struct variable_survey *survey)
{
        char name[FULL_NAME_MAX];
        for (size_t i = 0; i < survey->count; i++) {
                const struct efivar *variable = &survey->variables[i];
                if (survey->findings[i].verdict != VARIABLE_REMOVE)
                        continue;
                full_name(variable, name);
                int r = efivarfs_remove(&reset->device->variables, &variable->vendor, variable->name);
                if (r < 0)
                        return device_trouble(reset->device, r, "The EFI variable %s cannot be removed: %s.", name, strerror(-r));
                beyond_add(&reset->beyond.variables_removed, name, variable_why_text(survey->findings[i].why));
        }
        return 0;
}

static bool has_entry(const struct variable_survey *survey, uint16_t wanted)
{
        uint16_t number;
        for (size_t i = 0; i < survey->count; i++)
                if (guid_equal(&survey->variables[i].vendor, &guid_efi_global) &&
                    boot_entry_number(survey->variables[i].name, &number) && number == wanted)
                        return true;
        return false;
}

/* Entries that are not there any more, of an interrupted cleaning too. A store too full for the shorter value keeps the old one,
 * which firmware has to cope with (UEFI 2.10, 3.1.1): *ret_stale says so. */
static int shorten_boot_order(struct reset *reset, const struct variable_survey *survey, bool *ret_stale)
{
        const struct efivarfs *store = &reset->device->variables;
        _cleanup_free_ void *value = NULL;
        uint16_t gone[BOOT_ORDER_VALUES_MAX];
        uint8_t order[BOOT_ORDER_VALUES_MAX * 2];
        size_t size, count = 0;
        int r = efivarfs_read(store, &guid_efi_global, "BootOrder", &value, &size);
        if (r == -ENOENT || (r == 0 && size > sizeof(order)))
                return 0;
        for (size_t at = 0; r == 0 && at + 2 <= size; at += 2) {
                uint16_t number = load_le16((uint8_t *)value + at);
                if (!has_entry(survey, number))
                        gone[count++] = number;
        }
        if (r == 0 && count > 0) {
                size = boot_order_without(value, size, gone, count, order);
                r = size > 0 ? efivarfs_write(store, &guid_efi_global, "BootOrder", order, size)
                             : efivarfs_remove(store, &guid_efi_global, "BootOrder");
        }
        *ret_stale = r == -ENOSPC;
        if (r == -ENOSPC)
                return 0;
        return r < 0 ? device_trouble(reset->device, r, "BootOrder cannot be rewritten without the entries that are gone: %s.",
                                      strerror(-r))
                     : 0;
}

/* What only boot services see. */
static int ask_stub(struct reset *reset)
{
        struct device *device = reset->device;
        uint8_t encoded[FORGET_ENCODED_SIZE];
        bool keys = device->policy.settings.variables.mok == MOK_RESET;
        forget_encode(FORGET_BOOT_SECRET | (keys ? FORGET_OWNER_KEYS : 0), encoded);
        int r = efivarfs_write(&device->variables, &guid_cleanslate, FORGET_VARIABLE_NAME, encoded, sizeof(encoded));
        return r < 0 ? device_trouble(device, r,
                                      "The stub cannot be asked to remove what only it can reach, the boot secret%s: %s.",
                                      keys ? " and the machine owner keys" : "", strerror(-r))
                     : 0;
}

static int verify(struct reset *reset, const struct variable_survey *survey)
{
        char name[FULL_NAME_MAX];
        for (size_t i = 0; i < survey->count; i++) {
                const struct variable_finding *finding = &survey->findings[i];
                full_name(&survey->variables[i], name);
                if (finding->verdict == VARIABLE_REMOVE)
                        return device_trouble(reset->device, -EBADMSG, "The EFI variable %s was removed and is still there.",
                                              name);
                if (finding->verdict == VARIABLE_NAME)
                        beyond_add(&reset->beyond.variables_kept, name, variable_why_text(finding->why));
        }
        return 0;
}

int variables_clean(struct reset *reset, const struct partition_lookup *lookup, char *detail, size_t detail_size)
{
        _cleanup_(variable_survey_done) struct variable_survey before = { 0 }, after = { 0 };
        struct beyond *beyond = &reset->beyond;
        const struct survey_source source = device_survey_source(reset->device);
        bool stale = false;
        int r = variable_survey(&source, lookup, &before);
        if (r == 0)
                r = remove_all(reset, &before);
        if (r == 0)
                r = variable_survey(&source, lookup, &after);
        if (r == 0)
                r = shorten_boot_order(reset, &after, &stale);
        if (r == 0)
                r = verify(reset, &after);
        if (r == 0)
                r = ask_stub(reset);
        if (r < 0)
                return r;
        beyond->variables_cleaned = true;
        (void)snprintf(detail, detail_size, "%zu removed and gone, %zu kept unlisted, boot secret%s left to the stub%s",
                       before.removals, beyond->variables_kept.count + beyond->variables_kept.more,
                       reset->device->policy.settings.variables.mok == MOK_RESET ? " and owner keys" : "",
                       stale ? "; the store is too full to shorten BootOrder" : "");
        return 0;
}
