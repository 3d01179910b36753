/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32 bit by bit: our inputs are a few hundred bytes, a table would be larger than what it saves. */
#include "common/base/crc32.h"

#define POLYNOMIAL_REFLECTED UINT32_C(0xedb88320)

uint32_t crc32_of(const void *data, size_t size)
{
        const uint8_t *bytes = data;
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < size; i++) {
                crc ^= bytes[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL_REFLECTED : crc >> 1;
        }
        return ~crc;
}
