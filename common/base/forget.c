/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/base/forget.h"

#define VERSION 1

void forget_encode(uint32_t what, uint8_t ret[static FORGET_ENCODED_SIZE])
{
        ret[0] = VERSION;
        ret[1] = (uint8_t)what;
}

enum err forget_decode(const void *data, size_t size, uint32_t *ret)
{
        const uint8_t *bytes = data;

        if (size != FORGET_ENCODED_SIZE)
                return size < FORGET_ENCODED_SIZE ? ERR_TRUNCATED : ERR_TOO_LARGE;
        if (bytes[0] != VERSION)
                return ERR_VERSION;
        if (bytes[1] & ~(FORGET_BOOT_SECRET | FORGET_OWNER_KEYS))
                return ERR_RANGE;
        *ret = bytes[1];
        return ERR_OK;
}

const struct forget_name forget_names[] = {
        { FORGET_BOOT_SECRET, &guid_loader_interface, "LoaderBootSecret" },
        { FORGET_OWNER_KEYS, &guid_shim, "MokList" },
        { FORGET_OWNER_KEYS, &guid_shim, "MokListTrusted" },
        { FORGET_OWNER_KEYS, &guid_shim, "MokSBState" },
        { FORGET_OWNER_KEYS, &guid_shim, "MokDBState" },
        { FORGET_OWNER_KEYS, &guid_shim, "MokPWStore" },
        { 0, NULL, NULL },
};
