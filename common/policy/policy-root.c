/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The volume for "/" of an image of /usr. */
#include "common/policy/policy-root.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/base/partition-type.h"
#include "common/policy/policy-values.h"

#define ANYWHERE "/usr/lib/repart.d"

/* As systemd's base-filesystem and the Filesystem Hierarchy Standard have them. */
static const struct {
        const char *path, *target;
        uint16_t mode;
        bool is_mounted_on;
} base[] = {
        { "/bin", "usr/bin", 0777, false },     { "/dev", NULL, 0755, true },   { "/efi", NULL, 0755, false },
        { "/etc", NULL, 0755, false },          { "/home", NULL, 0755, false }, { "/lib", "usr/lib", 0777, false },
        { "/lib64", "usr/lib64", 0777, false }, { "/mnt", NULL, 0755, false },  { "/opt", NULL, 0755, false },
        { "/proc", NULL, 0555, true },          { "/root", NULL, 0700, false }, { "/run", NULL, 0755, true },
        { "/sbin", "usr/sbin", 0777, false },   { "/srv", NULL, 0755, false },  { "/sys", NULL, 0555, true },
        { "/tmp", NULL, 01777, false },         { "/usr", NULL, 0755, true },   { "/var", NULL, 0755, false },
};

static bool is_root(const struct partition_definition *definition)
{
        return text_equal(definition->mount_point, "/") && definition_has_tree(definition);
}

int policy_find_root_volume(const struct policy *policy)
{
        for (size_t d = 0; policy->form == IMAGE_USR && d < policy->partition_count; d++)
                if (is_root(&policy->partitions[d]))
                        return (int)d;
        return -1;
}

static bool is_below(const char *path, const char *directory)
{
        size_t length = text_length(directory);

        return text_starts_with(path, directory) && path[length] == '/';
}

/* Whether the place of a mount point is in the root volume, and not in the image or in another volume that is mounted first. */
static bool is_in_root_volume(const struct policy *policy, const char *where)
{
        if (where[0] == '\0' || where[1] == '\0' || is_below(where, "/usr"))
                return false;
        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct partition_definition *other = &policy->partitions[d];

                if (other->format[0] != '\0' && other->mount_point[0] != '\0' && other->mount_point[1] != '\0' &&
                    is_below(where, other->mount_point))
                        return false;
        }
        return true;
}

const char *root_mount_point(const struct policy *policy, size_t number)
{
        for (size_t d = 0; policy->form == IMAGE_USR && d < policy->partition_count; d++) {
                const struct partition_definition *definition = &policy->partitions[d];

                if (!definition_has_tree(definition))
                        continue;
                if (is_in_root_volume(policy, definition->mount_point) && number-- == 0)
                        return definition->mount_point;
                for (size_t m = 1; m < definition->mount_count; m++)
                        if (is_in_root_volume(policy, definition->mounts[m].where) && number-- == 0)
                                return definition->mounts[m].where;
        }
        return NULL;
}

static void set_path(struct root_entry *entry, const char *top, const char *path)
{
        struct writer writer = writer_over(entry->path, sizeof(entry->path) - 1);

        writer_text(&writer, top);
        writer_text(&writer, path);
        entry->path[writer.size] = '\0';
}

bool root_base_entry(size_t number, struct root_entry *ret)
{
        if (number >= ARRAY_SIZE(base))
                return false;
        set_path(ret, "", base[number].path);
        ret->target = base[number].target;
        ret->mode = base[number].mode;
        ret->is_mounted_on = base[number].is_mounted_on;
        return true;
}

bool root_volume_entry(const struct policy *policy, size_t definition, size_t number, struct root_entry *ret)
{
        bool is_base = number < ARRAY_SIZE(base);
        const char *path;

        if (policy_find_root_volume(policy) != (int)definition)
                return false;
        path = is_base ? base[number].path : root_mount_point(policy, number - ARRAY_SIZE(base));
        if (!path)
                return false;
        set_path(ret, policy->partitions[definition].mount_root, path);
        ret->target = is_base ? base[number].target : NULL;
        ret->mode = is_base ? base[number].mode : 0755;
        ret->is_mounted_on = !is_base || base[number].is_mounted_on;
        return true;
}

/* -- finishing ------------------------------------------------------------------------------------------------------------- */

/* The first one but `root` that is seen at `where`; NULL: none. */
static const struct partition_definition *find_at(const struct policy *policy, const char *where, size_t root)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                if (d != root && definition_has_tree(&policy->partitions[d]) &&
                    text_equal(policy->partitions[d].mount_point, where))
                        return &policy->partitions[d];
        return NULL;
}

/* Where another definition does not bring its own. The first copy, so that the definition's own may replace something in it. */
static enum err add_factory_tree(struct policy *policy, size_t root, const char *source, const char *where,
                                 struct policy_error *ret_error)
{
        struct partition_definition *definition = &policy->partitions[root];
        struct copy_files copy;
        struct writer target = writer_over(copy.target, sizeof(copy.target) - 1);

        writer_text(&target, definition->mount_root);
        writer_text(&target, where);
        copy.target[target.size] = '\0';
        if (find_at(policy, where, root))
                return ERR_OK;
        for (size_t i = 0; i < definition->copy_count; i++)
                if (text_equal(definition->copies[i].target, copy.target))
                        return ERR_OK;
        if (definition->copy_count == POLICY_COPIES_MAX || target.overflow)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, definition->file, 0, "CopyFiles",
                                         "at most 14 where the factory trees of /etc and /var are copied as well");
        (void)text_copy(copy.source, sizeof(copy.source), source, text_length(source));
        for (size_t i = definition->copy_count++; i > 0; i--)
                definition->copies[i] = definition->copies[i - 1];
        definition->copies[0] = copy;
        return ERR_OK;
}

/* Without MountPoint=, what is of the type. */
static void mount_by_type(struct policy *policy)
{
        struct guid root;

        (void)partition_type_parse("root", 4, &root);
        for (size_t d = 0; d < policy->partition_count; d++) {
                struct partition_definition *definition = &policy->partitions[d];

                if (guid_equal(&definition->type, &root) && definition->mount_count == 0 && definition_has_tree(definition))
                        (void)text_copy(definition->mount_point, sizeof(definition->mount_point), "/", 1);
        }
}

/* Where the volume of /etc or /var may be missing, its directory of the root volume would be in its place, without factory files;
 * a further place gets none either. That it is no supplement has been asked. */
static enum err judge_state(const struct partition_definition *definition, struct policy_error *ret_error)
{
        if (!definition_has_tree(definition))
                return ERR_OK;
        for (size_t m = 1; m < definition->mount_count; m++)
                if (definition_place_is_essential(definition->mounts[m].where))
                        return policy_error_fill(
                                ret_error, ERR_RANGE, definition->file, 0, "MountPoint",
                                "/etc and /var are the first mount point of a volume, or directories of the root volume");
        if (definition->priority > 0 && definition_place_is_essential(definition->mount_point))
                return policy_error_fill(ret_error, ERR_RANGE, definition->file, 0, "Priority",
                                         "a volume for /etc or /var cannot be left out: at most 0");
        return ERR_OK;
}

static enum err judge_root(const struct policy *policy, size_t root, struct policy_error *ret_error)
{
        const struct partition_definition *definition = &policy->partitions[root];
        const struct {
                bool fault;
                const char *key, *detail;
        } rules[] = {
                { text_equal(definition->format, "vfat"), "Format", "a root file system has links, which vfat cannot hold" },
                { definition->supplement_for[0] != '\0', "SupplementFor",
                  "the root file system has a partition of its own on every disk" },
                { definition->priority > 0, "Priority", "the root file system cannot be left out: at most 0" },
                /* whatever else is erased: units, keys and libraries of the old system could lie in it */
                { !definition->factory_reset, "FactoryReset",
                  "yes: the root file system of an image of /usr is erased by a reset" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if (rules[i].fault)
                        return policy_error_fill(ret_error, ERR_RANGE, definition->file, 0, rules[i].key, rules[i].detail);
        return ERR_OK;
}

enum err policy_finish_root_volume(struct policy *policy, struct policy_error *ret_error)
{
        int root;
        enum err err;

        if (policy->form != IMAGE_USR)
                return ERR_OK;
        mount_by_type(policy);
        root = policy_find_root_volume(policy);
        if (root < 0)
                return policy_error_fill(
                        ret_error, ERR_MISSING, ANYWHERE, 0, "Type",
                        "an image of /usr has a definition with Type=root and Format=, for what is mounted at /");
        for (size_t d = 0; d < policy->partition_count; d++) {
                if (d != (size_t)root && is_root(&policy->partitions[d]))
                        return policy_error_fill(ret_error, ERR_DUPLICATE, policy->partitions[d].file, 0, "MountPoint",
                                                 "another definition is for the file system at /");
                err = judge_state(&policy->partitions[d], ret_error);
                if (err != ERR_OK)
                        return err;
        }
        err = judge_root(policy, (size_t)root, ret_error);
        if (err == ERR_OK && policy->factory_var)
                err = add_factory_tree(policy, (size_t)root, FACTORY_VAR, "/var", ret_error);
        if (err == ERR_OK && policy->factory_etc)
                err = add_factory_tree(policy, (size_t)root, FACTORY_ETC, "/etc", ret_error);
        return err;
}
