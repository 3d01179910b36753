/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every key of repart.d(5), systemd 262, and what becomes of it; docs/repart.md is the same table for people. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/definition-draft.h"
#include "common/policy/policy-values.h"

#define SIZE_MIN_DEFAULT (UINT64_C(10) << 20)
#define WEIGHT_DEFAULT   1000

enum err definition_fail(struct definition_draft *draft, enum err err, const char *detail)
{
        draft->detail = detail;
        return err;
}

enum err definition_expand(struct definition_draft *draft, const char *value, char *ret, size_t capacity)
{
        return specifiers_expand(draft->specifiers, value, ret, capacity, &draft->detail);
}

enum err definition_path(struct definition_draft *draft, const char *text, char ret[static POLICY_PATH_MAX])
{
        enum err err = value_to_path(text, text_length(text), ret);

        if (err == ERR_RANGE)
                return definition_fail(draft, err, "a path is absolute and without \"..\"");
        if (err == ERR_UNSUPPORTED)
                return definition_fail(draft, err, "paths with quotes or backslashes are not supported");
        return err == ERR_OK ? err : definition_fail(draft, err, "at most 127 bytes in a path");
}

enum err definition_tristate(struct definition_draft *draft, const char *value, int *ret)
{
        bool yes = false;

        if (value[0] != '\0' && !value_to_boolean(value, &yes))
                return definition_fail(draft, ERR_RANGE, "yes or no");
        *ret = value[0] == '\0' ? -1 : yes;
        return ERR_OK;
}

/* What a key is about that changes nothing on a device: images are made with it, elsewhere. */
static enum err apply_nothing(struct definition_draft *draft, const char *value)
{
        (void)draft;
        (void)value;
        return ERR_OK;
}

static const struct {
        const char *key;
        enum err (*apply)(struct definition_draft *draft, const char *value);
        bool unbuildable; /* unless it is empty or "off", nobody builds such a partition here */
} keys[] = {
        { "Type", apply_type, false },
        { "Label", apply_label, false },
        { "VolumeLabel", apply_nothing, true },
        { "UUID", apply_uuid, false },
        { "Priority", apply_priority, false },
        { "Weight", apply_weight, false },
        { "PaddingWeight", apply_padding_weight, false },
        { "SizeMinBytes", apply_size_min, false },
        { "SizeMaxBytes", apply_size_max, false },
        { "PaddingMinBytes", apply_padding_min, false },
        { "PaddingMaxBytes", apply_padding_max, false },
        { "FactoryReset", apply_factory_reset, false },
        { "CopyBlocks", apply_copy_blocks, true },
        { "Format", apply_format, false },
        { "CopyFiles", apply_copy_files, false },
        { "ExcludeFiles", apply_exclude_files, false },
        { "ExcludeFilesTarget", apply_exclude_files_target, false },
        { "MakeDirectories", apply_make_directories, false },
        { "MakeSymlinks", apply_make_symlinks, false },
        { "Encrypt", apply_encrypt, false },
        { "Verity", apply_verity, true },
        { "VerityMatchKey", apply_verity_match_key, false },
        { "VerityDataBlockSizeBytes", apply_block_size, false },
        { "VerityHashBlockSizeBytes", apply_block_size, false },
        { "Flags", apply_flags, false },
        { "ReadOnly", apply_read_only, false },
        { "NoAuto", apply_no_auto, false },
        { "GrowFileSystem", apply_grow, false },
        { "SplitName", apply_nothing, false },
        { "Minimize", apply_minimize, false },
        { "Subvolumes", apply_sub_volumes, false },
        { "DefaultSubvolume", apply_default_sub_volume, false },
        { "MountPoint", apply_mount_point, false },
        { "EncryptedVolume", apply_nothing, true },
        { "TPM2PCRs", apply_nothing, true },
        { "KeyFile", apply_nothing, true },
        { "Integrity", apply_integrity, false },
        { "IntegrityAlgorithm", apply_integrity_algorithm, false },
        { "EncryptKDF", apply_nothing, true },
        { "Compression", apply_compression, false },
        { "CompressionLevel", apply_compression_level, false },
        { "SupplementFor", apply_supplement, false },
        { "AddValidateFS", apply_nothing, false },
        { "FileSystemSectorSize", apply_nothing, true },
        { "Discard", apply_nothing, true },
        { "BlockDeviceReplace", apply_nothing, true },
        { "VolumeName", apply_nothing, true },
};

_Static_assert(ARRAY_SIZE(keys) <= 64, "a bit for each key");

void definition_draft_init(struct definition_draft *ret, const struct specifiers *specifiers)
{
        memset(ret, 0, sizeof(*ret));
        ret->specifiers = specifiers;
        ret->definition.size_min_bytes = SIZE_MIN_DEFAULT;
        ret->definition.size_max_bytes = UINT64_MAX;
        ret->definition.padding_max_bytes = UINT64_MAX;
        ret->definition.weight = WEIGHT_DEFAULT;
        ret->grow = ret->read_only = ret->no_auto = -1;
        ret->detail = "";
}

enum err definition_draft_apply(struct definition_draft *draft, const char *key, const char *value)
{
        draft->detail = "";
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                if (!text_equal(key, keys[i].key))
                        continue;
                draft->unsupported &= ~(UINT64_C(1) << i);
                if (keys[i].unbuildable && value[0] != '\0' && !text_equal(value, "off"))
                        draft->unsupported |= UINT64_C(1) << i;
                return keys[i].apply(draft, value);
        }
        if (text_starts_with(key, "X-"))
                return ERR_OK;
        return definition_fail(draft, ERR_UNKNOWN_KEY, "see docs/repart.md for the keys; one of your own begins with X-");
}

/* What a merged one brings into the other's file system (MakeSymlinks= is not among it): no manifest describes that. */
static bool merges_files(const struct partition_definition *definition)
{
        return definition->supplement_for[0] != '\0' &&
               definition->copy_count + definition->exclude_count + definition->excluded_target_count +
                               definition->directory_count + definition->sub_volume_count >
                       0;
}

const char *definition_draft_unsupported(const struct definition_draft *draft)
{
        if (draft->copy_options)
                return "CopyFiles";
        if (merges_files(&draft->definition))
                return "SupplementFor";
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (draft->unsupported & UINT64_C(1) << i)
                        return keys[i].key;
        return NULL;
}
