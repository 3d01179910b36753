/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a partition is mounted. systemd-repart writes these lines into an fstab when it makes an image; here the initrd mounts
 * what they say. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/definition-draft.h"
#include "common/policy/mount-options.h"
#include "common/policy/policy-values.h"

/* At /usr is the image, or the better part of it; what lies at or below the others is hidden when the kernel's file systems and
 * /run are moved there. */
static bool is_taken(const char *where)
{
        static const char *const places[] = { "/dev", "/proc", "/run", "/sys" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                const size_t length = text_length(places[i]);

                if (text_starts_with(where, places[i]) && (where[length] == '\0' || where[length] == '/'))
                        return true;
        }
        return text_equal(where, "/usr");
}

/* path[:options], several times; nothing takes back what was there. */
enum err apply_mount_point(struct definition_draft *draft, const char *value)
{
        struct partition_definition *definition = &draft->definition;
        struct definition_mount *mount = &definition->mounts[definition->mount_count];
        char path[DEFINITION_VALUE_MAX], options[DEFINITION_VALUE_MAX] = "";
        const char *at = value;
        enum err err;

        if (value[0] == '\0') {
                definition->mount_count = 0;
                definition->mount_point[0] = '\0';
                return ERR_OK;
        }
        if (definition->mount_count == POLICY_MOUNTS_MAX)
                return definition_fail(draft, ERR_TOO_LARGE, "at most 4 mount points in a definition");
        err = value_next_field(&at, path, sizeof(path));
        if (err == ERR_OK && at)
                err = value_next_field(&at, options, sizeof(options));
        if (err != ERR_OK || at)
                return definition_fail(draft, err == ERR_OK ? ERR_RANGE : err, "path[:options]");
        if (!text_copy(mount->options, sizeof(mount->options), options, text_length(options)))
                return definition_fail(draft, ERR_TOO_LARGE, "at most 127 bytes of mount options");
        err = definition_path(draft, path, mount->where);
        if (err != ERR_OK)
                return err;
        if (is_taken(mount->where))
                return definition_fail(draft, ERR_RANGE,
                                       "another place than /usr, and not at or below /dev, /proc, /run or /sys");
        if (definition->mount_count++ == 0)
                memcpy(definition->mount_point, mount->where, sizeof(mount->where));
        return ERR_OK;
}

static bool is_sub_volume(const struct partition_definition *definition, const char *path)
{
        for (size_t i = 0; i < definition->sub_volume_count; i++)
                if (text_equal(definition->sub_volumes[i].path, path))
                        return true;
        return text_equal(path, "/");
}

/* Without subvol=, the default one is mounted. */
static void set_root(struct partition_definition *definition, const char *sub_volume)
{
        if (sub_volume[0] == '\0' && definition->default_sub_volume > 0)
                sub_volume = definition->sub_volumes[definition->default_sub_volume - 1].path;
        (void)text_copy(definition->mount_root, sizeof(definition->mount_root), sub_volume,
                        text_equal(sub_volume, "/") ? 0 : text_length(sub_volume));
}

/* What the file system takes is known once that is. */
enum err definition_finish_mounts(struct definition_draft *draft)
{
        struct partition_definition *definition = &draft->definition;

        set_root(definition, "");

        for (size_t i = 0; definition->format[0] != '\0' && i < definition->mount_count; i++) {
                struct mount_options options;
                const char *detail = "";
                enum err err = mount_options_parse(definition->format, definition->mounts[i].options, &options, &detail);

                if (err != ERR_OK)
                        return definition_fail(draft, err, detail);
                if (options.sub_volume[0] != '\0' && !is_sub_volume(definition, options.sub_volume))
                        return definition_fail(draft, ERR_RANGE, "subvol= is one of the paths in Subvolumes=");
                if (i == 0)
                        set_root(definition, options.sub_volume);
        }
        for (size_t i = 0; i < definition->mount_count; i++)
                for (size_t j = 0; j < i; j++)
                        if (text_equal(definition->mounts[i].where, definition->mounts[j].where))
                                return definition_fail(draft, ERR_RANGE, "each mount point of a definition is another one");
        return ERR_OK;
}
