/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which purge technique for which device, or why none. Pure.
 *
 * In terms of NIST SP 800-88 Rev. 2 (which leaves the techniques to IEEE 2883) purge means: infeasible to recover with a
 * laboratory's means, so it must reach what the host cannot address. The order, and why:
 *
 *   flash     block erase, cryptographic erase*, overwrite, Format NVM (SES 1), Format NVM (SES 2)*, enhanced secure erase, eMMC
 * ones magnetic  cryptographic erase*, overwrite, enhanced secure erase
 *
 * - Sanitize comes first: it covers caches, spare and reallocated areas by its definition, goes on after a power cut, and leaves
 *   an outcome that can be read. Format and secure erase have none of these by definition, only by most makers' will.
 * - Block erase precedes cryptographic erase on flash, because it is as fast and rests on no key management of the maker's.
 * - *Cryptographic erase counts only if its conditions hold: strength of 128 bits or more, entropy to match, never any plain text
 * on the medium, every copy of the key within reach, none escrowed. A device cannot prove them; the policy has to say so
 *   (crypto_counts). Where it does, a magnetic disk takes it first: seconds in place of hours.
 * - The normal SECURITY ERASE UNIT and a virtual disk's secure discard do not reach what is not addressable (or nobody knows what
 *   they reach): they are `clear` at best, so an overwriting pass that is read back serves better and is what the fall-back
 * means. */
#ifndef CLEANSLATE_COMMON_PURGE_CHOICE_H
#define CLEANSLATE_COMMON_PURGE_CHOICE_H

#include "common/media/media.h"

enum purge_obstacle {
        PURGE_POSSIBLE,
        PURGE_READ_ONLY,     /* the device takes no writes */
        PURGE_FROZEN,        /* it could, but the firmware froze the commands for this power cycle */
        PURGE_LOCKED,        /* a password is set on it */
        PURGE_COUNT_EXPIRED, /* too many wrong passwords in this power cycle */
        PURGE_CRYPTO_ONLY,   /* cryptographic erase is all there is, and the policy does not say that it counts */
        PURGE_USB_BRIDGE,    /* on USB, and the policy does not allow erase commands through bridges */
        PURGE_VIRTUAL,       /* a virtual disk: what lies beneath is the host's */
        PURGE_CLEAR_ONLY,    /* only techniques that do not reach spare areas */
        PURGE_NOT_OFFERED,   /* no technique at all */
        PURGE_OBSTACLE_COUNT,
};

/* What the policy says. All false is the strict reading: purge or fail. */
struct purge_options {
        bool crypto_counts;     /* the conditions of cryptographic erase hold for this device */
        bool through_usb;       /* try erase commands through USB bridges */
        bool fallback_to_clear; /* where purge cannot be had: overwrite, and record that it was no purge */
};

enum media_level { MEDIA_LEVEL_REFUSED, MEDIA_LEVEL_CLEAR, MEDIA_LEVEL_PURGE };

struct purge_choice {
        enum media_level level;         /* what will be reached; below purge only by the policy's word */
        enum media_technique technique; /* NONE unless level is purge: `clear` is the erase engine's overwriting pass */
        enum purge_obstacle obstacle;   /* why it is not purge; PURGE_POSSIBLE otherwise. Belongs into the record */
};

/* Total: every facts and options give a choice. A hidden area (hpa, dco) is no obstacle here; it has to be opened before. */
struct purge_choice purge_choose(const struct media_facts *facts, const struct purge_options *options);

/* True if the technique, when it succeeds, is a purge for this device (crypto_counts: as in the options). */
bool purge_technique_counts(enum media_technique technique, const struct media_facts *facts, bool crypto_counts);

/* "frozen", ...: for records. "frozen by the firmware: suspend and resume, or ..., then try again": for people. Never NULL. */
const char *purge_obstacle_name(enum purge_obstacle obstacle);
const char *purge_obstacle_text(enum purge_obstacle obstacle);

#endif
