/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A search for names in certificates; see firmware-keys.h. */
#include "common/boot/firmware-keys.h"
#include "common/base/memory.h"

/* AMI's reference keys, which hundreds of products shipped with (CVE-2024-8105); Debian's and Ubuntu's for virtual machines; EDK
 * II's. */
static const char *const test_keys[] = {
        "DO NOT TRUST", "DO NOT SHIP", "Snakeoil", "snakeoil", "TEST KEY", "Test Key", "TestRoot"
};

static const char *const third_parties[] = { "Microsoft Corporation UEFI CA 2011", "Microsoft UEFI CA 2023",
                                             "Microsoft Windows Production PCA 2011", "Windows UEFI CA 2023" };

static bool contains(struct bytes value, const char *name)
{
        const size_t length = text_length(name);

        for (size_t at = 0; range_fits(value.size, at, length); at++)
                if (memcmp(value.data + at, name, length) == 0)
                        return true;
        return false;
}

static const char *first_of(struct bytes value, const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (contains(value, names[i]))
                        return names[i];
        return NULL;
}

void firmware_keys_add(struct firmware_keys *keys, struct bytes value, bool is_db)
{
        keys->known = true;
        if (!keys->test_key)
                keys->test_key = first_of(value, test_keys, ARRAY_SIZE(test_keys));
        if (is_db && !keys->third_party)
                keys->third_party = first_of(value, third_parties, ARRAY_SIZE(third_parties));
}
