/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a look at the EFI system partition and at the EFI variables starts from, in the initrd and in the running system alike. */
#ifndef CLEANSLATE_LINUX_SURVEY_SOURCE_H
#define CLEANSLATE_LINUX_SURVEY_SOURCE_H

#include "common/policy/policy.h"
#include "linux/base/trouble.h"
#include "linux/efi/efivarfs.h"
#include "linux/esp/esp-hashes.h"

struct survey_source {
        const struct settings *settings;  /* the verified image's */
        const struct efivarfs *variables; /* directory_fd -1 = there are none */
        int root_fd;                      /* the verified image */
        struct guid esp;                  /* the partition we were started from; zero = unknown */
        const char *stub_file;     /* on it, as our stub has handed it over; "" = it does not know; NULL = no stub of ours */
        struct esp_hashes *hashes; /* of earlier looks, where nobody else writes to it; NULL = each look reads anew */
        bool begun;                /* the reset is past its first step: what cannot be looked at any more stops nothing */
        struct trouble trouble;    /* where the reason of a failure goes */
};

#endif
