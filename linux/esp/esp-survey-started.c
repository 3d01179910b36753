/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/esp-survey-started.h"

#include "linux/base/cleanup.h"
#include "linux/disk/boot-disk.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What firmware was told to start (Boot####, by BootCurrent). */
struct boot_current {
        bool known;
        char name[16]; /* Boot#### */
        uint16_t number;
        struct load_option option; /* all zero if it cannot be read: firmware's own default, as far as we know */
};

/* The entry of the tree behind a path that firmware has used: FAT knows files by short names, and paths have "..", too. */
static const struct esp_entry *entry_at(int esp_fd, const struct esp_tree *tree, const char *path)
{
        struct stat wanted, status;
        if (path[0] == 0)
                return NULL;
        for (size_t i = 0; i < tree->count; i++)
                if (!tree->entries[i].directory && esp_path_equal(tree->entries[i].path, path))
                        return &tree->entries[i];
        _cleanup_close_ int fd =
                openat(esp_fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC); /* its number stays the same while it is open */
        if (fd < 0 || fstat(fd, &wanted) < 0)
                return NULL;
        for (size_t i = 0; i < tree->count; i++)
                if (!tree->entries[i].directory && fstatat(esp_fd, tree->entries[i].path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                    status.st_dev == wanted.st_dev && status.st_ino == wanted.st_ino)
                        return &tree->entries[i];
        return NULL;
}

static const struct esp_entry *entry_of_variable(const struct survey_source *source, int esp_fd, const struct esp_survey *survey,
                                                 const char *name)
{
        _cleanup_free_ void *value = NULL;
        char path[LOAD_OPTION_FILE_MAX];
        size_t size;
        if (efivarfs_read_volatile(source->variables, &guid_loader_interface, name, &value, &size) < 0 ||
            !firmware_path_read(value, size, path))
                return NULL;
        return entry_at(esp_fd, &survey->tree, path);
}

/* systemd-stub before 257 names itself only where no boot loader has, in the boot loader's variable. */
static bool stub_speaks_for_loader(const struct survey_source *source)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        return efivarfs_read(source->variables, &guid_loader_interface, "StubImageIdentifier", &value, &size) == -ENOENT &&
               efivarfs_read(source->variables, &guid_loader_interface, "LoaderInfo", &value, &size) == -ENOENT;
}

static const struct esp_entry *entry_of_stub(const struct survey_source *source, int esp_fd, const struct esp_survey *survey)
{
        if (source->stub_file)
                return entry_at(esp_fd, &survey->tree, source->stub_file);
        return entry_of_variable(source, esp_fd, survey,
                                 stub_speaks_for_loader(source) ? "LoaderImageIdentifier" : "StubImageIdentifier");
}

static void find_own(const struct survey_source *source, int esp_fd, struct esp_survey *survey)
{
        const struct esp_entry *own = entry_of_stub(source, esp_fd, survey);
        if (!own || esp_hashes_get(source->hashes, esp_fd, own->path, survey->own_hash) < 0)
                return;
        survey->own = own;
        survey->policy.own = own->path;
}

static void add_before(struct esp_survey *survey, const struct esp_entry *entry)
{
        struct esp_policy *policy = &survey->policy;
        if (entry && entry != survey->own && policy->before_count < ESP_STARTED_MAX)
                policy->before[policy->before_count++] = entry->path;
        policy->alone &= entry && entry == survey->own;
}

static struct boot_current read_boot_current(const struct survey_source *source)
{
        _cleanup_free_ void *current = NULL, *value = NULL;
        struct boot_current result = { 0 };
        size_t size;
        if (efivarfs_read_volatile(source->variables, &guid_efi_global, "BootCurrent", &current, &size) < 0 || size < 2)
                return result;
        result.known = true;
        result.number = load_le16(current);
        (void)snprintf(result.name, sizeof(result.name), "Boot%04X", result.number);
        if (efivarfs_read(source->variables, &guid_efi_global, result.name, &value, &size) == 0)
                (void)load_option_parse(value, size, &result.option);
        return result;
}

static bool is_in_order(const struct survey_source *source, uint16_t number)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        if (efivarfs_read(source->variables, &guid_efi_global, "BootOrder", &value, &size) < 0)
                return false;
        for (size_t at = 0; at + 2 <= size; at += 2)
                if (load_le16((uint8_t *)value + at) == number)
                        return true;
        return false;
}

/* One that the reset is certain to leave in BootOrder: with a word for a profile it stays there only if it can be rewritten. */
static bool is_sure(const struct survey_source *source, const struct boot_current *current)
{
        return is_in_order(source, current->number) && current->option.selector_at == 0;
}

/* Firmware has started the file of its entry, or what it starts from a disk or partition as a whole. */
static void find_firmwares(const struct survey_source *source, int esp_fd, struct esp_survey *survey)
{
        const struct boot_current current = read_boot_current(source);
        const struct load_option *option = &current.option;
        struct esp_policy *policy = &survey->policy;
        if (option->has_partition && !guid_equal(&option->partition, &source->esp)) {
                policy->alone = false; /* from elsewhere, and whatever it was has found us here */
        } else if (option->file[0] || option->file_unknown || option->in_firmware) {
                const struct esp_entry *entry = entry_at(esp_fd, &survey->tree, option->file);
                add_before(survey, entry);
                policy->has_entry = entry && is_sure(source, &current);
        } else if (!policy->own || !esp_path_matches(ESP_DEFAULT_LOADERS, policy->own)) {
                policy->default_before = true;
                policy->alone = false;
        }
}

/* A boot loader that says so, and is none that we have published ourselves. */
static void find_boot_loader(const struct survey_source *source, int esp_fd, struct esp_survey *survey)
{
        struct guid partition;
        _cleanup_free_ void *value = NULL;
        size_t size;
        if (efivarfs_read_volatile(source->variables, &guid_loader_interface, "LoaderImageIdentifier", &value, &size) < 0)
                return;
        if (loader_partition_read(source->variables, "LoaderDevicePartUUID", &partition) && !guid_equal(&partition, &source->esp))
                survey->policy.alone = false;
        else
                add_before(survey, entry_of_variable(source, esp_fd, survey, "LoaderImageIdentifier"));
}

void esp_started_find(const struct survey_source *source, int esp_fd, struct esp_survey *survey)
{
        if (source->stub_file || source->variables->directory_fd >= 0)
                find_own(source, esp_fd, survey);
        survey->policy.alone = survey->own != NULL;
        if (source->variables->directory_fd < 0)
                return;
        find_firmwares(source, esp_fd, survey);
        find_boot_loader(source, esp_fd, survey);
}
