/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/policy/supplement.h"
#include "common/base/bytes.h"

/* "20-xbootldr.conf" by the name "20-xbootldr". */
static bool is_named(const struct partition_definition *definition, const char *name)
{
        size_t length = text_length(name);

        return text_starts_with(definition->file, name) && text_equal(definition->file + length, ".conf");
}

int supplement_target(const struct partition_definition *definitions, size_t count, size_t index)
{
        const char *name = definitions[index].supplement_for;

        for (size_t d = 0; name[0] != '\0' && d < count; d++)
                if (d != index && is_named(&definitions[d], name))
                        return (int)d;
        return -1;
}

/* Of two definitions, as systemd-repart 262 has it: bounds that only one kind of is given never contradict each other. */
static bool are_bounds_right(bool has_min, uint64_t min, uint64_t other_min, uint64_t max, uint64_t other_max)
{
        return !has_min || (min > other_min ? min : other_min) <= (max < other_max ? max : other_max);
}

static uint64_t size_min(const struct partition_definition *definition)
{
        return definition->has_size_min ? definition->size_min_bytes : 0;
}

static const char *bounds_fault(const struct partition_definition *a, const struct partition_definition *b)
{
        if (!are_bounds_right(a->has_size_min || b->has_size_min, size_min(a), size_min(b), a->size_max_bytes, b->size_max_bytes))
                return "SizeMinBytes= of one of the two is larger than SizeMaxBytes= of the other";
        if (!are_bounds_right(true, a->padding_min_bytes, b->padding_min_bytes, a->padding_max_bytes, b->padding_max_bytes))
                return "PaddingMinBytes= of one of the two is larger than PaddingMaxBytes= of the other";
        return NULL;
}

/* Where it is merged, it has no partition, and the next one of its type would be taken for it. */
static bool has_follower(const struct partition_definition *definitions, size_t count, size_t index)
{
        for (size_t d = index + 1; d < count; d++)
                if (guid_equal(&definitions[d].type, &definitions[index].type))
                        return true;
        return false;
}

/* Also where the other one is the root volume: its /etc and /var would be without factory files then. */
static bool loses_state(const struct partition_definition *definition)
{
        return definition->format[0] != '\0' && definition_place_is_essential(definition->mount_point);
}

const char *supplement_fault(const struct partition_definition *definitions, size_t count, size_t index, enum err *ret)
{
        const struct partition_definition *own = &definitions[index], *target;
        int found = supplement_target(definitions, count, index);

        if (own->supplement_for[0] == '\0')
                return NULL;
        *ret = ERR_RANGE;
        if (found < 0)
                return "there is no such definition";
        target = &definitions[found];
        if (target->supplement_for[0] != '\0')
                return "the definition is itself a supplement";
        for (size_t d = 0; d < index; d++)
                if (text_equal(definitions[d].supplement_for, own->supplement_for))
                        return "the definition has another supplement";
        if (target->has_blocks || target->encrypt != ENCRYPT_OFF)
                return "the definition has CopyBlocks=, Encrypt= or Verity=";
        if (bounds_fault(own, target))
                return bounds_fault(own, target);
        *ret = ERR_UNSUPPORTED;
        if (has_follower(definitions, count, index))
                return "no later definition may have the same type: without this partition, that one's would be taken for it";
        return loses_state(own) ? "nothing would be mounted at /, /etc or /var where the two are merged" : NULL;
}
