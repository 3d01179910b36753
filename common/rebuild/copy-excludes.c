/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything is brought to paths of the image, so that whoever copies has one thing to compare. */
#include "common/rebuild/copy-excludes.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/base/partition-type.h"

/* For what the kernel and running programs put there; what an image has in them is left over from its making. */
static const char *const passing[] = { "/proc", "/sys", "/dev", "/tmp", "/run", "/var/tmp" };

_Static_assert(2 * ARRAY_SIZE(passing) + 2 * POLICY_EXCLUDES_MAX + 2 * POLICY_PARTITIONS_MAX <= COPY_EXCLUDES_MAX,
               "all of a definition's fit");

static bool is_at_or_below(const char *path, const char *directory)
{
        size_t length = directory[1] == '\0' ? 0 : text_length(directory); /* of "/", all paths begin with nothing */

        for (size_t i = 0; i < length; i++)
                if (path[i] != directory[i])
                        return false;
        return path[length] == '\0' || path[length] == '/';
}

/* `below` begins with a slash, or is empty. */
static void add(struct copy_excludes *excludes, const char *source, const char *below, bool contents)
{
        struct copy_exclude *exclude = &excludes->paths[excludes->count++];
        struct writer writer = writer_over(exclude->path, sizeof(exclude->path) - 1);

        if (source[1] != '\0' || below[0] == '\0')
                writer_text(&writer, source);
        writer_text(&writer, below);
        exclude->path[writer.size] = '\0';
        exclude->contents = contents;
}

static bool is_root(const struct guid *type)
{
        const char *name = partition_type_name(type);

        return name && text_starts_with(name, "root-") && !partition_type_is_verity(type) &&
               !partition_type_is_verity_signature(type);
}

static bool is_usr(const struct guid *type)
{
        const char *name = partition_type_name(type);

        return name && text_starts_with(name, "usr-") && !partition_type_is_verity(type) &&
               !partition_type_is_verity_signature(type);
}

/* What other partitions of the image are mounted on: their files would lie hidden below it. */
static void add_mount_points(const struct policy *policy, const char *source, struct copy_excludes *ret)
{
        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct guid *type = &policy->partitions[d].type;

                if (is_root(type))
                        continue;
                if (is_usr(type))
                        add(ret, source, "/usr", true);
                else if (partition_type_is(type, "esp"))
                        add(ret, source, "/efi", true);
                if (partition_type_is_boot(type))
                        add(ret, source, "/boot", true);
                else if (partition_type_mount_point(type)[0] != '\0')
                        add(ret, source, partition_type_mount_point(type), true);
        }
        for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
                add(ret, source, passing[i], true);
}

bool copy_excludes_find(const struct policy *policy, size_t index, size_t copy, struct copy_excludes *ret)
{
        const struct partition_definition *definition = &policy->partitions[index];
        const char *source = definition->copies[copy].source, *target = definition->copies[copy].target;

        ret->count = 0;
        for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
                add(ret, "/", passing[i], true);
        for (size_t i = 0; i < definition->exclude_count; i++) {
                if (is_at_or_below(source, definition->excludes[i].path))
                        return false;
                add(ret, definition->excludes[i].path, "", definition->excludes[i].contents);
        }
        for (size_t i = 0; i < definition->excluded_target_count; i++) {
                const struct excluded_path *excluded = &definition->excluded_targets[i];

                if (is_at_or_below(target, excluded->path))
                        return false;
                if (is_at_or_below(excluded->path, target))
                        add(ret, source, excluded->path + (target[1] == '\0' ? 0 : text_length(target)), excluded->contents);
        }
        if (is_root(&definition->type) && target[1] == '\0')
                add_mount_points(policy, source, ret);
        return true;
}

bool copy_excludes_has(const struct copy_excludes *excludes, const char *path)
{
        for (size_t i = 0; i < excludes->count; i++)
                if (is_at_or_below(path, excludes->paths[i].path) &&
                    !(excludes->paths[i].contents && text_equal(path, excludes->paths[i].path)))
                        return true;
        return false;
}
