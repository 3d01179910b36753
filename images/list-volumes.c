/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says which files the volumes of an image have, for its builder, who writes the manifest over them: reads the policy below a
 * directory as the initrd will read it, and prints it as JSON. Judges nothing but what cannot be read.
 *
 *   list-volumes [--usr] DIRECTORY
 *
 * --usr: an image of /usr, which DIRECTORY has at usr. Its root volume has entries besides (common/policy/policy-root.h), in
 * "base": [{"path","mode","mountedOn"}, or {"path","target","mountedOn"} for a link], made last and where nothing has that path;
 * "volumes" that are no root file system have none. */
#include "common/base/json-write.h"
#include "common/policy/policy-root.h"
#include "common/rebuild/copy-excludes.h"
#include "common/rebuild/manifest-compare.h"
#include "linux/base/cleanup.h"
#include "linux/image/policy-files.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX (8u << 20)

static void write_excludes(struct writer *writer, const struct copy_excludes *excludes)
{
        json_member_open(writer, "excludes", '[');
        for (size_t i = 0; i < excludes->count; i++) {
                json_open(writer, '{');
                json_member_text(writer, "path", excludes->paths[i].path);
                json_member_flag(writer, "contents", excludes->paths[i].contents);
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static void write_copies(struct writer *writer, const struct policy *policy, size_t definition)
{
        static struct copy_excludes excludes; /* large */

        json_member_open(writer, "copies", '[');
        for (size_t i = 0; i < policy->partitions[definition].copy_count; i++) {
                if (!copy_excludes_find(policy, definition, i, &excludes))
                        continue;
                json_open(writer, '{');
                json_member_text(writer, "source", policy->partitions[definition].copies[i].source);
                json_member_text(writer, "target", policy->partitions[definition].copies[i].target);
                write_excludes(writer, &excludes);
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static void write_base(struct writer *writer, const struct policy *policy, size_t definition)
{
        struct root_entry entry;

        json_member_open(writer, "base", '[');
        for (size_t i = 0; root_volume_entry(policy, definition, i, &entry); i++) {
                json_open(writer, '{');
                json_member_text(writer, "path", entry.path);
                if (entry.target)
                        json_member_text(writer, "target", entry.target);
                else
                        json_member_number(writer, "mode", entry.mode);
                json_member_flag(writer, "mountedOn", entry.is_mounted_on);
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static void write_volume(struct writer *writer, const struct policy *policy, size_t d)
{
        const struct partition_definition *definition = &policy->partitions[d];

        json_open(writer, '{');
        json_member_text(writer, "file", definition->file);
        json_member_text(writer, "name", manifest_tree_name(policy, d));
        json_member_text(writer, "format", definition->format);
        write_copies(writer, policy, d);
        json_member_open(writer, "directories", '[');
        for (size_t i = 0; i < definition->directory_count; i++)
                json_text(writer, definition->directories[i]);
        json_close(writer, ']');
        json_member_open(writer, "subVolumes", '[');
        for (size_t i = 0; i < definition->sub_volume_count; i++)
                json_text(writer, definition->sub_volumes[i].path);
        json_close(writer, ']');
        json_member_open(writer, "links", '[');
        for (size_t i = 0; i < definition->link_count; i++) {
                json_open(writer, '{');
                json_member_text(writer, "path", definition->links[i].path);
                json_member_text(writer, "target", definition->links[i].target);
                json_close(writer, '}');
        }
        json_close(writer, ']');
        write_base(writer, policy, d);
        json_close(writer, '}');
}

int main(int argc, char **argv)
{
        static struct policy policy; /* large */
        struct policy_error error;
        char text[512];

        const bool is_usr = argc == 3 && strcmp(argv[1], "--usr") == 0;

        if (argc != 2 + is_usr) {
                fprintf(stderr, "usage: list-volumes [--usr] DIRECTORY\n");
                return EXIT_FAILURE;
        }
        _cleanup_close_ int root = open(argv[1 + is_usr], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *output = malloc(OUTPUT_MAX);
        if (root < 0 || !output) {
                fprintf(stderr, "list-volumes: cannot open %s: %m\n", argv[1 + is_usr]);
                return EXIT_FAILURE;
        }
        if (policy_files_read(root, is_usr ? IMAGE_USR : IMAGE_ROOT, &policy, &error) < 0) {
                policy_error_format(&error, text, sizeof(text));
                fprintf(stderr, "%s\n", text);
                return EXIT_FAILURE;
        }
        struct writer writer = writer_over(output, OUTPUT_MAX);
        json_open(&writer, '[');
        for (size_t d = 0; d < policy.partition_count; d++)
                if (definition_has_tree(&policy.partitions[d]) && !policy.partitions[d].cannot_build)
                        write_volume(&writer, &policy, d);
        json_close(&writer, ']');
        return !writer.overflow && fwrite(output, 1, writer.size, stdout) == writer.size ? EXIT_SUCCESS : EXIT_FAILURE;
}
