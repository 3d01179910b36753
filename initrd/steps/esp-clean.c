/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/esp-clean.h"

#include "initrd/esp.h"
#include "linux/base/cleanup.h"
#include "linux/disk/inventory.h"
#include "linux/esp/esp-erase.h"
#include "linux/esp/fat-free.h"
#include <errno.h>
#include <string.h>

/* From the end: what is in a directory comes behind it in the list. */
static int remove_all(struct reset *reset, int esp_fd, const struct esp_survey *survey)
{
        for (size_t i = survey->tree.count; i-- > 0;) {
                const struct esp_entry *entry = &survey->tree.entries[i];
                if (survey->findings[i].verdict != ESP_REMOVE)
                        continue;
                int r = esp_erase_entry(esp_fd, entry->path, entry->directory);
                if (r < 0)
                        return boot_trouble(reset->context, r, "%s on the EFI system partition cannot be erased: %s.",
                                            entry->path, strerror(-r));
                clean_list_add(&reset->cleaned.esp_removed, entry->path, esp_why_text(survey->findings[i].why));
        }
        return 0;
}

/* In the root and in every directory that stays. *ret_large: how many were too large to be gone through. */
static int erase_names(struct reset *reset, int esp_fd, const struct esp_survey *survey, unsigned *ret_large)
{
        bool complete = true;
        int r = esp_erase_names(esp_fd, "", &complete);
        *ret_large = !complete;
        for (size_t i = 0; r == 0 && i < survey->tree.count; i++) {
                if (!survey->tree.entries[i].directory || survey->findings[i].verdict == ESP_REMOVE)
                        continue;
                r = esp_erase_names(esp_fd, survey->tree.entries[i].path, &complete);
                *ret_large += r == 0 && !complete;
        }
        return r < 0 ? boot_trouble(reset->context, r,
                                    "The names of deleted files on the EFI system partition cannot be overwritten: %s.",
                                    strerror(-r))
                     : 0;
}

int esp_clean_directory(struct reset *reset, int esp_fd, struct esp_cleaning *cleaning)
{
        _cleanup_(esp_survey_done) struct esp_survey survey = { 0 };
        const struct survey_source source = boot_survey_source(reset->context);
        int r = esp_survey(&source, esp_fd, &survey);
        cleaning->removed = survey.removals;
        if (r == 0)
                r = remove_all(reset, esp_fd, &survey);
        if (r == 0 && !reset->context->policy.settings.esp_leave_free_space)
                r = erase_names(reset, esp_fd, &survey, &cleaning->large_directories);
        return r;
}

/* The clusters of what was deleted are among those that are free now. */
static int erase_free_space(struct reset *reset, struct esp_cleaning *cleaning)
{
        struct boot_context *context = reset->context;
        struct meter meter = report_meter(&context->report, N_("overwriting free space"));
        char path[DEVICE_PATH_MAX];
        int r = inventory_partition_path(&context->inventory, &context->inventory.esp, path);
        if (r == 0)
                r = fat_free_overwrite(path, &meter, &cleaning->free);
        reset->cleaned.free_bytes_overwritten = cleaning->free.overwritten;
        reset->cleaned.unused_bytes_overwritten = cleaning->free.unused;
        if (r == -EBADMSG)
                return boot_trouble(context, r,
                                    "Free space of the EFI system partition was overwritten, but reads back "
                                    "otherwise: the medium is faulty.");
        return r < 0 ? boot_trouble(context, r, "Free space of the EFI system partition cannot be overwritten: %s.", strerror(-r))
                     : 0;
}

int esp_check_directory(struct reset *reset, int esp_fd)
{
        _cleanup_(esp_survey_done) struct esp_survey survey = { 0 };
        struct clean_result *cleaned = &reset->cleaned;
        const struct survey_source source = boot_survey_source(reset->context);
        int r = esp_survey(&source, esp_fd, &survey);
        for (size_t i = 0; r == 0 && i < survey.tree.count; i++) {
                const struct esp_finding *finding = &survey.findings[i];
                const char *path = survey.tree.entries[i].path;
                if (finding->verdict == ESP_REMOVE)
                        r = boot_trouble(reset->context, -EBADMSG,
                                         "%s on the EFI system partition was deleted and is still there.", path);
                else if (finding->verdict == ESP_NAME)
                        clean_list_add(finding->why == ESP_WHY_ALTERED ? &cleaned->esp_altered : &cleaned->esp_kept, path,
                                       esp_why_text(finding->why));
        }
        cleaned->esp_cleaned = r == 0;
        return r;
}

/* Mounted for as long as `act` takes; what was written has reached the disk then. */
static int on_mounted(struct reset *reset, int (*act)(struct reset *reset, int esp_fd, struct esp_cleaning *cleaning),
                      struct esp_cleaning *cleaning)
{
        struct boot_context *context = reset->context;
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        int r = esp_open(&context->inventory, &esp);
        if (r < 0)
                return boot_trouble(context, r, "The EFI system partition cannot be opened for cleaning: %s.", strerror(-r));
        return act(reset, esp.fd, cleaning);
}

int esp_look(struct reset *reset, struct esp_survey *ret)
{
        struct boot_context *context = reset->context;
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        const struct survey_source source = boot_survey_source(context);
        int r = esp_open_read_only(&context->inventory, &esp);
        if (r < 0)
                return boot_trouble(context, r, "The EFI system partition cannot be opened: %s.", strerror(-r));
        return esp_survey(&source, esp.fd, ret);
}

static int check_mounted(struct reset *reset, int esp_fd, struct esp_cleaning *cleaning)
{
        (void)cleaning;
        return esp_check_directory(reset, esp_fd);
}

void esp_cleaning_text(const struct reset *reset, const struct esp_cleaning *cleaning, char *ret, size_t size)
{
        const struct clean_result *cleaned = &reset->cleaned;
        char disputed[96] = "";
        if (cleaning->free.disputed > 0)
                (void)snprintf(disputed, sizeof(disputed), "; %llu bytes left, as copies of the table disagree about them",
                               (unsigned long long)cleaning->free.disputed);
        (void)snprintf(ret, size, "%zu removed, %zu kept undeclared, %zu altered; %llu free bytes %s%s%s", cleaning->removed,
                       cleaned->esp_kept.count + cleaned->esp_kept.more, cleaned->esp_altered.count + cleaned->esp_altered.more,
                       (unsigned long long)cleaning->free.overwritten,
                       reset->context->policy.settings.esp_leave_free_space ? "overwritten, as the policy leaves free space"
                                                                            : "overwritten and read back",
                       disputed, cleaning->large_directories ? "; old names may be left in large directories" : "");
}

int esp_clean(struct reset *reset, char *detail, size_t detail_size)
{
        struct esp_cleaning cleaning = { 0 };
        int r = on_mounted(reset, esp_clean_directory, &cleaning);
        if (r == 0 && !reset->context->policy.settings.esp_leave_free_space)
                r = erase_free_space(reset, &cleaning);
        if (r == 0)
                r = on_mounted(reset, check_mounted, &cleaning); /* a second look, at what the disk has */
        if (r == 0)
                esp_cleaning_text(reset, &cleaning, detail, detail_size);
        return r;
}
