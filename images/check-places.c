/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/check-places.h"

#include "common/policy/mount-options.h"
#include "common/rebuild/manifest-compare.h"
#include "common/rebuild/manifest.h"
#include "images/definition-where.h"
#include "linux/base/path-below.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Number `place` of a definition; NULL: no more. */
static const char *place_of(const struct partition_definition *definition, size_t place)
{
        if (place == 0)
                return definition->mount_point[0] ? definition->mount_point : NULL;
        return place < definition->mount_count ? definition->mounts[place].where : NULL;
}

struct covering {
        size_t definition, place, length; /* bytes of the place's path; 0: there is none */
};

/* The place of another definition that `found`, without its first slash, lies in. */
static struct covering find_covering(const struct policy *policy, const char *found)
{
        struct covering result = { 0 };
        for (size_t d = 0; d < policy->partition_count; d++) {
                const char *above;
                for (size_t place = 0; (above = place_of(&policy->partitions[d], place)); place++) {
                        size_t length = strlen(above);
                        if (length > 1 && length > result.length && definition_has_tree(&policy->partitions[d]) &&
                            strncmp(found, &above[1], length - 1) == 0 && found[length - 1] == '/')
                                result = (struct covering){ d, place, length };
                }
        }
        return result;
}

/* What of its file system is seen at a place of a definition: a subvolume, or "" for all of it. */
static const char *root_of(const struct partition_definition *definition, size_t place, struct mount_options *options)
{
        const char *detail;
        if (place == 0 || mount_options_parse(definition->format, definition->mounts[place].options, options, &detail) != ERR_OK)
                return definition->mount_root;
        if (options->sub_volume[0] == 0 && definition->default_sub_volume > 0)
                return definition->sub_volumes[definition->default_sub_volume - 1].path;
        return strcmp(options->sub_volume, "/") == 0 ? "" : options->sub_volume;
}

/* Once more than the manifest describes it as the root of a tree: a line of one ends in "- PATH", or goes on with attributes. */
static bool has_directory(struct bytes manifest, const struct policy *policy, const char *path)
{
        char text[PATH_MAX];
        struct writer needle = writer_over(text, sizeof(text));
        size_t seen = 0, roots = 0;
        for (size_t d = 0; d < policy->partition_count; d++)
                roots += definition_has_tree(&policy->partitions[d]) && strcmp(manifest_tree_name(policy, d), path) == 0;
        writer_text(&needle, " - ");
        manifest_escaped(&needle, path);
        const uint8_t *at = manifest.data, *end = at + manifest.size;
        while (!needle.overflow && (at = memmem(at, (size_t)(end - at), text, needle.size))) {
                const uint8_t *line = memrchr(manifest.data, '\n', (size_t)(at - manifest.data));
                line = line ? line + 1 : manifest.data;
                at += needle.size;
                seen += *line == 'd' && (at == end || *at == '\n' || *at == ' ');
        }
        return seen > roots;
}

/* A volume has what its definition puts there; nobody makes a directory in it before something is mounted. */
static bool check_in_volume(const struct covering *covering, const struct policy *policy, const char *at, const char *where,
                            struct bytes manifest, struct problems *problems)
{
        const struct partition_definition *outer = &policy->partitions[covering->definition];
        struct mount_options options = { 0 };
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s%s%s", manifest_tree_name(policy, covering->definition),
                       root_of(outer, covering->place, &options), where + covering->length);
        if (has_directory(manifest, policy, path))
                return true;
        problem_add(problems,
                    "%s: %s lies in the volume of %s, which has no such directory to mount it at. There, MakeDirectories=%s%s "
                    "makes it.",
                    at, where, outer->file, root_of(outer, covering->place, &options), where + covering->length);
        return false;
}

/* In words; of several that are there by their type, the first is. */
void check_places(int root_fd, const struct policy *policy, struct problems *problems)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                for (size_t other = 0; other < d; other++) {
                        const struct partition_definition *later = &policy->partitions[d], *earlier = &policy->partitions[other];
                        char at[WHERE_MAX];
                        if (later->mount_count == 0 || earlier->mount_count == 0 || !definition_has_tree(later) ||
                            !definition_has_tree(earlier) || strcmp(later->mounts[0].where, earlier->mounts[0].where) != 0)
                                continue;
                        definition_where(root_fd, policy->form, later->file, "MountPoint", at);
                        problem_add(problems,
                                    "%s: %s is mounted at %s as well, and only that one would be seen. Give it another place.",
                                    at, earlier->file, later->mounts[0].where);
                }
}

/* A root volume has a directory for each, but for those within /usr. */
static bool has_place(const struct policy *policy, const char *where)
{
        return policy->form == IMAGE_USR && strncmp(where, "/usr/", strlen("/usr/")) != 0;
}

static bool check_mount_point(int root_fd, const struct policy *policy, const struct partition_definition *definition,
                              const char *where, struct bytes manifest, struct problems *problems)
{
        char at[WHERE_MAX], found[PATH_MAX], place[PATH_MAX + 1];
        struct stat status;
        int r = path_below(root_fd, where, found, sizeof(found));
        const struct covering covering = find_covering(policy, r == 0 || r == -ENOENT ? found : "");
        definition_where(root_fd, policy->form, definition->file, "MountPoint", at);
        if (covering.length > 0) {
                (void)snprintf(place, sizeof(place), "/%s", found);
                return check_in_volume(&covering, policy, at, place, manifest, problems);
        }
        if (r == 0 && fstatat(root_fd, found, &status, AT_EMPTY_PATH) == 0 && S_ISDIR(status.st_mode))
                return true;
        problem_add(problems, "%s: the root file system has no directory %s to mount it at. Make one.", at, where);
        return true;
}

bool check_mount_points(int root_fd, const struct policy *policy, struct bytes manifest, struct problems *problems)
{
        bool all = true;
        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct partition_definition *definition = &policy->partitions[d];
                const char *where;
                for (size_t place = 0; definition_has_tree(definition) && (where = place_of(definition, place)); place++)
                        if (!has_place(policy, where))
                                all &= check_mount_point(root_fd, policy, definition, where, manifest, problems);
        }
        return all;
}
