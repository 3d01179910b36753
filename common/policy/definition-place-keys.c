/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small function a key: the table entry, and where it goes. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/base/partition-type.h"
#include "common/policy/definition-draft.h"
#include "common/policy/policy-values.h"

#define WEIGHT_MAX      1000000
#define LABEL_UTF16_MAX 36
#define SIZE_GRAIN      4096 /* what systemd-repart rounds sizes to */

enum err apply_type(struct definition_draft *draft, const char *value)
{
        if (!partition_type_parse(value, text_length(value), &draft->definition.type) || guid_is_zero(&draft->definition.type))
                return definition_fail(draft, ERR_RANGE, "a partition type's name or GUID");
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

enum err apply_label(struct definition_draft *draft, const char *value)
{
        char label[DEFINITION_VALUE_MAX];
        enum err err = definition_expand(draft, value, label, sizeof(label));

        if (err != ERR_OK)
                return err;
        if (label[0] == '\0')
                return definition_fail(draft, ERR_RANGE, "a label is not empty");
        for (size_t i = 0; label[i] != '\0'; i++)
                if ((uint8_t)label[i] < 0x20 || label[i] == 0x7f)
                        return definition_fail(draft, ERR_RANGE, "a label has no control characters");
        if (utf16_units(label) > LABEL_UTF16_MAX)
                return definition_fail(draft, ERR_RANGE, "a label has at most 36 UTF-16 units");
        draft->definition.has_label = true;
        return text_copy(draft->definition.label, PARTITION_NAME_MAX, label, text_length(label)) ? ERR_OK : ERR_TOO_LARGE;
}

enum err apply_uuid(struct definition_draft *draft, const char *value)
{
        struct partition_definition *definition = &draft->definition;
        struct id128 id;

        definition->has_uuid = value[0] != '\0';
        definition->uuid = (struct guid){ { 0 } };
        if (!definition->has_uuid)
                return ERR_OK;
        if (text_equal(value, "null"))
                return definition_fail(draft, ERR_UNSUPPORTED, "a partition without a UUID cannot be told from others");
        if (!id128_parse(value, text_length(value), &id))
                return definition_fail(draft, ERR_RANGE, "a UUID, 32 digits with dashes or without");
        definition->uuid = guid_of_id128(&id);
        return guid_is_zero(&definition->uuid)
                       ? definition_fail(draft, ERR_UNSUPPORTED, "a partition without a UUID cannot be told from others")
                       : ERR_OK;
}

enum err apply_priority(struct definition_draft *draft, const char *value)
{
        if (!value_to_signed(value, &draft->definition.priority))
                return definition_fail(draft, ERR_RANGE, "a whole number of 32 bits");
        return ERR_OK;
}

static enum err weight_of(struct definition_draft *draft, const char *value, uint32_t *ret)
{
        uint64_t weight;

        if (!value_to_number(value, &weight) || weight > WEIGHT_MAX)
                return definition_fail(draft, ERR_RANGE, "0 to 1000000");
        *ret = (uint32_t)weight;
        return ERR_OK;
}

enum err apply_weight(struct definition_draft *draft, const char *value)
{
        return weight_of(draft, value, &draft->definition.weight);
}

enum err apply_padding_weight(struct definition_draft *draft, const char *value)
{
        return weight_of(draft, value, &draft->definition.padding_weight);
}

/* Minima are rounded up, maxima down. */
static enum err size_of(struct definition_draft *draft, const char *value, bool up, uint64_t *ret)
{
        uint64_t size;

        if (!value_to_size(value, &size) || (up && size > UINT64_MAX - (SIZE_GRAIN - 1)))
                return definition_fail(draft, ERR_RANGE, "a number of bytes, or one with the unit K, M, G or T");
        size += up ? SIZE_GRAIN - 1 : 0;
        *ret = size - size % SIZE_GRAIN;
        return ERR_OK;
}

enum err apply_size_min(struct definition_draft *draft, const char *value)
{
        draft->definition.has_size_min = true;
        return size_of(draft, value, true, &draft->definition.size_min_bytes);
}

enum err apply_size_max(struct definition_draft *draft, const char *value)
{
        return size_of(draft, value, false, &draft->definition.size_max_bytes);
}

enum err apply_padding_min(struct definition_draft *draft, const char *value)
{
        draft->definition.has_padding_min = true;
        return size_of(draft, value, true, &draft->definition.padding_min_bytes);
}

enum err apply_padding_max(struct definition_draft *draft, const char *value)
{
        return size_of(draft, value, false, &draft->definition.padding_max_bytes);
}

enum err apply_flags(struct definition_draft *draft, const char *value)
{
        if (value_to_number(value, &draft->flags))
                return ERR_OK;
        return definition_fail(draft, ERR_RANGE, "a number, decimal, 0x... or 0b...");
}

enum err apply_read_only(struct definition_draft *draft, const char *value)
{
        return definition_tristate(draft, value, &draft->read_only);
}

enum err apply_no_auto(struct definition_draft *draft, const char *value)
{
        return definition_tristate(draft, value, &draft->no_auto);
}

enum err apply_grow(struct definition_draft *draft, const char *value)
{
        return definition_tristate(draft, value, &draft->grow);
}

enum err apply_supplement(struct definition_draft *draft, const char *value)
{
        if (!text_copy(draft->definition.supplement_for, DEFINITION_FILE_MAX, value, text_length(value)))
                return definition_fail(draft, ERR_TOO_LARGE, "a definition's name without \".conf\", at most 63 bytes");
        for (size_t i = 0; value[i] != '\0'; i++)
                if (value[i] == '/')
                        return definition_fail(draft, ERR_RANGE, "a definition's name without \".conf\"");
        return ERR_OK;
}
