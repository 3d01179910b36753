/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparison and bytes of the TPM's evidence; see tpm-evidence.h. */
#include "common/state/tpm-evidence.h"
#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/base/memory.h"

#define FORMAT_VERSION 1

/* The format, little-endian throughout; what is not used of a field is zero. */
struct encoded {
        uint8_t magic[8];
        uint8_t version[4];
        uint8_t flags[4];
        uint8_t reset_id[16];
        uint8_t clock_ms[8];
        uint8_t reset_count[4];
        uint8_t restart_count[4];
        uint8_t srk_name_size[2];
        uint8_t storage_ticket_size[2];
        uint8_t srk_name[TPM_NAME_MAX];
        uint8_t reserved[2];
        uint8_t storage_ticket[TPM_TICKET_MAX];
        uint8_t persistent_count[4];
        uint8_t persistent[TPM_HANDLES_LISTED_MAX][4];
        uint8_t nv_count[4];
        uint8_t nv_indices[TPM_HANDLES_LISTED_MAX][4];
        uint8_t crc[4]; /* over all bytes before it */
};

#define PIN(member, at) _Static_assert(offsetof(struct encoded, member) == (at), "on-disk format: " #member)
PIN(magic, 0);
PIN(version, 8);
PIN(flags, 12);
PIN(reset_id, 16);
PIN(clock_ms, 32);
PIN(reset_count, 40);
PIN(restart_count, 44);
PIN(srk_name_size, 48);
PIN(storage_ticket_size, 50);
PIN(srk_name, 52);
PIN(storage_ticket, 88);
PIN(persistent_count, 152);
PIN(persistent, 156);
PIN(nv_count, 284);
PIN(nv_indices, 288);
PIN(crc, 416);
_Static_assert(sizeof(struct encoded) == TPM_EVIDENCE_ENCODED_SIZE, "on-disk format: size");

static const char magic[8] = { 'C', 'L', 'N', 'S', 'L', 'T', 'P', 'M' };

enum { OWNER_AUTH = 1, ENDORSEMENT_AUTH = 2, LOCKOUT_AUTH = 4, DISABLE_CLEAR = 8, IN_LOCKOUT = 16, UNREAD_SHIFT = 8 };

enum comparison { INCOMPARABLE, SAME, CHANGED };

static enum comparison compare(const uint8_t *before, uint16_t before_size, const uint8_t *after, uint16_t after_size)
{
        if (before_size == 0 || after_size == 0)
                return INCOMPARABLE;
        return before_size == after_size && memcmp(before, after, after_size) == 0 ? SAME : CHANGED;
}

static enum comparison compare_names(const struct tpm_evidence *before, const struct tpm_evidence *after)
{
        return compare(before->srk_name, before->srk_name_size, after->srk_name, after->srk_name_size);
}

static enum comparison compare_tickets(const struct tpm_evidence *before, const struct tpm_evidence *after)
{
        return compare(before->storage_ticket, before->storage_ticket_size, after->storage_ticket, after->storage_ticket_size);
}

bool tpm_evidence_replaced(const struct tpm_evidence *before, const struct tpm_evidence *after)
{
        enum comparison name = compare_names(before, after), ticket = compare_tickets(before, after);

        return name != SAME && ticket != SAME && (name == CHANGED || ticket == CHANGED);
}

bool tpm_evidence_replaced_wholly(const struct tpm_evidence *before, const struct tpm_evidence *after)
{
        return compare_names(before, after) == CHANGED && compare_tickets(before, after) == CHANGED;
}

bool tpm_evidence_can_prove(const struct tpm_evidence *before)
{
        return before->srk_name_size > 0 || before->storage_ticket_size > 0;
}

const char *tpm_unread_name(uint32_t bit)
{
        switch (bit) {
        case TPM_UNREAD_STORAGE_ROOT_KEY:
                return "storage-root-key";
        case TPM_UNREAD_STORAGE_TICKET:
                return "storage-ticket";
        case TPM_UNREAD_CLOCK:
                return "clock";
        case TPM_UNREAD_PERSISTENT:
                return "persistent-handles";
        case TPM_UNREAD_NV_INDICES:
                return "owner-indices";
        default:
                return "unknown";
        }
}

static uint32_t flags_of(const struct tpm_evidence *evidence)
{
        return (evidence->owner_auth_set ? OWNER_AUTH : 0u) | (evidence->endorsement_auth_set ? ENDORSEMENT_AUTH : 0u) |
               (evidence->lockout_auth_set ? LOCKOUT_AUTH : 0u) | (evidence->disable_clear ? DISABLE_CLEAR : 0u) |
               (evidence->in_lockout ? IN_LOCKOUT : 0u) | (evidence->unread & TPM_UNREAD_ALL) << UNREAD_SHIFT;
}

static void encode_handles(const struct tpm_handles *handles, uint8_t ret_count[static 4],
                           uint8_t ret_listed[static TPM_HANDLES_LISTED_MAX][4])
{
        store_le32(ret_count, handles->count);
        for (size_t i = 0; i < TPM_HANDLES_LISTED_MAX; i++)
                store_le32(ret_listed[i], i < handles->count ? handles->listed[i] : 0);
}

static void decode_handles(const uint8_t count[static 4], const uint8_t listed[static TPM_HANDLES_LISTED_MAX][4],
                           struct tpm_handles *ret)
{
        ret->count = load_le32(count);
        for (size_t i = 0; i < TPM_HANDLES_LISTED_MAX && i < ret->count; i++)
                ret->listed[i] = load_le32(listed[i]);
}

void tpm_evidence_encode(const struct tpm_evidence *evidence, const struct id128 *reset_id,
                         uint8_t ret[static TPM_EVIDENCE_ENCODED_SIZE])
{
        struct encoded encoded = { 0 };

        memcpy(encoded.magic, magic, sizeof(magic));
        store_le32(encoded.version, FORMAT_VERSION);
        store_le32(encoded.flags, flags_of(evidence));
        memcpy(encoded.reset_id, reset_id->bytes, sizeof(encoded.reset_id));
        store_le64(encoded.clock_ms, evidence->clock_ms);
        store_le32(encoded.reset_count, evidence->reset_count);
        store_le32(encoded.restart_count, evidence->restart_count);
        store_le16(encoded.srk_name_size, evidence->srk_name_size);
        store_le16(encoded.storage_ticket_size, evidence->storage_ticket_size);
        memcpy(encoded.srk_name, evidence->srk_name, sizeof(encoded.srk_name));
        memcpy(encoded.storage_ticket, evidence->storage_ticket, sizeof(encoded.storage_ticket));
        encode_handles(&evidence->persistent, encoded.persistent_count, encoded.persistent);
        encode_handles(&evidence->nv_indices, encoded.nv_count, encoded.nv_indices);
        store_le32(encoded.crc, crc32_of(&encoded, offsetof(struct encoded, crc)));
        memcpy(ret, &encoded, sizeof(encoded));
}

static enum err check_frame(const void *data, size_t size, struct encoded *ret)
{
        if (size != sizeof(*ret))
                return size < sizeof(*ret) ? ERR_TRUNCATED : ERR_TOO_LARGE;
        memcpy(ret, data, sizeof(*ret));
        if (memcmp(ret->magic, magic, sizeof(magic)) != 0)
                return ERR_SYNTAX;
        if (load_le32(ret->version) != FORMAT_VERSION)
                return ERR_VERSION;
        if (load_le32(ret->crc) != crc32_of(ret, offsetof(struct encoded, crc)))
                return ERR_CHECKSUM;
        if (load_le16(ret->srk_name_size) > TPM_NAME_MAX || load_le16(ret->storage_ticket_size) > TPM_TICKET_MAX)
                return ERR_RANGE;
        return ERR_OK;
}

enum err tpm_evidence_decode(const void *data, size_t size, struct tpm_evidence *ret, struct id128 *ret_reset_id)
{
        struct encoded encoded;
        struct tpm_evidence evidence = { 0 };
        enum err err = check_frame(data, size, &encoded);
        uint32_t flags;

        if (err != ERR_OK)
                return err;
        flags = load_le32(encoded.flags);
        evidence.owner_auth_set = flags & OWNER_AUTH;
        evidence.endorsement_auth_set = flags & ENDORSEMENT_AUTH;
        evidence.lockout_auth_set = flags & LOCKOUT_AUTH;
        evidence.disable_clear = flags & DISABLE_CLEAR;
        evidence.in_lockout = flags & IN_LOCKOUT;
        evidence.unread = flags >> UNREAD_SHIFT & TPM_UNREAD_ALL;
        evidence.clock_ms = load_le64(encoded.clock_ms);
        evidence.reset_count = load_le32(encoded.reset_count);
        evidence.restart_count = load_le32(encoded.restart_count);
        evidence.srk_name_size = load_le16(encoded.srk_name_size);
        evidence.storage_ticket_size = load_le16(encoded.storage_ticket_size);
        memcpy(evidence.srk_name, encoded.srk_name, evidence.srk_name_size);
        memcpy(evidence.storage_ticket, encoded.storage_ticket, evidence.storage_ticket_size);
        decode_handles(encoded.persistent_count, encoded.persistent, &evidence.persistent);
        decode_handles(encoded.nv_count, encoded.nv_indices, &evidence.nv_indices);
        memcpy(ret_reset_id->bytes, encoded.reset_id, sizeof(encoded.reset_id));
        *ret = evidence;
        return ERR_OK;
}
