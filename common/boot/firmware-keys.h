/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Secure Boot's keys are worth, as far as the names in their certificates tell: keys whose private halves are public, and
 * keys of third parties that sign for everybody. The values of PK, KEK and db are searched for names, not parsed: a certificate
 * has its names as plain text. Pure. */
#ifndef CLEANSLATE_COMMON_FIRMWARE_KEYS_H
#define CLEANSLATE_COMMON_FIRMWARE_KEYS_H

#include "common/base/bytes.h"

struct firmware_keys {
        bool known;              /* at least one value was there to be searched */
        const char *test_key;    /* a name of a key that is meant for tests; NULL = none was found */
        const char *third_party; /* of one that signs other systems as well */
};

/* Adds what the value of one variable tells. Of the third parties only db counts: `is_db`. Reads at most `value.size` bytes. */
void firmware_keys_add(struct firmware_keys *keys, struct bytes value, bool is_db);

#endif
