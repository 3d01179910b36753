/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The progress record's bytes and its two slots; see progress.h. Owns the format; reading and writing the variables is the
 * callers' business. Whatever the encoder is given, the decoder takes it back: a record must never be lost to a torn text. */
#include "common/state/progress.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/request.h"

#define FORMAT_VERSION 3

/* The format, little-endian throughout. Holes are zero and ignored. */
struct encoded {
        uint8_t magic[8];
        uint8_t version[4];
        uint8_t phase[4];
        uint8_t sequence[8];
        uint8_t origin[4];
        uint8_t attempts[4];
        uint8_t failures[4];
        uint8_t tpm_reset_count_before[4];
        uint8_t started_at[8];
        uint8_t reset_id[16];
        uint8_t plan_digest[32];
        uint8_t srk_name_before_size[2];
        uint8_t srk_name_before[TPM_NAME_MAX];
        uint8_t tpm_clear_policy;
        uint8_t level;
        uint8_t awaiting_firmware;
        uint8_t firmware_asked;
        char reason[256];
        char requester[64];
        char last_error[128];
        uint8_t plain_partitions[16];
        uint8_t disk_uuid[16];
        uint8_t erase_start[8];
        uint8_t erase_done[8];
        uint8_t disks_done[4];
        uint8_t erase_device;
        uint8_t absent[3]; /* little-endian */
        uint8_t absent_check[4];
        uint8_t disks_check[4];
        uint8_t request_digest[SHA256_SIZE];
        uint8_t tpm_before_digest[SHA256_SIZE];
        uint8_t counted_for[8];
        uint8_t mac[SHA256_SIZE]; /* HMAC-SHA-256 over all bytes before it */
};

#define PIN(member, at) _Static_assert(offsetof(struct encoded, member) == (at), "on-disk format: " #member)
PIN(magic, 0);
PIN(version, 8);
PIN(phase, 12);
PIN(sequence, 16);
PIN(origin, 24);
PIN(attempts, 28);
PIN(failures, 32);
PIN(tpm_reset_count_before, 36);
PIN(started_at, 40);
PIN(reset_id, 48);
PIN(plan_digest, 64);
PIN(srk_name_before_size, 96);
PIN(srk_name_before, 98);
PIN(tpm_clear_policy, 132);
PIN(level, 133);
PIN(awaiting_firmware, 134);
PIN(firmware_asked, 135);
PIN(reason, 136);
PIN(requester, 392);
PIN(last_error, 456);
PIN(plain_partitions, 584);
PIN(disk_uuid, 600);
PIN(erase_start, 616);
PIN(erase_done, 624);
PIN(disks_done, 632);
PIN(erase_device, 636);
PIN(absent, 637);
PIN(absent_check, 640);
PIN(disks_check, 644);
PIN(request_digest, 648);
PIN(tpm_before_digest, 680);
PIN(counted_for, 712);
PIN(mac, 720);
_Static_assert(sizeof(struct encoded) == PROGRESS_ENCODED_SIZE, "on-disk format: size");
_Static_assert(sizeof(((struct encoded *)0)->reason) == sizeof(((struct request *)0)->reason) &&
                       sizeof(((struct encoded *)0)->requester) == sizeof(((struct request *)0)->requester),
               "what was asked for is kept whole");

static const char magic[8] = { 'C', 'L', 'N', 'S', 'L', 'A', 'T', 'E' };

const char *reset_phase_name(enum reset_phase phase)
{
        static const char *const names[PHASE_COUNT] = {
                [PHASE_IDLE] = "idle",
                [PHASE_STARTED] = "started",
                [PHASE_KEYS_DESTROYED] = "keys-destroyed",
                [PHASE_TPM_CLEARED] = "tpm-cleared",
                [PHASE_ERASED] = "erased",
                [PHASE_REBUILT] = "rebuilt",
                [PHASE_VERIFIED] = "verified",
                [PHASE_RECORDED] = "recorded",
                [PHASE_DONE] = "done",
        };

        return (unsigned)phase < PHASE_COUNT ? names[phase] : "unknown";
}

const char *reset_origin_name(enum reset_origin origin)
{
        static const char *const names[ORIGIN_COUNT] = {
                [ORIGIN_REQUEST] = "request", [ORIGIN_COMMAND_LINE] = "command-line", [ORIGIN_FIRST_BOOT] = "first-boot",
                [ORIGIN_MENU] = "menu",       [ORIGIN_RECOVERY] = "recovery",
        };

        return (unsigned)origin < ORIGIN_COUNT ? names[origin] : "unknown";
}

/* Bytes of the UTF-8 character at the start, 0 if there is none. */
static size_t character_size(const char *text, size_t length)
{
        for (size_t size = 1; size <= 4 && size <= length; size++)
                if (text_is_utf8(text, size))
                        return size;
        return 0;
}

/* Copies a text that may be over-long, unterminated or cut in the middle of a character into a zeroed field. */
static void encode_text(char *ret, const char *text, size_t capacity)
{
        for (size_t at = 0; at < capacity - 1 && text[at] != '\0';) {
                size_t size = character_size(text + at, capacity - at);

                if (at + size > capacity - 1)
                        break;
                if (size > 0)
                        memcpy(ret + at, text + at, size);
                else
                        ret[at] = '?';
                at += size > 0 ? size : 1;
        }
}

/* Copies a field that must hold a NUL-terminated UTF-8 text; bytes behind the NUL are dropped. */
static bool decode_text(char *ret, const char *text, size_t capacity)
{
        size_t length = 0;

        while (length < capacity && text[length] != '\0')
                length++;
        return length < capacity && text_is_utf8(text, length) && text_copy(ret, capacity, text, length);
}

static void authenticate(const struct encoded *encoded, const uint8_t key[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE])
{
        const struct bytes chunk = { (const uint8_t *)encoded, offsetof(struct encoded, mac) };

        hmac_sha256((struct bytes){ key, SHA256_SIZE }, &chunk, 1, ret);
}

const uint8_t *progress_key(const struct progress_keys *keys, enum reset_origin origin)
{
        static const uint8_t known_to_all[SHA256_SIZE] = { 0 };

        if (!keys->secret_kept)
                return known_to_all;
        if (origin == ORIGIN_FIRST_BOOT)
                return keys->has_first_boot ? keys->first_boot : NULL;
        return keys->has_reset ? keys->reset : NULL;
}

void progress_encode(const struct progress *progress, const uint8_t key[static SHA256_SIZE],
                     uint8_t ret[static PROGRESS_ENCODED_SIZE])
{
        struct encoded encoded = { 0 };
        uint16_t srk_name_size = progress->srk_name_before_size < TPM_NAME_MAX ? progress->srk_name_before_size : TPM_NAME_MAX;

        memcpy(encoded.magic, magic, sizeof(magic));
        store_le32(encoded.version, FORMAT_VERSION);
        store_le32(encoded.phase, progress->phase);
        store_le64(encoded.sequence, progress->sequence);
        store_le32(encoded.origin, progress->origin);
        store_le32(encoded.attempts, progress->attempts);
        store_le32(encoded.failures, progress->failures);
        store_le32(encoded.tpm_reset_count_before, progress->tpm_reset_count_before);
        store_le64(encoded.started_at, progress->started_at);
        memcpy(encoded.reset_id, progress->reset_id.bytes, sizeof(encoded.reset_id));
        memcpy(encoded.plan_digest, progress->plan_digest, sizeof(encoded.plan_digest));
        store_le16(encoded.srk_name_before_size, srk_name_size);
        memcpy(encoded.srk_name_before, progress->srk_name_before, srk_name_size);
        encoded.tpm_clear_policy = progress->request.tpm_clear_policy;
        encoded.level = progress->request.level;
        encode_text(encoded.reason, progress->request.reason, sizeof(encoded.reason));
        encode_text(encoded.requester, progress->request.requester, sizeof(encoded.requester));
        encode_text(encoded.last_error, progress->last_error, sizeof(encoded.last_error));
        memcpy(encoded.plain_partitions, progress->plain_partitions, sizeof(encoded.plain_partitions));
        memcpy(encoded.disk_uuid, progress->disk_uuid.bytes, sizeof(encoded.disk_uuid));
        encoded.awaiting_firmware = progress->awaiting_firmware;
        encoded.firmware_asked = progress->firmware_asked;
        encoded.erase_device = progress->erase_point.device;
        store_le64(encoded.erase_start, progress->erase_point.start_bytes);
        store_le64(encoded.erase_done, progress->erase_point.done_bytes);
        store_le32(encoded.disks_done, progress->disks_done);
        store_le32(encoded.disks_check, progress->disks_check);
        store_le16(encoded.absent, (uint16_t)progress->absent);
        encoded.absent[2] = (uint8_t)(progress->absent >> 16);
        store_le32(encoded.absent_check, progress->absent_check);
        memcpy(encoded.request_digest, progress->request_digest, sizeof(encoded.request_digest));
        memcpy(encoded.tpm_before_digest, progress->tpm_before_digest, sizeof(encoded.tpm_before_digest));
        memcpy(encoded.counted_for, progress->counted_for, sizeof(encoded.counted_for));
        authenticate(&encoded, key, encoded.mac);
        memcpy(ret, &encoded, sizeof(encoded));
}

static enum err check_frame(const struct encoded *encoded)
{
        if (memcmp(encoded->magic, magic, sizeof(magic)) != 0)
                return ERR_SYNTAX;
        if (load_le32(encoded->version) != FORMAT_VERSION)
                return ERR_VERSION;
        return ERR_OK;
}

static enum err check_authenticity(const struct encoded *encoded, const struct progress_keys *keys)
{
        const uint8_t *key = progress_key(keys, (enum reset_origin)load_le32(encoded->origin));
        uint8_t expected[SHA256_SIZE];

        if (key == NULL)
                return ERR_CHECKSUM;
        authenticate(encoded, key, expected);
        return bytes_equal_in_constant_time(encoded->mac, expected, sizeof(expected)) ? ERR_OK : ERR_CHECKSUM;
}

static bool in_range(const struct encoded *encoded)
{
        return load_le32(encoded->phase) < PHASE_COUNT && load_le32(encoded->origin) < ORIGIN_COUNT &&
               load_le16(encoded->srk_name_before_size) <= TPM_NAME_MAX && encoded->tpm_clear_policy <= TPM_CLEAR_SKIP &&
               encoded->level <= ERASE_LEVEL_PURGE && encoded->awaiting_firmware <= 1;
}

enum err progress_decode(const void *data, size_t size, const struct progress_keys *keys, struct progress *ret)
{
        struct encoded encoded;
        struct progress progress = { 0 };
        enum err err;

        if (size != sizeof(encoded))
                return size < sizeof(encoded) ? ERR_TRUNCATED : ERR_TOO_LARGE;
        memcpy(&encoded, data, sizeof(encoded));
        err = check_frame(&encoded);
        if (err == ERR_OK && keys != NULL)
                err = check_authenticity(&encoded, keys);
        if (err != ERR_OK)
                return err;
        if (!in_range(&encoded) || !decode_text(progress.request.reason, encoded.reason, sizeof(encoded.reason)) ||
            !decode_text(progress.request.requester, encoded.requester, sizeof(encoded.requester)) ||
            !decode_text(progress.last_error, encoded.last_error, sizeof(encoded.last_error)))
                return ERR_RANGE;

        progress.phase = (enum reset_phase)load_le32(encoded.phase);
        progress.sequence = load_le64(encoded.sequence);
        progress.origin = (enum reset_origin)load_le32(encoded.origin);
        progress.attempts = load_le32(encoded.attempts);
        progress.failures = load_le32(encoded.failures);
        progress.tpm_reset_count_before = load_le32(encoded.tpm_reset_count_before);
        progress.started_at = load_le64(encoded.started_at);
        memcpy(progress.reset_id.bytes, encoded.reset_id, sizeof(encoded.reset_id));
        memcpy(progress.plan_digest, encoded.plan_digest, sizeof(encoded.plan_digest));
        progress.srk_name_before_size = load_le16(encoded.srk_name_before_size);
        memcpy(progress.srk_name_before, encoded.srk_name_before, progress.srk_name_before_size);
        progress.request.tpm_clear_policy = encoded.tpm_clear_policy;
        progress.request.level = encoded.level;
        memcpy(progress.plain_partitions, encoded.plain_partitions, sizeof(encoded.plain_partitions));
        memcpy(progress.disk_uuid.bytes, encoded.disk_uuid, sizeof(encoded.disk_uuid));
        progress.awaiting_firmware = encoded.awaiting_firmware;
        progress.firmware_asked = encoded.firmware_asked;
        progress.erase_point = (struct erase_point){ .device = encoded.erase_device,
                                                     .start_bytes = load_le64(encoded.erase_start),
                                                     .done_bytes = load_le64(encoded.erase_done) };
        progress.disks_done = load_le32(encoded.disks_done);
        progress.disks_check = load_le32(encoded.disks_check);
        progress.absent = load_le16(encoded.absent) | (uint32_t)encoded.absent[2] << 16;
        progress.absent_check = load_le32(encoded.absent_check);
        memcpy(progress.request_digest, encoded.request_digest, sizeof(encoded.request_digest));
        memcpy(progress.tpm_before_digest, encoded.tpm_before_digest, sizeof(encoded.tpm_before_digest));
        memcpy(progress.counted_for, encoded.counted_for, sizeof(encoded.counted_for));
        *ret = progress;
        return ERR_OK;
}

/* What a slot says that does not count. One that cannot be read at all may have said it. */
static bool claims_under_way(const struct progress_slot *slot)
{
        struct progress claimed;

        return progress_decode(slot->data, slot->size, NULL, &claimed) != ERR_OK || progress_is_under_way(&claimed);
}

/* The key of a first boot may be in other hands: what it makes must not use up the numbers of resets to come. */
static bool has_number(const struct progress *progress, const struct progress_keys *keys)
{
        if (keys == NULL)
                return true;
        return progress->sequence < UINT64_MAX && (progress->origin != ORIGIN_FIRST_BOOT || progress->sequence <= UINT32_MAX);
}

/* Of a reset that is over: beside the record of its end this is what every reset leaves behind, alone it was put back. */
static bool is_old(const struct progress *progress, const struct progress_keys *keys)
{
        return keys != NULL && progress_is_under_way(progress) && progress->sequence <= keys->sequence_floor;
}

int progress_select(const struct progress_slot slots[static PROGRESS_SLOTS], const struct progress_keys *keys,
                    struct progress *ret, bool *ret_rejected)
{
        struct progress candidate, newest = { 0 };
        bool rejected = false, old = false;
        int current = -1;

        for (int slot = 0; slot < PROGRESS_SLOTS; slot++) {
                if (slots[slot].data == NULL)
                        continue;
                if (progress_decode(slots[slot].data, slots[slot].size, keys, &candidate) != ERR_OK) {
                        rejected |= claims_under_way(&slots[slot]);
                        continue;
                }
                if (!has_number(&candidate, keys)) {
                        rejected = true;
                        continue;
                }
                if (is_old(&candidate, keys)) {
                        old = true;
                        continue;
                }
                if (current < 0 || candidate.sequence > newest.sequence) {
                        newest = candidate;
                        current = slot;
                }
        }
        *ret = newest;
        *ret_rejected = rejected || (old && current < 0);
        return current;
}

int progress_next_slot(int current)
{
        return current < 0 ? 0 : (current + 1) % PROGRESS_SLOTS;
}

bool progress_is_under_way(const struct progress *progress)
{
        return progress->phase > PHASE_IDLE && progress->phase < PHASE_DONE;
}

/* A first boot is nobody's request, whatever its record says: the key for it was in an ordinary boot's memory. */
static bool is_of_request(const struct progress *progress, const uint8_t digest[static SHA256_SIZE])
{
        return progress->origin != ORIGIN_FIRST_BOOT && memcmp(digest, progress->request_digest, SHA256_SIZE) == 0;
}

enum progress_standing progress_judge(const struct progress *progress, const struct progress_keys *keys,
                                      const uint8_t *request_digest, bool chosen)
{
        if (progress->phase == PHASE_IDLE)
                return PROGRESS_NONE;
        if (!progress_is_under_way(progress))
                return PROGRESS_OVER;
        if (!keys->secret_kept)
                return PROGRESS_UNPROVEN;
        if (chosen || (request_digest != NULL && !is_of_request(progress, request_digest)))
                return PROGRESS_SUPERSEDED;
        return PROGRESS_UNDER_WAY;
}

void progress_count_anew(struct progress *progress, const uint8_t request_digest[static SHA256_SIZE])
{
        if (is_of_request(progress, request_digest) ||
            memcmp(progress->counted_for, request_digest, sizeof(progress->counted_for)) == 0)
                return;
        memcpy(progress->counted_for, request_digest, sizeof(progress->counted_for));
        progress->attempts = progress->failures = 0;
        progress->firmware_asked = 0;
}

void progress_disbelieve(struct progress *progress)
{
        progress->phase = PHASE_STARTED;
        memset(progress->plain_partitions, 0xff, sizeof(progress->plain_partitions));
        memset(&progress->erase_point, 0, sizeof(progress->erase_point));
        progress->disks_done = 0;
        progress->awaiting_firmware = false;
        progress->srk_name_before_size = 0;
        memset(progress->plan_digest, 0, sizeof(progress->plan_digest));
        memset(progress->tpm_before_digest, 0, sizeof(progress->tpm_before_digest));
        memset(&progress->disk_uuid, 0, sizeof(progress->disk_uuid));
}

static const char *const standing_names[PROGRESS_STANDING_COUNT] = {
        [PROGRESS_NONE] = "none",         [PROGRESS_UNDER_WAY] = "under-way", [PROGRESS_SUPERSEDED] = "superseded",
        [PROGRESS_UNPROVEN] = "unproven", [PROGRESS_OVER] = "over",
};

const char *progress_standing_name(enum progress_standing standing)
{
        return (unsigned)standing < PROGRESS_STANDING_COUNT ? standing_names[standing] : "unknown";
}

bool progress_standing_parse(const char *text, size_t length, enum progress_standing *ret)
{
        for (int standing = 0; standing < PROGRESS_STANDING_COUNT; standing++)
                if (text_length(standing_names[standing]) == length && memcmp(standing_names[standing], text, length) == 0) {
                        *ret = (enum progress_standing)standing;
                        return true;
                }
        return false;
}

bool progress_standing_is_under_way(enum progress_standing standing)
{
        return standing == PROGRESS_UNDER_WAY || standing == PROGRESS_SUPERSEDED || standing == PROGRESS_UNPROVEN;
}

static void make_version_4(struct guid *ret)
{
        ret->bytes[7] = (uint8_t)((ret->bytes[7] & 0x0f) | 0x40); /* in GUID byte order */
        ret->bytes[8] = (uint8_t)((ret->bytes[8] & 0x3f) | 0x80);
}

void progress_disk_name_of_request(const uint8_t request_digest[static SHA256_SIZE], struct guid *ret)
{
        static const char purpose[] = "cleanslate disk GUID";
        const struct bytes chunks[] = { { (const uint8_t *)purpose, sizeof(purpose) }, { request_digest, SHA256_SIZE } };
        uint8_t digest[SHA256_SIZE];

        sha256_of_chunks(chunks, ARRAY_SIZE(chunks), digest);
        memcpy(ret->bytes, digest, sizeof(ret->bytes));
        make_version_4(ret);
}

void progress_disk_name(const struct progress *progress, struct guid *ret)
{
        static const uint8_t none[SHA256_SIZE] = { 0 };

        if (memcmp(progress->request_digest, none, sizeof(none)) != 0) {
                progress_disk_name_of_request(progress->request_digest, ret);
                return;
        }
        memcpy(ret->bytes, progress->reset_id.bytes, sizeof(ret->bytes));
        make_version_4(ret);
}

uint64_t erase_point_resume(const struct erase_point *point, uint8_t device, uint64_t start_bytes, uint64_t size_bytes)
{
        if (point->done_bytes == 0 || point->device != device || start_bytes > point->start_bytes)
                return 0;
        if (start_bytes < point->start_bytes)
                return size_bytes;
        return point->done_bytes < size_bytes ? point->done_bytes : size_bytes;
}
