/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares two manifests line by line. A field ends at a space, a line at '\n'; no byte of a path is either, because they are
 * escaped. */
#include "common/rebuild/manifest-compare.h"
#include "common/base/memory.h"
#include "common/rebuild/manifest.h"

#define PATH_SHOWN_MAX 192

/* What stands in front of the path; behind it are a link's target and the attributes. */
static const char *const fields_before_path[] = { "type", "mode", "owner", "group", "size", "modification time", "content" };

struct text {
        const char *data;
        size_t size;
};

static bool same_text(struct text a, struct text b)
{
        return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Up to and with the '\n'. */
static struct text first_line(const char *at, const char *end)
{
        size_t size = 0, most = (size_t)(end - at);

        while (size < most && at[size] != '\n')
                size++;
        return (struct text){ at, size < most ? size + 1 : size };
}

/* Takes the next field off the line; empty where there is none. */
static struct text take_field(struct text *line)
{
        struct text field = { line->data, 0 };

        while (field.size < line->size && field.data[field.size] != ' ' && field.data[field.size] != '\n')
                field.size++;
        line->data += field.size;
        line->size -= field.size;
        if (line->size > 0) {
                line->data++;
                line->size--;
        }
        return field;
}

static struct text path_of(struct text line)
{
        for (size_t i = 0; i < ARRAY_SIZE(fields_before_path); i++)
                (void)take_field(&line);
        return take_field(&line);
}

static bool is_at_or_below(struct text path, struct text directory)
{
        if (path.size < directory.size || memcmp(path.data, directory.data, directory.size) != 0)
                return false;
        return path.size == directory.size || path.data[directory.size] == '/';
}

const char *manifest_tree_name(const struct policy *policy, size_t definition)
{
        const struct partition_definition *partitions = policy->partitions;
        const char *mount_point = partitions[definition].mount_point;

        if (mount_point[0] == '\0' || mount_point[1] == '\0' || partitions[definition].mount_root[0] != '\0')
                return partitions[definition].file;
        for (size_t d = 0; d < definition; d++)
                if (text_equal(partitions[d].mount_point, mount_point))
                        return partitions[definition].file;
        return mount_point;
}

/* A tree's name as the manifest writes it; `buffer` holds the text. */
static struct text escaped_name(const struct policy *policy, size_t definition, char buffer[static POLICY_PATH_MAX * 4])
{
        struct writer writer = writer_over(buffer, POLICY_PATH_MAX * 4);

        manifest_escaped(&writer, manifest_tree_name(policy, definition));
        return (struct text){ buffer, writer.overflow ? 0 : writer.size };
}

static bool is_nested(const struct policy *policy, size_t definition, struct text name)
{
        char buffer[POLICY_PATH_MAX * 4];

        for (size_t d = 0; d < policy->partition_count; d++) {
                struct text other = escaped_name(policy, d, buffer);

                if (d != definition && other.size > 0 && other.size < name.size && is_at_or_below(name, other))
                        return true;
        }
        return false;
}

/* Where the root of a definition's tree stands; NULL if there is none. One that is mounted within another tree has its path
 * twice: as a directory of that tree, then as a root. */
static const char *find_root(struct bytes manifest, const struct policy *policy, size_t definition)
{
        char buffer[POLICY_PATH_MAX * 4];
        struct text name = escaped_name(policy, definition, buffer);
        const char *at = (const char *)manifest.data, *end = at + manifest.size, *root = NULL;
        size_t needed = is_nested(policy, definition, name) ? 2 : 1, seen = 0;

        while (name.size > 0 && at < end) {
                struct text line = first_line(at, end);

                if (line.data[0] == 'd' && same_text(path_of(line), name)) {
                        root = at;
                        seen++;
                }
                at += line.size;
        }
        return seen >= needed ? root : NULL;
}

/* The next root of another definition behind `start`; `end` if there is none. */
static const char *next_root(struct bytes manifest, const struct policy *policy, const char *start, const char *end)
{
        for (size_t d = 0; d < policy->partition_count; d++) {
                const char *root = find_root(manifest, policy, d);

                if (root && root > start && root < end)
                        end = root;
        }
        return end;
}

bool manifest_part(struct bytes manifest, const struct policy *policy, size_t definition, struct bytes *ret)
{
        char buffer[POLICY_PATH_MAX * 4];
        struct text name = escaped_name(policy, definition, buffer);
        const char *start = find_root(manifest, policy, definition), *at = start, *end;

        if (!start)
                return false;
        end = next_root(manifest, policy, start, (const char *)manifest.data + manifest.size);
        while (at < end) {
                struct text line = first_line(at, end);

                if (!is_at_or_below(path_of(line), name))
                        break;
                at += line.size;
        }
        *ret = (struct bytes){ (const uint8_t *)start, (size_t)(at - start) };
        return true;
}

void manifest_compare_begin(struct manifest_comparison *ret, struct bytes part)
{
        *ret = (struct manifest_comparison){ .at = (const char *)part.data, .end = (const char *)part.data + part.size };
}

static void tell(struct manifest_comparison *comparison, struct text path, const char *what, const char *which)
{
        struct writer writer = writer_over(comparison->difference, sizeof(comparison->difference));

        if (path.size > PATH_SHOWN_MAX) {
                writer_text(&writer, "...");
                path.data += path.size - PATH_SHOWN_MAX;
                path.size = PATH_SHOWN_MAX;
        }
        for (size_t i = 0; i < path.size; i++) /* control characters stand in no path of a sound manifest */
                writer_char(&writer, (uint8_t)path.data[i] < 0x20 || path.data[i] == 0x7f ? '?' : path.data[i]);
        writer_text(&writer, what);
        writer_text(&writer, which);
}

static const char *unequal_field(struct text found, struct text expected)
{
        for (size_t i = 0; i < ARRAY_SIZE(fields_before_path); i++)
                if (!same_text(take_field(&found), take_field(&expected)))
                        return fields_before_path[i];
        return "target or attributes";
}

static bool is_expected_later(const struct manifest_comparison *comparison, struct text path)
{
        for (const char *at = comparison->at; at < comparison->end;) {
                struct text line = first_line(at, comparison->end);

                if (same_text(path_of(line), path))
                        return true;
                at += line.size;
        }
        return false;
}

bool manifest_compare_line(struct manifest_comparison *comparison, const char *line, size_t size)
{
        struct text found = { line, size }, expected = first_line(comparison->at, comparison->end);

        if (size > 0 && same_text(found, expected)) {
                comparison->at += size;
                comparison->lines++;
                return true;
        }
        if (expected.size > 0 && same_text(path_of(found), path_of(expected)))
                tell(comparison, path_of(found), " differs in its ", unequal_field(found, expected));
        else if (is_expected_later(comparison, path_of(found)))
                tell(comparison, path_of(expected), " is missing", "");
        else
                tell(comparison, path_of(found), " should not be there", "");
        return false;
}

bool manifest_compare_end(struct manifest_comparison *comparison)
{
        if (comparison->at == comparison->end)
                return true;
        tell(comparison, path_of(first_line(comparison->at, comparison->end)), " is missing", "");
        return false;
}
