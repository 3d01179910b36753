/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small function a key: what a btrfs has beyond files. Other file systems take no notice, as with systemd-repart. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/definition-draft.h"
#include "common/policy/policy-values.h"

/* Words between commas; the last list that is given for a path counts. */
static bool take_flags(const char *text, struct sub_volume *ret)
{
        static const char read_only[] = "ro", no_cow[] = "nodatacow";

        ret->read_only = ret->no_cow = false;
        while (text[0] != '\0') {
                size_t length = 0;

                while (text[length] != '\0' && text[length] != ',')
                        length++;
                if (length == sizeof(read_only) - 1 && memcmp(text, read_only, length) == 0)
                        ret->read_only = true;
                else if (length == sizeof(no_cow) - 1 && memcmp(text, no_cow, length) == 0)
                        ret->no_cow = true;
                else
                        return false;
                if (text[length] == '\0')
                        break;
                text += length + 1;
                if (text[0] == '\0')
                        return false;
        }
        return true;
}

static struct sub_volume *find(struct partition_definition *definition, const char *path)
{
        for (size_t i = 0; i < definition->sub_volume_count; i++)
                if (text_equal(definition->sub_volumes[i].path, path))
                        return &definition->sub_volumes[i];
        return NULL;
}

/* path[:flags] */
static enum err take_sub_volume(struct definition_draft *draft, const char *word)
{
        struct partition_definition *definition = &draft->definition;
        char field[DEFINITION_VALUE_MAX], flags[DEFINITION_VALUE_MAX], path[POLICY_PATH_MAX];
        const char *at = word;
        struct sub_volume *volume;
        bool has_flags = false;
        enum err err = value_next_field(&at, field, sizeof(field));

        if (err == ERR_OK && at) {
                has_flags = true;
                err = value_next_field(&at, flags, sizeof(flags));
        }
        if (err != ERR_OK || at)
                return definition_fail(draft, ERR_RANGE, "path[:flags], the flags ro and nodatacow");
        err = definition_path_of(draft, field, text_length(field), path);
        if (err != ERR_OK)
                return err;
        volume = find(definition, path);
        if (!volume && definition->sub_volume_count == POLICY_SUB_VOLUMES_MAX)
                return definition_fail(draft, ERR_TOO_LARGE, "at most 16 subvolumes in a definition");
        if (!volume) {
                volume = &definition->sub_volumes[definition->sub_volume_count++];
                memcpy(volume->path, path, sizeof(path));
        }
        if (has_flags && !take_flags(flags, volume))
                return definition_fail(draft, ERR_RANGE, "path[:flags], the flags ro and nodatacow");
        return ERR_OK;
}

enum err apply_sub_volumes(struct definition_draft *draft, const char *value)
{
        char word[DEFINITION_VALUE_MAX];
        enum err err;

        while ((err = value_next_word(&value, word, sizeof(word))) == ERR_OK) {
                err = take_sub_volume(draft, word);
                if (err != ERR_OK)
                        return err;
        }
        return err == ERR_NOT_FOUND ? ERR_OK : definition_fail(draft, err, "path[:flags], separated by blanks");
}

enum err apply_default_sub_volume(struct definition_draft *draft, const char *value)
{
        draft->default_sub_volume[0] = '\0';
        return value[0] == '\0' ? ERR_OK : definition_path_of(draft, value, text_length(value), draft->default_sub_volume);
}

enum err apply_compression(struct definition_draft *draft, const char *value)
{
        if (text_copy(draft->compression, sizeof(draft->compression), value, text_length(value)))
                return ERR_OK;
        return definition_fail(draft, ERR_TOO_LARGE, "the name of a compression is shorter");
}

enum err apply_compression_level(struct definition_draft *draft, const char *value)
{
        if (text_copy(draft->compression_level, sizeof(draft->compression_level), value, text_length(value)))
                return ERR_OK;
        return definition_fail(draft, ERR_TOO_LARGE, "a number");
}

/* "zstd:3", as the kernel takes it with the option compress=. */
static bool set_compression(struct definition_draft *draft)
{
        static const struct {
                const char *name;
                uint64_t level_max; /* 0 = it has none */
        } known[] = { { "zlib", 9 }, { "lzo", 0 }, { "zstd", 15 } };
        struct writer writer = writer_over(draft->definition.compression, sizeof(draft->definition.compression) - 1);
        const char *level = draft->compression_level;
        uint64_t number = 0;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
                if (!text_equal(draft->compression, known[i].name))
                        continue;
                if (level[0] != '\0' && (!value_to_number(level, &number) || number == 0 || number > known[i].level_max))
                        return false;
                writer_text(&writer, known[i].name);
                if (level[0] != '\0') {
                        writer_char(&writer, ':');
                        writer_decimal(&writer, number);
                }
                draft->definition.compression[writer.size] = '\0';
                return true;
        }
        return false;
}

enum err definition_finish_btrfs(struct definition_draft *draft, const char **ret_key)
{
        struct partition_definition *definition = &draft->definition;
        const struct sub_volume *chosen = find(definition, draft->default_sub_volume);

        if (draft->default_sub_volume[0] != '\0' && !chosen) {
                *ret_key = "DefaultSubvolume";
                return definition_fail(draft, ERR_RANGE, "one of the paths in Subvolumes=");
        }
        if (!text_equal(definition->format, "btrfs")) {
                definition->sub_volume_count = 0;
                return ERR_OK;
        }
        definition->default_sub_volume = chosen ? (uint8_t)(chosen - definition->sub_volumes + 1) : 0;
        *ret_key = draft->compression[0] != '\0' && draft->compression_level[0] == '\0' ? "Compression" : "CompressionLevel";
        if (draft->compression[0] == '\0' && draft->compression_level[0] == '\0')
                return ERR_OK;
        return set_compression(draft)
                       ? ERR_OK
                       : definition_fail(draft, ERR_RANGE, "zlib with the levels 1 to 9, lzo, or zstd with 1 to 15");
}
