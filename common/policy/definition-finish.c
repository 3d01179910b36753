/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the keys of a definition must be together, and what they mean where they do not say. */
#include "common/base/bytes.h"
#include "common/base/partition-type.h"
#include "common/policy/definition-draft.h"

#define FLAG_READ_ONLY (UINT64_C(1) << 60)
#define FLAG_NO_AUTO   (UINT64_C(1) << 63)

bool definition_place_is_essential(const char *where)
{
        return text_equal(where, "/") || text_equal(where, "/etc") || text_equal(where, "/var");
}

bool definition_format_is_read_only(const char *format)
{
        static const char *const formats[] = { "squashfs", "erofs", "cramfs", "iso9660" };

        for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
                if (text_equal(format, formats[i]))
                        return true;
        return false;
}

/* What the initrd knows how to have made, filled and mounted; "" as well. */
static bool is_format_built(const char *format)
{
        static const char *const formats[] = { "", "ext2", "ext3", "ext4", "btrfs", "xfs", "vfat", "swap" };

        for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
                if (text_equal(format, formats[i]))
                        return true;
        return false;
}

static bool has_tree(const struct partition_definition *definition)
{
        return definition->copy_count > 0 || definition->directory_count > 0 || definition->link_count > 0;
}

static void set_text(char *ret, size_t capacity, const char *text)
{
        (void)text_copy(ret, capacity, text, text_length(text));
}

static void default_format(struct definition_draft *draft)
{
        struct partition_definition *definition = &draft->definition;
        const struct guid *type = &definition->type;

        if (definition->format[0] != '\0' || draft->empty)
                return;
        if (partition_type_is(type, "swap"))
                set_text(definition->format, sizeof(definition->format), "swap");
        else if (has_tree(definition) || (definition->encrypt != ENCRYPT_OFF && !draft->copies_blocks))
                set_text(definition->format, sizeof(definition->format), partition_type_is_boot(type) ? "vfat" : "ext4");
}

static void fill_in_defaults(struct definition_draft *draft)
{
        struct partition_definition *definition = &draft->definition;
        const struct guid *type = &definition->type;
        bool hashes = partition_type_is_verity(type) || partition_type_is_verity_signature(type);

        default_format(draft);
        if (draft->empty && !definition->has_label) {
                set_text(definition->label, sizeof(definition->label), "_empty");
                definition->has_label = true;
        }
        if (definition->mount_count == 0)
                set_text(definition->mount_point, sizeof(definition->mount_point), partition_type_mount_point(type));
        if (!definition->has_size_min && (definition_format_is_read_only(definition->format) || draft->has_verity))
                definition->size_min_bytes = 1;
        if ((hashes || draft->has_verity) && draft->read_only < 0)
                draft->read_only = true;
        if (draft->grow < 0 && draft->read_only <= 0 && partition_type_knows(type) & PARTITION_KNOWS_GROW)
                draft->grow = true;
}

/* What a type gives no meaning to is left as Flags= says. */
static uint64_t with_flag(uint64_t flags, const struct guid *type, unsigned known, int state, uint64_t flag)
{
        if (state < 0 || !(partition_type_knows(type) & known))
                return flags;
        return state > 0 ? flags | flag : flags & ~flag;
}

static void merge_flags(struct definition_draft *draft)
{
        const struct guid *type = &draft->definition.type;
        uint64_t flags = draft->flags;

        flags = with_flag(flags, type, PARTITION_KNOWS_GROW, draft->grow, GPT_ATTRIBUTE_GROW);
        flags = with_flag(flags, type, PARTITION_KNOWS_READ_ONLY, draft->read_only, FLAG_READ_ONLY);
        draft->definition.flags = with_flag(flags, type, PARTITION_KNOWS_NO_AUTO, draft->no_auto, FLAG_NO_AUTO);
}

/* Each rule as systemd-repart has it. */
static enum err judge(struct definition_draft *draft, const char **ret_key)
{
        const struct partition_definition *definition = &draft->definition;
        const char *format = definition->format;
        bool encrypted = definition->encrypt != ENCRYPT_OFF, minimized = draft->minimize != MINIMIZE_OFF;
        const struct {
                const char *key;
                bool fault;
                enum err err;
                const char *detail;
        } rules[] = {
                { "Type", !draft->has_type, ERR_MISSING, "every definition needs a partition type" },
                { "SizeMinBytes", definition->has_size_min && definition->size_min_bytes > definition->size_max_bytes, ERR_RANGE,
                  "at most SizeMaxBytes=, both rounded to 4096 bytes" },
                { "PaddingMinBytes", definition->padding_min_bytes > definition->padding_max_bytes, ERR_RANGE,
                  "at most PaddingMaxBytes=" },
                { "CopyBlocks", draft->copies_blocks && (format[0] != '\0' || has_tree(definition)), ERR_RANGE,
                  "not together with Format=, CopyFiles=, MakeDirectories= or MakeSymlinks=" },
                { "Format", text_equal(format, "swap") && has_tree(definition), ERR_RANGE,
                  "swap holds no files: not together with CopyFiles=, MakeDirectories= or MakeSymlinks=" },
                { "Format", definition_format_is_read_only(format) && !has_tree(definition), ERR_RANGE,
                  "a read-only file system is made of files: CopyFiles= is missing" },
                { "Minimize", minimized && format[0] == '\0' && !draft->has_hashes, ERR_RANGE, "only together with Format=" },
                { "Minimize",
                  draft->minimize == MINIMIZE_BEST && format[0] != '\0' && !definition_format_is_read_only(format) &&
                          !text_equal(format, "btrfs"),
                  ERR_RANGE, "best needs a read-only file system or btrfs" },
                { "VerityMatchKey", draft->has_verity != draft->has_match_key, ERR_RANGE,
                  "together with Verity=, and with it alone" },
                { "Verity", draft->has_hashes && (format[0] != '\0' || has_tree(definition)), ERR_RANGE,
                  "hashes and signatures have no file system" },
                { "Verity", draft->has_verity && encrypted, ERR_RANGE, "not together with Encrypt=" },
                { "Integrity", definition->integrity != INTEGRITY_OFF && !encrypted, ERR_RANGE, "only together with Encrypt=" },
                { "SupplementFor",
                  definition->supplement_for[0] != '\0' && (draft->copies_blocks || encrypted || draft->has_verity), ERR_RANGE,
                  "not together with CopyBlocks=, Encrypt= or Verity=" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if (rules[i].fault) {
                        *ret_key = rules[i].key;
                        return definition_fail(draft, rules[i].err, rules[i].detail);
                }
        return ERR_OK;
}

enum err definition_draft_finish(struct definition_draft *draft, const char **ret_key)
{
        struct partition_definition *definition = &draft->definition;
        const char *unsupported;
        enum err err;

        if (draft->has_type)
                fill_in_defaults(draft);
        err = judge(draft, ret_key);
        if (err == ERR_OK)
                err = definition_finish_btrfs(draft, ret_key);
        if (err != ERR_OK)
                return err;
        err = definition_finish_mounts(draft);
        if (err != ERR_OK) {
                *ret_key = "MountPoint";
                return err;
        }
        merge_flags(draft);
        unsupported = definition_draft_unsupported(draft);
        if (!is_format_built(definition->format) && !unsupported)
                unsupported = "Format";
        definition->cannot_build = unsupported != NULL;
        definition->has_blocks = draft->copies_blocks || draft->has_verity;
        if (!definition->cannot_build || !definition->factory_reset)
                return ERR_OK;
        *ret_key = unsupported;
        return definition_fail(draft, ERR_UNSUPPORTED, "not together with FactoryReset=yes: what is erased could not be rebuilt");
}
