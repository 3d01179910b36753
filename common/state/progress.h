/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a reset has come: a fixed-size little-endian record kept twice, in the EFI variables CleanslateProgress0 and
 * CleanslateProgress1 (guid_cleanslate). Each copy has a sequence number and an HMAC; the newer valid one counts, the
 * older one is overwritten next, so a torn write costs one step and never the knowledge that a reset is under way.
 * Linux writes these variables, so root of the running system can: what a record says counts only as far as its HMAC was made
 * with a key that no running system is given (device-secret.h). */
#ifndef CLEANSLATE_COMMON_PROGRESS_H
#define CLEANSLATE_COMMON_PROGRESS_H

#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/base/sha256.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_SLOTS           2
#define PROGRESS_VARIABLE_NAME_0 "CleanslateProgress0"
#define PROGRESS_VARIABLE_NAME_1 "CleanslateProgress1"
#define PROGRESS_ENCODED_SIZE    752
#define TPM_NAME_MAX             34 /* algorithm id and SHA-256 (TPM 2.0 part 1, 16 "Names"); longer names are truncated to it */

/* Ordered: a later phase implies the earlier ones. Values are on-disk format. */
enum reset_phase {
        PHASE_IDLE = 0,           /* no reset has ever been recorded */
        PHASE_STARTED = 1,        /* committed; nothing destroyed yet, but from here on only forwards */
        PHASE_KEYS_DESTROYED = 2, /* every marked partition's key material is gone and flushed */
        PHASE_TPM_CLEARED = 3,    /* the TPM's answer and the changed storage root key were seen (or policy skips it) */
        PHASE_ERASED = 4,         /* contents are gone, of partitions and of what lay between them */
        PHASE_REBUILT = 5,        /* table entries are new; new partitions hold the factory trees */
        PHASE_VERIFIED = 6,       /* trees hashed against the manifest; volumes marked complete */
        PHASE_RECORDED = 7,       /* the record is on the ESP; only the request is left to retire */
        PHASE_DONE = 8,           /* over: an ordinary boot may follow */
        PHASE_COUNT
};

const char *reset_phase_name(enum reset_phase phase);

enum reset_origin {
        ORIGIN_REQUEST = 0,
        ORIGIN_COMMAND_LINE = 1,
        ORIGIN_FIRST_BOOT = 2,
        ORIGIN_MENU = 3,
        ORIGIN_RECOVERY = 4,
        ORIGIN_COUNT
};

const char *reset_origin_name(enum reset_origin origin);

/* How far the overwriting of one range has come. Bytes before it were written and flushed. */
struct erase_point {
        uint8_t device;       /* 0 = the disk we were started from, N = the policy's additional disk N - 1 */
        uint64_t start_bytes; /* of the range on that disk */
        uint64_t done_bytes;  /* 0 = nothing to go on from */
};

/* How many bytes of the range [start, start + size) of `device` need not be written again. Ranges are erased in ascending order,
 * so that those before the point are done. Only for the plan that the point was made under. */
uint64_t erase_point_resume(const struct erase_point *point, uint8_t device, uint64_t start_bytes, uint64_t size_bytes);

struct progress {
        uint64_t sequence; /* grows by one with every write */
        enum reset_phase phase;
        enum reset_origin origin;
        struct id128 reset_id;                 /* random, names the record */
        uint32_t attempts;                     /* boots that worked on this reset, this one included */
        uint32_t failures;                     /* of those, how many ended in an error rather than an interruption */
        uint64_t started_at;                   /* seconds since 1970, UTC; 0 = clock unknown */
        uint8_t plan_digest[32];               /* SHA-256 of plan_format()'s text */
        uint8_t srk_name_before[TPM_NAME_MAX]; /* storage root key's name before the first destructive step */
        uint16_t srk_name_before_size;         /* 0 = no TPM, or not read */
        uint32_t tpm_reset_count_before;       /* TPMS_CLOCK_INFO.resetCount */
        uint8_t plain_partitions[16]; /* bit N-1: partition number N did not hold LUKS when the reset began (it is overwritten in
                                         full, whatever its first bytes look like when the reset is resumed) */
        struct guid disk_uuid;  /* GPT of the disk this reset belongs to; zero = not known. On another disk it is not resumed */
        bool awaiting_firmware; /* the firmware was asked to clear the TPM; its answer is read at the next boot */
        uint8_t firmware_asked; /* how often it was asked in this reset; saturates */
        struct erase_point erase_point; /* where a long overwriting goes on */
        uint32_t disks_done;   /* bit N: additional disk N + 1 of the plan was erased and checked; it is not erased again */
        uint32_t disks_check;  /* disk_choice_check() of the disks that these bits mean */
        uint32_t absent;       /* bit N: definition N of the image had no partition when the reset began, which builds one */
        uint32_t absent_check; /* plan_absent_check() of the definitions that these bits mean */
        struct {
                uint8_t tpm_clear_policy; /* of the request, so that a lost request changes nothing; enum tpm_clear_policy */
                uint8_t level;            /* enum erase_level */
                char reason[256];         /* as long as in a request */
                char requester[64];
        } request;
        char last_error[128];                   /* UTF-8 sentence of the last failure; "" = none */
        uint8_t request_digest[SHA256_SIZE];    /* of the request's value that was due when the reset began; zero = none was */
        uint8_t tpm_before_digest[SHA256_SIZE]; /* of the variable CleanslateTpmBefore; zero = there is none */
        uint8_t counted_for[8]; /* start of another request's digest, if attempts and failures are of its reset, which has yet to
                                   begin; zero = they are of this one */
};

/* What a boot can make and check progress records with. All zero: no secret is kept; records are then made with a key that
 * everybody knows, so that their HMAC is a checksum, and they prove nothing. */
struct progress_keys {
        bool secret_kept; /* the stub keeps a secret; the keys that are not here are withheld from this boot */
        bool has_reset, has_first_boot;
        uint8_t reset[SHA256_SIZE];
        uint8_t first_boot[SHA256_SIZE]; /* good for records of the origin first-boot alone */
        uint64_t sequence_floor;         /* resets up to this number are over: their records are no progress any more */
};

/* The key for records of that origin; NULL: this boot has none, and can neither make nor check them. */
const uint8_t *progress_key(const struct progress_keys *keys, enum reset_origin origin);

/* Writes exactly PROGRESS_ENCODED_SIZE bytes. Over-long texts are cut at a UTF-8 boundary. */
void progress_encode(const struct progress *progress, const uint8_t key[static SHA256_SIZE],
                     uint8_t ret[static PROGRESS_ENCODED_SIZE]);

/* keys NULL: the HMAC is not looked at; for showing what a record claims, never for acting on it. ERR_TRUNCATED, ERR_TOO_LARGE,
 * ERR_SYNTAX (magic), ERR_VERSION, ERR_CHECKSUM (made with another key), ERR_RANGE. *ret untouched on failure. */
enum err progress_decode(const void *data, size_t size, const struct progress_keys *keys, struct progress *ret);

/* Picks the slot that counts out of two variable values (data == NULL: absent). Returns its index, or -1 with *ret zeroed
 * (PHASE_IDLE) when neither is valid. A record of a reset under way does not count if its sequence number is not above the floor:
 * it is an old one that was put back. *ret_rejected tells that a slot claims, or could have claimed, a reset under way, and does
 * not count. keys NULL as in progress_decode(). */
struct progress_slot {
        const void *data;
        size_t size;
};
int progress_select(const struct progress_slot slots[static PROGRESS_SLOTS], const struct progress_keys *keys,
                    struct progress *ret, bool *ret_rejected);

/* The slot to overwrite next, given progress_select()'s answer. */
int progress_next_slot(int current);

/* The GUID that a first boot, or a reset, gives a disk in place of the image's, in the form of version 4 (RFC 9562). Made from
 * the reset's id, so that a resumed one knows it again; or from the request that is due (its request_digest), which names the
 * disk as it was before: so a reset of that request knows it again even where its progress is lost or not proven. */
void progress_disk_name(const struct progress *progress, struct guid *ret);
void progress_disk_name_of_request(const uint8_t request_digest[static SHA256_SIZE], struct guid *ret);

/* True while a reset has begun and is not over: no ordinary boot may happen. */
bool progress_is_under_way(const struct progress *progress);

/* What the stored progress is worth in this boot. */
enum progress_standing {
        PROGRESS_NONE,       /* there is none, or what there is proves to be somebody else's work */
        PROGRESS_UNDER_WAY,  /* proven, and of the request that is due, if one is: the reset goes on where it was */
        PROGRESS_SUPERSEDED, /* proven, but another request is due, or a person has chosen a reset: it begins anew */
        PROGRESS_UNPROVEN,   /* no secret is kept: a reset is under way, and all of it is done again */
        PROGRESS_OVER,       /* the last reset came to its end */
        PROGRESS_STANDING_COUNT
};

/* `request_digest`: of the value of the request that is due, NULL if none is. `chosen`: a person has chosen a reset now. */
enum progress_standing progress_judge(const struct progress *progress, const struct progress_keys *keys,
                                      const uint8_t *request_digest, bool chosen);

const char *progress_standing_name(enum progress_standing standing); /* "under-way" */
bool progress_standing_parse(const char *text, size_t length, enum progress_standing *ret);

/* Where another request is due than the one of this reset, its attempts are counted from nothing, once: what an older reset has
 * used up stops no new one, and a new one that never gets to begin is not tried for ever. */
void progress_count_anew(struct progress *progress, const uint8_t request_digest[static SHA256_SIZE]);

/* Makes of unproven progress what may be believed of it: that a reset was begun, how often, and for whom. */
void progress_disbelieve(struct progress *progress);

/* Whether the stub sees a reset under way, however it goes on. */
bool progress_standing_is_under_way(enum progress_standing standing);

#endif
