/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what boot_choose() decides on: the request, the progress of a reset, the embedded command line. Reads only. */
#ifndef CLEANSLATE_EFI_FACTS_H
#define CLEANSLATE_EFI_FACTS_H

#include "common/boot/boot-choice.h"
#include "common/boot/profile-option.h"
#include "common/format/uki.h"
#include "efi/platform.h"

struct facts {
        struct boot_facts boot;
        enum err request_err;      /* why it is malformed */
        EFI_STATUS request_status; /* EFI_SUCCESS or EFI_NOT_FOUND, or why it could not be read (then it counts as malformed) */
        bool boot_count_damaged;   /* the count exists and is not one: counting begins again */
        bool progress_rejected;    /* a progress record speaks of a reset under way, and does not count */
        uint8_t request_digest[SHA256_SIZE]; /* of the request's value, if it is due */
        struct os_identity os;               /* of .osrel */
        enum boot_mode profile_mode;         /* that of the profile which another menu has chosen; MODE_NORMAL if none was */
        struct settings settings; /* of .clnslt; the defaults if there is none, without anything for a person if it is wrong */
        enum err settings_err;    /* why .clnslt is not used */
};

/* ERR_*: .osrel does not parse, so that no request can be judged. */
enum err facts_gather(const struct platform *platform, const struct uki *uki, const struct progress_keys *keys,
                      struct facts *ret);

/* A mode that came with a profile was chosen in another boot menu: somebody asks for it now, the image alone does not at every
 * boot. So it is not the command line's word any more. */
void facts_note_profile(struct facts *facts, const struct profile_option *options);

#endif
