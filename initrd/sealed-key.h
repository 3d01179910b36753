/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The secret behind encrypted volumes, as a boot holds it in memory: unsealed from a volume's header, or made and sealed by a
 * reset. */
#ifndef CLEANSLATE_INITRD_SEALED_KEY_H
#define CLEANSLATE_INITRD_SEALED_KEY_H

#include "initrd/boot-context.h"
#include "linux/image/luks.h"

/* The secret that this boot has unsealed, or has sealed, for volumes. Wipe with volume_key_done(). */
struct volume_key {
        uint8_t secret[VOLUME_SECRET_SIZE];
        struct luks_token token; /* the one it was unsealed from, or sealed into */
        bool present;
        bool has_copy;  /* the header it was read in has a copy for a planned reseal */
        bool from_copy; /* ... which it was taken from, as the TPM did not release it: `token` is out of date */
        bool settled;   /* reseal_volume() has seen it */
};
void volume_key_done(struct volume_key *key);

/* A volume whose header a copy for a planned reseal is asked for in. */
struct volume_wanting_copy {
        size_t definition; /* index in the policy */
        uint8_t secret[VOLUME_SECRET_SIZE];
        bool has_copy; /* one of before */
};

/* What a boot unseals. All volumes that a reset builds are sealed together and opened by one secret, that of the first: a volume
 * with a secret of somebody's own can not stand beside genuine ones. What a reset keeps may be older, and have its own. */
struct volume_keys {
        struct volume_key built, kept;
        struct id128 reset_id; /* that the marks of all built volumes name */
        bool marked;           /* one did */
        bool for_addition;     /* not the boot's last look at them: nothing is sealed anew yet */
        struct {
                bool seen, made, used, erased, failed;
        } copies; /* what became of copies for a planned reseal */
        struct volume_wanting_copy wanting_copy[POLICY_PARTITIONS_MAX];
        size_t wanting_copy_count;
};
void volume_keys_done(struct volume_keys *keys);

/* Has this TPM seal key->secret under the image's signed policy and to what [Seal] pcrs= hold now; needs context->tpm and
 * context->public_key_pem. Errors of tpm_seal(); sets no trouble. */
int volume_seal(struct boot_context *context, struct volume_key *key);

#endif
