/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first line of the input holds mount points, separated by NULs; the rest is a manifest. Parts lie within it, are whole lines
 * and never overlap; a part equals itself, and nothing that was changed in any byte, cut or lengthened. */
#include "common/rebuild/manifest-compare.h"
#include "tests/fuzz/fuzz.h"

static size_t line_size(const char *at, const char *end)
{
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        return newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
}

static void take_mount_points(const char *text, size_t size, struct policy *ret)
{
        policy_init(ret);
        while (size > 0 && ret->partition_count < 6) {
                size_t length = strnlen(text, size);

                (void)text_copy(ret->partitions[ret->partition_count++].mount_point, POLICY_PATH_MAX, text, length);
                text += length;
                size -= length;
                if (size > 0) {
                        text++;
                        size--;
                }
        }
}

static bool is_equal(struct bytes part, struct bytes walk)
{
        struct manifest_comparison comparison;
        const char *at = (const char *)walk.data, *end = at + walk.size;
        bool equal = true;

        manifest_compare_begin(&comparison, part);
        while (equal && at < end) {
                size_t size = line_size(at, end);

                equal = manifest_compare_line(&comparison, at, size);
                at += size;
        }
        equal = equal && manifest_compare_end(&comparison);
        MUST(memchr(comparison.difference, 0, sizeof(comparison.difference)) != NULL);
        MUST(equal == (comparison.difference[0] == 0));
        return equal;
}

static void check_comparison(struct bytes part, uint8_t choice)
{
        uint8_t *changed = malloc(part.size + 1);
        size_t at = choice * part.size / 256;

        MUST(changed != NULL);
        MUST(is_equal(part, part));
        memcpy(changed, part.data, part.size);
        changed[at] ^= (uint8_t)(1 + choice % 255);
        MUST(!is_equal(part, (struct bytes){ changed, part.size }));
        MUST(!is_equal((struct bytes){ changed, part.size }, part));
        MUST(!is_equal(part, (struct bytes){ part.data, at }));
        changed[at] = part.data[at];
        changed[part.size] = 'x';
        MUST(!is_equal(part, (struct bytes){ changed, part.size + 1 }));
        free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct policy policy;
        size_t first = line_size((const char *)data, (const char *)data + size);
        struct bytes manifest = { data + first, size - first }, parts[POLICY_PARTITIONS_MAX] = { 0 };

        if (first == 0)
                return 0;
        take_mount_points((const char *)data, first - 1, &policy);
        for (size_t d = 0; d < policy.partition_count; d++) {
                struct bytes *part = &parts[d];

                if (!manifest_part(manifest, &policy, d, part))
                        continue;
                MUST(part->size > 0 && part->data >= manifest.data && part->data + part->size <= manifest.data + manifest.size);
                MUST(part->data == manifest.data || part->data[-1] == '\n');
                MUST(part->data + part->size == manifest.data + manifest.size || part->data[part->size - 1] == '\n');
                for (size_t i = 0; i < d; i++)
                        MUST(parts[i].size == 0 || parts[i].data == part->data || parts[i].data + parts[i].size <= part->data ||
                             part->data + part->size <= parts[i].data);
                check_comparison(*part, data[size - 1]);
        }
        return 0;
}
