/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small function a key of repart.d; see policy-keys.h. */
#include "common/policy/policy-keys.h"
#include "common/base/bytes.h"
#include "common/base/ini.h"
#include "common/base/memory.h"
#include "common/policy/policy-values.h"

#define WEIGHT_DEFAULT   1000
#define WEIGHT_MAX       1000000
#define SIZE_MIN_DEFAULT (UINT64_C(10) << 20)
#define LABEL_UTF16_MAX  36
#define FLAG_GROW        (UINT64_C(1) << 59)
#define FLAG_READ_ONLY   (UINT64_C(1) << 60)
#define FLAG_NO_AUTO     (UINT64_C(1) << 63)
#define VALUE_MAX        INI_LINE_MAX

static enum err fail(struct definition_draft *draft, enum err err, const char *detail)
{
        draft->detail = detail;
        return err;
}

static enum err expand(struct definition_draft *draft, const char *value, char *ret, size_t capacity)
{
        enum err err = value_expand(value, ret, capacity);

        if (err == ERR_UNSUPPORTED)
                return fail(draft, err, "specifiers other than %% are not expanded");
        return err == ERR_OK ? err : fail(draft, err, "the value is too long");
}

static enum err to_path(struct definition_draft *draft, const char *text, size_t length, char ret[static POLICY_PATH_MAX])
{
        enum err err = value_to_path(text, length, ret);

        if (err == ERR_RANGE)
                return fail(draft, err, "a path is absolute and without \"..\"");
        if (err == ERR_UNSUPPORTED)
                return fail(draft, err, "paths with quotes or backslashes are not supported");
        return err == ERR_OK ? err : fail(draft, err, "at most 127 bytes in a path");
}

static enum err apply_type(struct definition_draft *draft, const char *value)
{
        if (!guid_partition_type_parse(value, text_length(value), &draft->definition.type) ||
            guid_is_zero(&draft->definition.type))
                return fail(draft, ERR_RANGE, "a partition type's name or GUID");
        draft->has_type = true;
        return ERR_OK;
}

static size_t utf16_units(const char *text)
{
        size_t units = 0;

        for (; *text != '\0'; text++) {
                uint8_t byte = (uint8_t)*text;
                units += (byte & 0xc0) != 0x80;
                units += byte >= 0xf0; /* outside of the basic plane: a surrogate pair */
        }
        return units;
}

static enum err apply_label(struct definition_draft *draft, const char *value)
{
        char label[VALUE_MAX];
        enum err err = expand(draft, value, label, sizeof(label));

        if (err != ERR_OK)
                return err;
        for (size_t i = 0; label[i] != '\0'; i++)
                if ((uint8_t)label[i] < 0x20 || label[i] == 0x7f)
                        return fail(draft, ERR_RANGE, "a label has no control characters");
        if (utf16_units(label) > LABEL_UTF16_MAX)
                return fail(draft, ERR_RANGE, "a label has at most 36 UTF-16 units");
        return text_copy(draft->definition.label, PARTITION_NAME_MAX, label, text_length(label)) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err apply_factory_reset(struct definition_draft *draft, const char *value)
{
        draft->definition.factory_reset = false;
        if (value[0] == '\0' || value_to_boolean(value, &draft->definition.factory_reset))
                return ERR_OK;
        return fail(draft, ERR_RANGE, "yes or no");
}

static enum err apply_format(struct definition_draft *draft, const char *value)
{
        for (size_t i = 0; value[i] != '\0'; i++)
                if ((value[i] < 'a' || value[i] > 'z') && (value[i] < '0' || value[i] > '9'))
                        return fail(draft, ERR_RANGE, "a file system's name, of a-z and 0-9");
        if (!text_copy(draft->definition.format, sizeof(draft->definition.format), value, text_length(value)))
                return fail(draft, ERR_TOO_LARGE, "at most 15 bytes in a file system's name");
        return ERR_OK;
}

static const char *const encrypt_modes[] = {
        [ENCRYPT_OFF] = "off",
        [ENCRYPT_KEY_FILE] = "key-file",
        [ENCRYPT_TPM2] = "tpm2",
        [ENCRYPT_KEY_FILE_TPM2] = "key-file+tpm2",
};

const char *encrypt_mode_name(enum encrypt_mode mode)
{
        return (size_t)mode < ARRAY_SIZE(encrypt_modes) ? encrypt_modes[mode] : "unknown";
}

static enum err apply_encrypt(struct definition_draft *draft, const char *value)
{
        bool yes = false;

        draft->definition.encrypt = ENCRYPT_OFF;
        if (value[0] == '\0')
                return ERR_OK;
        for (size_t i = 0; i < ARRAY_SIZE(encrypt_modes); i++)
                if (text_equal(value, encrypt_modes[i])) {
                        draft->definition.encrypt = (enum encrypt_mode)i;
                        return ERR_OK;
                }
        if (!value_to_boolean(value, &yes))
                return fail(draft, ERR_RANGE, "one of off, key-file, tpm2, key-file+tpm2");
        draft->definition.encrypt = yes ? ENCRYPT_KEY_FILE : ENCRYPT_OFF; /* as repart takes a boolean */
        return ERR_OK;
}

const char *integrity_mode_name(enum integrity_mode mode)
{
        return mode == INTEGRITY_INLINE ? "inline" : "off";
}

/* repart(8) passes over a value that it does not know; here that would be a volume with less than its definition asks for. */
static enum err apply_integrity(struct definition_draft *draft, const char *value)
{
        bool on = text_equal(value, "inline");

        if (!on && value[0] != '\0' && !text_equal(value, "off"))
                return fail(draft, ERR_RANGE, "off or inline");
        draft->definition.integrity = on ? INTEGRITY_INLINE : INTEGRITY_OFF;
        return ERR_OK;
}

static enum err apply_integrity_algorithm(struct definition_draft *draft, const char *value)
{
        if (value[0] == '\0' || text_equal(value, "hmac-sha256"))
                return ERR_OK;
        if (text_equal(value, "hmac-sha1") || text_equal(value, "hmac-sha512"))
                return fail(draft, ERR_UNSUPPORTED, "hmac-sha256 is the one that is supported");
        return fail(draft, ERR_RANGE, "hmac-sha256");
}

/* Cuts at the next ':'; *at moves behind it. False when nothing is left. */
static bool next_field(const char **at, struct bytes *ret)
{
        const char *end = *at;

        if (!end)
                return false;
        while (*end != '\0' && *end != ':')
                end++;
        *ret = (struct bytes){ .data = (const uint8_t *)*at, .size = (size_t)(end - *at) };
        *at = *end == ':' ? end + 1 : NULL;
        return true;
}

static enum err field_to_path(struct definition_draft *draft, struct bytes field, char ret[static POLICY_PATH_MAX])
{
        return to_path(draft, (const char *)field.data, field.size, ret);
}

/* source[:target[:options]] */
static enum err apply_copy_files(struct definition_draft *draft, const char *value)
{
        struct partition_definition *definition = &draft->definition;
        struct bytes source, target = { 0 }, options = { 0 }, rest;
        char text[VALUE_MAX];
        const char *at = text;
        enum err err = expand(draft, value, text, sizeof(text));

        if (err != ERR_OK)
                return err;
        if (text[0] == '\0') {
                definition->copy_count = 0;
                draft->copy_options = false;
                return ERR_OK;
        }
        if (definition->copy_count == POLICY_COPIES_MAX)
                return fail(draft, ERR_TOO_LARGE, "at most 8 of these in a definition");
        (void)next_field(&at, &source);
        (void)(next_field(&at, &target) && next_field(&at, &options));
        if (next_field(&at, &rest))
                return fail(draft, ERR_RANGE, "source[:target[:options]]");
        if (options.size > 0)
                draft->copy_options = true;
        err = field_to_path(draft, source, definition->copies[definition->copy_count].source);
        if (err == ERR_OK)
                err = field_to_path(draft, target.size > 0 ? target : source, definition->copies[definition->copy_count].target);
        definition->copy_count += err == ERR_OK;
        return err;
}

static enum err apply_make_directories(struct definition_draft *draft, const char *value)
{
        struct partition_definition *definition = &draft->definition;
        char text[VALUE_MAX];
        enum err err = expand(draft, value, text, sizeof(text));

        if (err == ERR_OK && text[0] == '\0')
                definition->directory_count = 0;
        for (size_t at = 0, length; err == ERR_OK && text[at] != '\0'; at += length) {
                for (length = 0; text[at + length] == ' ' || text[at + length] == '\t';)
                        at++;
                while (text[at + length] != '\0' && text[at + length] != ' ' && text[at + length] != '\t')
                        length++;
                if (length == 0)
                        break;
                if (definition->directory_count == POLICY_DIRECTORIES_MAX)
                        return fail(draft, ERR_TOO_LARGE, "at most 16 directories in a definition");
                err = to_path(draft, text + at, length, definition->directories[definition->directory_count]);
                definition->directory_count += err == ERR_OK;
        }
        return err;
}

/* path[:options]; the options are systemd's, ours are fixed by the W^X rule. */
static enum err apply_mount_point(struct definition_draft *draft, const char *value)
{
        char text[VALUE_MAX];
        const char *at = text;
        struct bytes path;
        enum err err = expand(draft, value, text, sizeof(text));

        if (err != ERR_OK)
                return err;
        if (text[0] == '\0') {
                draft->has_mount_point = false;
                return ERR_OK;
        }
        if (draft->has_mount_point)
                return fail(draft, ERR_UNSUPPORTED, "at most one mount point in a definition");
        draft->has_mount_point = true;
        (void)next_field(&at, &path);
        return field_to_path(draft, path, draft->definition.mount_point);
}

static enum err apply_size(struct definition_draft *draft, const char *value, uint64_t unset, uint64_t *ret)
{
        if (value[0] == '\0')
                *ret = unset;
        else if (!value_to_size(value, ret))
                return fail(draft, ERR_RANGE, "a number of bytes, or one with the suffix K, M, G or T");
        return ERR_OK;
}

static enum err apply_size_min(struct definition_draft *draft, const char *value)
{
        draft->has_size_min = value[0] != '\0';
        return apply_size(draft, value, SIZE_MIN_DEFAULT, &draft->definition.size_min_bytes);
}

static enum err apply_size_max(struct definition_draft *draft, const char *value)
{
        return apply_size(draft, value, UINT64_MAX, &draft->definition.size_max_bytes);
}

static enum err apply_weight(struct definition_draft *draft, const char *value)
{
        uint64_t weight = WEIGHT_DEFAULT;

        if (value[0] != '\0' && (!text_to_u64(value, text_length(value), &weight) || weight > WEIGHT_MAX))
                return fail(draft, ERR_RANGE, "0 to 1000000");
        draft->definition.weight = (uint32_t)weight;
        return ERR_OK;
}

static enum err apply_flags(struct definition_draft *draft, const char *value)
{
        draft->flags = 0;
        if (value[0] == '\0' || value_to_flags(value, &draft->flags))
                return ERR_OK;
        return fail(draft, ERR_RANGE, "a number, decimal or 0x...");
}

static enum err apply_tristate(struct definition_draft *draft, const char *value, int *ret)
{
        bool yes = false;

        if (value[0] != '\0' && !value_to_boolean(value, &yes))
                return fail(draft, ERR_RANGE, "yes or no");
        *ret = value[0] == '\0' ? -1 : yes;
        return ERR_OK;
}

static enum err apply_read_only(struct definition_draft *draft, const char *value)
{
        return apply_tristate(draft, value, &draft->read_only);
}

static enum err apply_no_auto(struct definition_draft *draft, const char *value)
{
        return apply_tristate(draft, value, &draft->no_auto);
}

static enum err apply_grow(struct definition_draft *draft, const char *value)
{
        return apply_tristate(draft, value, &draft->grow);
}

static const struct {
        const char *key;
        enum err (*apply)(struct definition_draft *draft, const char *value); /* NULL: asks for something we cannot build */
} keys[] = {
        { "Type", apply_type },
        { "Label", apply_label },
        { "FactoryReset", apply_factory_reset },
        { "Format", apply_format },
        { "Encrypt", apply_encrypt },
        { "Integrity", apply_integrity },
        { "IntegrityAlgorithm", apply_integrity_algorithm },
        { "CopyFiles", apply_copy_files },
        { "MakeDirectories", apply_make_directories },
        { "MountPoint", apply_mount_point },
        { "SizeMinBytes", apply_size_min },
        { "SizeMaxBytes", apply_size_max },
        { "Weight", apply_weight },
        { "Flags", apply_flags },
        { "ReadOnly", apply_read_only },
        { "NoAuto", apply_no_auto },
        { "GrowFileSystem", apply_grow },
        { "Subvolumes", NULL },
        { "Verity", NULL },
        { "CopyBlocks", NULL },
        { "ExcludeFiles", NULL },
        { "ExcludeFilesTarget", NULL },
        { "MakeSymlinks", NULL },
};

void definition_draft_init(struct definition_draft *ret)
{
        memset(ret, 0, sizeof(*ret));
        ret->definition.size_min_bytes = SIZE_MIN_DEFAULT;
        ret->definition.size_max_bytes = UINT64_MAX;
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
                if (keys[i].apply)
                        return keys[i].apply(draft, value);
                draft->unsupported &= ~(UINT32_C(1) << i);
                if (value[0] != '\0' && !text_equal(value, "off"))
                        draft->unsupported |= UINT32_C(1) << i;
        }
        return ERR_OK;
}

/* The key that makes a definition impossible to build, NULL = none. Subvolumes= matters to btrfs alone. */
static const char *unsupported_key(const struct definition_draft *draft)
{
        bool btrfs = text_equal(draft->definition.format, "btrfs");

        if (draft->copy_options)
                return "CopyFiles";
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (draft->unsupported & UINT32_C(1) << i && (btrfs || !text_equal(keys[i].key, "Subvolumes")))
                        return keys[i].key;
        return NULL;
}

/* Where the Discoverable Partitions Specification mounts a type; "" where it is not ours to say. */
static const char *mount_point_of_type(const char *type_name)
{
        static const char *const table[][2] = {
                { "var", "/var" }, { "home", "/home" }, { "srv", "/srv" }, { "tmp", "/var/tmp" }
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (text_equal(type_name, table[i][0]))
                        return table[i][1];
        return "";
}

static void fill_in_defaults(struct definition_draft *draft)
{
        struct partition_definition *definition = &draft->definition;
        const char *type_name = guid_partition_type_name(&definition->type), *format = "ext4", *mount_point;
        bool boot = type_name && (text_equal(type_name, "esp") || text_equal(type_name, "xbootldr"));

        if (!type_name)
                type_name = "";
        if (definition->label[0] == '\0')
                (void)text_copy(definition->label, sizeof(definition->label), type_name, text_length(type_name));
        if (!draft->has_mount_point) {
                mount_point = mount_point_of_type(type_name);
                (void)text_copy(definition->mount_point, sizeof(definition->mount_point), mount_point, text_length(mount_point));
        }
        if (boot)
                format = "vfat";
        if (definition->format[0] == '\0' &&
            (definition->copy_count > 0 || definition->directory_count > 0 || definition->encrypt != ENCRYPT_OFF))
                (void)text_copy(definition->format, sizeof(definition->format), format, text_length(format));
        if (!draft->has_size_min && definition->size_min_bytes > definition->size_max_bytes)
                definition->size_min_bytes = definition->size_max_bytes;
}

static uint64_t with_flag(uint64_t flags, int state, uint64_t flag)
{
        return state < 0 ? flags : state > 0 ? flags | flag : flags & ~flag;
}

enum err definition_draft_finish(struct definition_draft *draft, const char **ret_key)
{
        struct partition_definition *definition = &draft->definition;

        *ret_key = "Type";
        if (!draft->has_type)
                return fail(draft, ERR_MISSING, "every definition needs a partition type");
        fill_in_defaults(draft);
        *ret_key = "SizeMinBytes";
        if (definition->size_min_bytes > definition->size_max_bytes)
                return fail(draft, ERR_RANGE, "at most SizeMaxBytes=");
        *ret_key = "Integrity";
        if (definition->integrity != INTEGRITY_OFF && definition->encrypt == ENCRYPT_OFF)
                return fail(draft, ERR_RANGE, "only together with Encrypt=");
        definition->flags = with_flag(draft->flags, draft->grow, FLAG_GROW);
        definition->flags = with_flag(definition->flags, draft->read_only, FLAG_READ_ONLY);
        definition->flags = with_flag(definition->flags, draft->no_auto, FLAG_NO_AUTO);
        definition->cannot_build = unsupported_key(draft) != NULL;
        if (!definition->cannot_build || !definition->factory_reset)
                return ERR_OK;
        *ret_key = unsupported_key(draft);
        return fail(draft, ERR_UNSUPPORTED, "not together with FactoryReset=yes: what is erased could not be rebuilt");
}
