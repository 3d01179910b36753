/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/base/refused-character.h"

bool character_is_refused(uint32_t point)
{
        static const struct {
                uint32_t first, last;
        } refused[] = {
                { 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad },   { 0x034f, 0x034f },   { 0x061c, 0x061c },
                { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
                { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
                { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
        };

        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
                if (point >= refused[i].first && point <= refused[i].last)
                        return true;
        return (point & 0xfffe) == 0xfffe;
}
