/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's own secret and what is derived from it. It lives in the EFI variable CleanslateDevice (guid_cleanslate, NV|BS
 * without runtime access), which the stub alone reads and writes: behind ExitBootServices no operating system sees, changes or
 * removes it (UEFI 2.10, 8.2). So an HMAC made with a key of it shows that a boot made it which the stub has started for that
 * purpose: keys for the progress of a reset go to reset and recovery boots, those for a first boot to boots of a device that has
 * had none. Beside the secret stands what the running system must not be able to take back: which reset was the last to come to
 * its end. Pure. */
#ifndef CLEANSLATE_COMMON_DEVICE_SECRET_H
#define CLEANSLATE_COMMON_DEVICE_SECRET_H

#include "common/boot/boot-choice.h"
#include "common/boot/reseal.h"
#include "common/state/progress.h"

#define DEVICE_SECRET_VARIABLE_NAME "CleanslateDevice"
#define DEVICE_SECRET_ENCODED_SIZE  80

struct device_secret {
        uint8_t secret[SHA256_SIZE]; /* random; made once */
        uint64_t sequence_floor;     /* of the last reset or first boot that came to its end; 0 = there was none */
        struct id128 last_reset_id;  /* of that one */
        enum reset_origin last_origin;
        struct reseal_state reseal;
};

void device_secret_encode(const struct device_secret *secret, uint8_t ret[static DEVICE_SECRET_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX (magic), ERR_CHECKSUM (torn), ERR_RANGE. *ret untouched on failure. */
enum err device_secret_decode(const void *data, size_t size, struct device_secret *ret);

/* A device that has never come through a first boot: until then there was nobody whose word could not be trusted. */
bool device_secret_has_been_built(const struct device_secret *secret);

/* Every key: for the stub itself. secret NULL: none is kept. */
void device_secret_keys(const struct device_secret *secret, struct progress_keys *ret);

/* Takes out of *keys what a boot of this mode must not be given. */
void progress_keys_withhold(struct progress_keys *keys, enum boot_mode mode);

/* The key for the mark of completeness of the volumes that a reset, or the first boot, has built: HMAC(key for its progress,
 * purpose || reset id). Without the secret nobody makes another volume pass for theirs. false: this boot has no such key. */
bool progress_keys_mark_key(const struct progress_keys *keys, enum reset_origin origin, const struct id128 *reset_id,
                            uint8_t ret[static SHA256_SIZE]);

/* The key of the copy with the number of *state: HMAC(secret, purpose || number || last reset). Another copy, another device, and
 * the same one after a reset have another. */
void device_secret_reseal_key(const struct device_secret *secret, uint8_t ret[static SHA256_SIZE]);

/* Whether the running system that has made the request is of the state that the device is in now. */
bool device_secret_concerns(const struct device_secret *secret, const struct reseal_request *request);

/* A reset that came to its end: true if *secret changed and has to be stored. Its records, and older ones, never count again. */
bool device_secret_note_over(struct device_secret *secret, const struct progress *progress);

/* -- the keys on their way to the initrd: a file of the archive in memory, apart from the hand-over, which is published -- */

#define DEVICE_KEYS_PATH     ".extra/cleanslate/keys"
#define DEVICE_KEYS_TEXT_MAX 512

struct device_keys {
        struct progress_keys progress;
        bool has_mark;
        uint8_t mark[SHA256_SIZE]; /* for the volumes of the last reset, see progress_keys_mark_key() */
        bool has_reseal;
        uint8_t reseal[SHA256_SIZE]; /* see device_secret_reseal_key() */
        bool has_reseal_request;
        uint8_t reseal_request[SHA256_SIZE]; /* the MAC of the request, see reseal_request_mac() ... */
        uint32_t reseal_after;               /* ... and the number that it has to be over */
};

/* Lines key=value. ERR_BUFFER_TOO_SMALL. */
enum err device_keys_format(const struct device_keys *keys, char *ret, size_t capacity, size_t *ret_size);

/* ERR_SYNTAX (also a key given twice), ERR_RANGE. Unknown keys are skipped. *ret untouched on failure. */
enum err device_keys_parse(const char *text, size_t size, struct device_keys *ret);

#endif
