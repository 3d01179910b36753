/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operating system asked its boot loader for through the Boot Loader Interface. Reads, and removes what is meant for a
 * single boot. Where another boot loader started us, all of it was that one's to read: nothing is read, nothing removed. */
#ifndef CLEANSLATE_EFI_LOADER_REQUESTS_H
#define CLEANSLATE_EFI_LOADER_REQUESTS_H

#include "common/boot/loader-entry.h"
#include "efi/facts.h"
#include "efi/platform.h"

struct loader_requests {
        bool foreign_loader;
        bool entry_given; /* LoaderEntryOneShot, removed */
        enum loader_entry entry;
        enum err entry_err;      /* it was there and is none of ours */
        EFI_STATUS entry_status; /* it could not be read, or not be removed: then it is not followed, or it would be for ever */
        bool default_ignored;    /* LoaderEntryDefault asks for an entry of ours that is not the ordinary start */
        struct loader_timeout lasting, once;
        bool firmware_setup; /* the firmware can be told to show its setup */
};

struct loader_requests loader_requests_read(const struct platform *platform);

/* What an entry means for the boot's decision. Break-glass needs a person's word besides and is left to the menu where the image
 * allows it. */
void loader_requests_apply(const struct loader_requests *requests, struct boot_facts *facts);

#endif
