/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32 as in IEEE 802.3 and GPT: polynomial 0xEDB88320 reflected, initial value and final XOR all ones. */
#ifndef CLEANSLATE_COMMON_CRC32_H
#define CLEANSLATE_COMMON_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *data, size_t size);

#endif
