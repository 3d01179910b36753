/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profile selector that another boot menu puts in front of the load options: "@1", alone or followed by a blank and the rest
 * (UAPI.5, multi-profile UKIs; systemd-stub(7)). Pure; a language of one word. */
#ifndef CLEANSLATE_COMMON_PROFILE_OPTION_H
#define CLEANSLATE_COMMON_PROFILE_OPTION_H

#include "common/base/bytes.h"

struct profile_option {
        bool given;       /* a well-formed selector */
        bool malformed;   /* an '@' that begins no selector: "@", "@x", "@1x", a number above UINT_MAX */
        unsigned profile; /* 0 unless given */
        struct bytes
                rest; /* behind the selector and exactly one blank; everything if none was given. UTF-16LE, ends before NUL */
};

/* UTF-16LE up to its NUL or the end; an odd last byte is nobody's. NULL with size 0 is fine. Never fails: what is no selector is
 * load options, as with systemd. */
struct profile_option profile_option_parse(const void *options, size_t size);

#endif
