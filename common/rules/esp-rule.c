/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places and names are those of systemd-stub(7), systemd-boot(7) and systemd-tpm2-swtpm.service(8). See esp-rule.h. */
#include "common/rules/esp-rule.h"

#include "common/format/preserve-bundle.h"

static const char *const whys[ESP_WHY_COUNT] = {
        [ESP_WHY_STARTED_US] = "started this machine",
        [ESP_WHY_CAME_BEFORE] = "has started this machine, not declared",
        [ESP_WHY_COPY] = "a copy of what has started this machine",
        [ESP_WHY_ONLY_WAY] = "not declared, but nothing else is sure to start this machine",
        [ESP_WHY_DECLARED] = "declared by the image",
        [ESP_WHY_OURS] = "a record of ours",
        [ESP_WHY_DIRECTORY] = "a directory",
        [ESP_WHY_LEFTOVER] = "left over from an interrupted cleaning",
        [ESP_WHY_KEEP] = "a bundle of files to be kept",
        [ESP_WHY_DROP_IN] = "picked up at boot, not declared",
        [ESP_WHY_CREDENTIAL] = "a credential, not declared",
        [ESP_WHY_EXTENSION] = "an extension, not declared",
        [ESP_WHY_SOFTWARE_TPM] = "state of a software TPM",
        [ESP_WHY_RANDOM_SEED] = "the old random seed",
        [ESP_WHY_ENTRY] = "a boot loader entry, not declared",
        [ESP_WHY_IMAGE] = "a boot image, not declared",
        [ESP_WHY_LOADER] = "a boot loader, not declared",
        [ESP_WHY_LOADER_CONFIGURATION] = "configuration of a boot loader, not declared",
        [ESP_WHY_ALTERED] = "declared with other contents",
        [ESP_WHY_UNDECLARED] = "not declared",
};

const char *esp_why_text(enum esp_why why)
{
        return (unsigned)why < ESP_WHY_COUNT ? whys[why] : "for an unknown reason";
}

/* The directory itself is part of every installation; what is in it is not. */
static const struct {
        const char *directory;
        enum esp_why why;
} places[] = {
        { "loader/addons", ESP_WHY_DROP_IN },          { "loader/credentials", ESP_WHY_CREDENTIAL },
        { "loader/extensions", ESP_WHY_EXTENSION },    { "loader/keys", ESP_WHY_DROP_IN },
        { "EFI/systemd/drivers", ESP_WHY_DROP_IN },    { "loader/swtpm", ESP_WHY_SOFTWARE_TPM },
        { "loader/random-seed", ESP_WHY_RANDOM_SEED },
};

/* Files that are picked up by the end of their name. */
static const struct {
        const char *end;
        enum esp_why why;
} ends[] = {
        { ".cred", ESP_WHY_CREDENTIAL },
        { ".sysext.raw", ESP_WHY_EXTENSION },
        { ".confext.raw", ESP_WHY_EXTENSION },
        { ".addon.efi", ESP_WHY_DROP_IN },
};

/* Bytes of the path's first part-after-part prefix that ends in front of `at`. */
static bool text_part_matches(const char *pattern, const char *text, size_t length)
{
        char part[ESP_LIST_PATH_MAX];

        return text_copy(part, sizeof(part), text, length) && esp_path_matches(pattern, part);
}

/* 0: outside; 1: the directory itself; 2: inside. */
static int depth_in(const char *directory, const char *path)
{
        size_t length = text_length(directory);

        if (text_length(path) < length || !text_part_matches(directory, path, length))
                return 0;
        return path[length] == '\0' ? 1 : path[length] == '/' ? 2 : 0;
}

static bool ends_in(const char *path, size_t length, const char *end)
{
        size_t size = text_length(end);

        return length >= size && text_part_matches(end, path + length - size, size);
}

/* IMAGE.efi.extra.d, wherever the image lies: the directory and all below it. */
static bool is_in_extra(const struct esp_facts *facts)
{
        size_t i = 0;

        for (; facts->path[i] != '\0'; i++)
                if (facts->path[i] == '/' && ends_in(facts->path, i, ".extra.d"))
                        return true;
        return facts->directory && ends_in(facts->path, i, ".extra.d");
}

static bool why_by_end(const struct esp_facts *facts, enum esp_why *ret_why)
{
        for (size_t i = 0; !facts->directory && i < ARRAY_SIZE(ends); i++)
                if (ends_in(facts->path, text_length(facts->path), ends[i].end)) {
                        *ret_why = ends[i].why;
                        return true;
                }
        return false;
}

static bool is_addition(const struct esp_facts *facts, enum esp_why *ret_why)
{
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                int depth = depth_in(places[i].directory, facts->path);

                if (depth == 2 || (depth == 1 && !facts->directory)) {
                        *ret_why = places[i].why;
                        return true;
                }
        }
        if (why_by_end(facts, ret_why))
                return true;
        *ret_why = ESP_WHY_DROP_IN;
        return is_in_extra(facts);
}

static const char *last_part(const char *path)
{
        const char *part = path;

        for (; *path != '\0'; path++)
                if (*path == '/')
                        part = path + 1;
        return part;
}

static bool is_slot(const struct esp_facts *facts)
{
        const char *name = last_part(facts->path);

        if (facts->size > 0 || text_length(name) != 8 || !text_starts_with(name, ESP_SLOT_PREFIX))
                return false;
        for (size_t i = sizeof(ESP_SLOT_PREFIX) - 1; i < 8; i++)
                if (name[i] < '0' || name[i] > '9')
                        return false;
        return true;
}

static bool is_leftover(const struct esp_facts *facts)
{
        return !facts->directory && is_slot(facts);
}

static bool is_ours(const struct esp_facts *facts)
{
        if (facts->directory)
                return depth_in("EFI", facts->path) == 1 || depth_in("EFI/BOOT", facts->path) == 1 ||
                       depth_in("EFI/cleanslate", facts->path) == 1 || depth_in("EFI/cleanslate/records", facts->path) == 1;
        return esp_path_matches("EFI/cleanslate/records/*.json", facts->path) ||
               esp_path_matches("EFI/cleanslate/records/*.sig", facts->path); /* the signature beside it */
}

/* What a boot menu would show. */
static bool is_choice(const char *path, enum esp_why *ret_why)
{
        *ret_why = ESP_WHY_ENTRY;
        if (esp_path_matches("loader/entries/*.conf", path))
                return true;
        *ret_why = ESP_WHY_IMAGE;
        return esp_path_matches("EFI/Linux/*.efi", path);
}

/* The boot loaders' own documentation: what each reads, and what shim's fallback makes boot entries of. */
static bool is_configuration(const char *path)
{
        static const char *const names[] = { "grub.cfg",    "grubenv",    "refind.conf",  "refind_linux.conf",
                                             "limine.conf", "limine.cfg", "syslinux.cfg", "extlinux.conf",
                                             "elilo.conf",  "BCD",        "*.nsh",        "BOOT*.CSV" };
        const char *name = last_part(path);

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (esp_path_matches(names[i], name))
                        return true;
        return depth_in("loader", path) == 2;
}

static bool is_program(const char *path)
{
        return esp_path_matches("*.efi", last_part(path));
}

bool esp_is_loader(const char *path)
{
        return is_program(path) || is_configuration(path);
}

static bool is_default(const char *path)
{
        return esp_path_matches(ESP_DEFAULT_LOADERS, path);
}

/* The file that firmware starts from the partition as a whole goes only if another way to start the machine is sure to stay. */
static enum esp_verdict judge_loader(const struct esp_policy *policy, const struct esp_facts *facts, bool goes,
                                     enum esp_why *ret_why)
{
        bool another_way = policy->has_entry || (policy->own && is_default(policy->own));

        if (facts->copy) {
                *ret_why = ESP_WHY_COPY;
                return ESP_KEEP;
        }
        if (!goes || !is_default(facts->path) || another_way)
                return goes ? ESP_REMOVE : ESP_NAME;
        *ret_why = ESP_WHY_ONLY_WAY;
        return ESP_NAME;
}

/* Neither needed nor declared nor an addition by its place. */
static enum esp_verdict judge_rest(const struct esp_policy *policy, const struct esp_facts *facts, enum esp_why *ret_why)
{
        bool known = policy->list.present && policy->own, all = known && policy->undeclared == ESP_UNDECLARED_REMOVE;
        bool loaders = all || (known && policy->undeclared == ESP_UNDECLARED_LOADERS && policy->alone);

        *ret_why = ESP_WHY_OURS;
        if (!facts->altered && is_ours(facts))
                return ESP_KEEP;
        *ret_why = ESP_WHY_DIRECTORY;
        if (facts->directory)
                return all ? ESP_REMOVE : ESP_KEEP;
        if (is_choice(facts->path, ret_why) && !facts->altered)
                return judge_loader(policy, facts, known, ret_why);
        *ret_why = facts->altered                              ? ESP_WHY_ALTERED
                   : is_program(facts->path) || facts->program ? ESP_WHY_LOADER
                   : is_configuration(facts->path)             ? ESP_WHY_LOADER_CONFIGURATION
                                                               : ESP_WHY_UNDECLARED;
        if (facts->program || esp_is_loader(facts->path))
                return judge_loader(policy, facts, loaders, ret_why);
        return all && !facts->altered ? ESP_REMOVE : ESP_NAME;
}

static bool came_before(const struct esp_policy *policy, const char *path)
{
        for (size_t i = 0; i < policy->before_count && i < ESP_STARTED_MAX; i++)
                if (esp_path_equal(policy->before[i], path))
                        return true;
        return policy->default_before && is_default(path);
}

/* What this boot came from stays in any case. */
static bool is_needed(const struct esp_policy *policy, const struct esp_facts *facts, enum esp_verdict *ret_verdict,
                      enum esp_why *ret_why)
{
        bool own = policy->own && esp_path_equal(policy->own, facts->path);
        bool declared = esp_list_find(&policy->list, facts->path) != ESP_NOT_DECLARED;

        if (facts->directory || (!own && !came_before(policy, facts->path)))
                return false;
        *ret_why = facts->altered ? ESP_WHY_ALTERED : ESP_WHY_STARTED_US;
        *ret_verdict = facts->altered ? ESP_NAME : ESP_KEEP;
        if (!own && policy->list.present && !declared) {
                *ret_why = ESP_WHY_CAME_BEFORE;
                *ret_verdict = ESP_NAME;
        }
        return true;
}

enum esp_verdict esp_judge(const struct esp_policy *policy, const struct esp_facts *facts, enum esp_why *ret_why)
{
        enum esp_verdict verdict = ESP_KEEP;

        if (is_needed(policy, facts, &verdict, ret_why))
                return verdict;
        *ret_why = ESP_WHY_LEFTOVER;
        if (is_leftover(facts))
                return ESP_REMOVE;
        *ret_why = ESP_WHY_KEEP;
        if (!facts->directory && esp_path_matches(PRESERVE_BUNDLE_PATH "*", facts->path))
                return ESP_REMOVE;
        *ret_why = ESP_WHY_DECLARED;
        if (!facts->altered && esp_list_find(&policy->list, facts->path) != ESP_NOT_DECLARED)
                return ESP_KEEP;
        if (is_addition(facts, ret_why))
                return ESP_REMOVE;
        return judge_rest(policy, facts, ret_why);
}
