/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A planned reseal: what volumes are sealed to besides PCR 11 (Secure Boot's keys, PCR 7) is about to change. The running system
 * asks by an EFI variable of ours, which the stub takes away and answers from a state that no operating system reaches (it lies
 * beside the device's secret): a copy of the volumes' secret may be made by this start, and may be used by the next few. Formats
 * and the decision; pure. */
#ifndef CLEANSLATE_COMMON_RESEAL_H
#define CLEANSLATE_COMMON_RESEAL_H

#include "common/base/sha256.h"
#include "common/boot/boot-choice.h"

#define RESEAL_VARIABLE_NAME    "CleanslateReseal"
#define RESEAL_ENCODED_SIZE     50                           /* version 1, verb, id of the last reset, MAC */
#define RESEAL_REQUEST_KEY_PATH "/run/cleanslate/reseal-key" /* of root's, in the running system */
#define RESEAL_STARTS_MAX       3                            /* ordinary starts in which a copy may be used */

enum reseal_verb {
        RESEAL_VERB_PREPARE = 1,
        RESEAL_VERB_CANCEL, /* by the running system */
        RESEAL_VERB_DONE,   /* by the initrd that has sealed anew */
        RESEAL_VERB_COUNT
};

/* What a request of before a reset asks for does not concern the device as it was built since. */
struct reseal_request {
        enum reseal_verb verb;
        struct id128 last_reset;  /* zero in the very session of a first boot, which is known by name from the next start on */
        uint8_t mac[SHA256_SIZE]; /* of RESEAL_VERB_PREPARE, see below; otherwise zero */
};

void reseal_request_encode(const struct reseal_request *request, uint8_t ret[static RESEAL_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_VERSION, ERR_RANGE. *ret untouched on failure. */
enum err reseal_request_decode(const void *data, size_t size, struct reseal_request *ret);

/* Any system on the machine can write the variable, and whoever starts one while its owner is away could so have a copy made when
 * he is back. So the initrd makes one only for a request of the system that it has started itself: it leaves that a key which is
 * derived from the volumes' secret, and knows it again by the MAC, over the last number: one request, one copy. */
void reseal_request_key(const uint8_t secret[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE]);
void reseal_request_mac(const uint8_t key[static SHA256_SIZE], uint32_t number, uint8_t ret[static SHA256_SIZE]);

/* Kept by the stub. */
struct reseal_state {
        uint32_t number;     /* of the last request, to make a copy or to cancel; each has another key */
        uint8_t starts_left; /* in which that one may still be used; 0 = it may not */
};

/* What this start is about, for initrd and running system. */
enum reseal {
        RESEAL_NONE,
        RESEAL_UNAVAILABLE, /* this firmware keeps no secret for the device */
        RESEAL_PREPARE,     /* the initrd is to make the copy; what was prepared before is over */
        RESEAL_READY,       /* there is one, which may be used */
        RESEAL_OVER,        /* cancelled, or not used in time: none may be used any more */
        RESEAL_DONE,        /* said by the initrd: it was used in this start */
        RESEAL_FAILED,      /* said by the initrd: it could not be made, or the volumes could not be sealed anew */
        RESEAL_COUNT
};

const char *reseal_name(enum reseal reseal);
bool reseal_parse(const char *text, size_t size, enum reseal *ret);

/* One start. `request` NULL: there is none that concerns this device as it is. Only ordinary starts count: a reset may be refused
 * yet, and what it has destroyed is over by its record (device_secret_note_over()). *state is what has to be stored before the
 * answer counts. */
enum reseal reseal_next(struct reseal_state *state, enum boot_mode mode, const struct reseal_request *request);

/* Whether the initrd of such a start is given the key of the copy. */
bool reseal_gives_key(enum reseal reseal);

#endif
