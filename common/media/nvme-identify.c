/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NVMe replies; see nvme-identify.h. */
#include "common/media/nvme-identify.h"
#include "common/base/bytes.h"

/* Identify Controller */
enum { AT_SERIAL = 4, AT_MODEL = 24, AT_FIRMWARE = 64, AT_OACS = 256, AT_SANICAP = 328, AT_FNA = 524 };
enum { SERIAL_SIZE = 20, MODEL_SIZE = 40, FIRMWARE_SIZE = 8 };
#define OACS_FORMAT       (1u << 1)
#define FNA_ERASES_ALL    (1u << 1)
#define FNA_CRYPTO        (1u << 2)
#define SANICAP_CRYPTO    (1u << 0)
#define SANICAP_BLOCK     (1u << 1)
#define SANICAP_OVERWRITE (1u << 2)

/* Identify Namespace */
enum { AT_NSZE = 0, AT_NLBAF = 25, AT_FLBAS = 26, AT_DPS = 29, AT_NGUID = 104, AT_EUI64 = 120, AT_LBAF = 128 };
#define FORMATS_MAX 64
#define LBADS_MIN   9
#define LBADS_MAX   16

/* SMART / Health Information */
enum { AT_WARNING = 0, AT_TEMPERATURE = 1, AT_USED = 5, AT_HOURS = 128, AT_MEDIA_ERRORS = 160 };
#define KELVIN 273

enum err nvme_controller_parse(const void *data, size_t size, struct media_facts *ret)
{
        const uint8_t *bytes = data;
        uint32_t sanicap, techniques = 0;

        if (size < NVME_IDENTIFY_SIZE)
                return ERR_TRUNCATED;
        sanicap = load_le32(bytes + AT_SANICAP);
        if (sanicap & SANICAP_CRYPTO)
                techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_CRYPTO);
        if (sanicap & SANICAP_BLOCK)
                techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_BLOCK);
        if (sanicap & SANICAP_OVERWRITE)
                techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_OVERWRITE);
        if (load_le16(bytes + AT_OACS) & OACS_FORMAT) {
                techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_NVME_FORMAT_ERASE);
                if (bytes[AT_FNA] & FNA_CRYPTO)
                        techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_NVME_FORMAT_CRYPTO);
        }
        media_copy_text(ret->serial, sizeof(ret->serial), bytes + AT_SERIAL, SERIAL_SIZE);
        media_copy_text(ret->model, sizeof(ret->model), bytes + AT_MODEL, MODEL_SIZE);
        media_copy_text(ret->firmware, sizeof(ret->firmware), bytes + AT_FIRMWARE, FIRMWARE_SIZE);
        ret->techniques = techniques;
        ret->format_takes_all = (bytes[AT_FNA] & FNA_ERASES_ALL) != 0;
        return ERR_OK;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (bytes[i] != 0)
                        return false;
        return true;
}

static void identifier(const uint8_t *bytes, char ret[static MEDIA_WWID_MAX])
{
        bool guid = !is_zero(bytes + AT_NGUID, 16);
        struct writer writer;

        if (!guid && is_zero(bytes + AT_EUI64, 8))
                return;
        writer = writer_over(ret, MEDIA_WWID_MAX);
        writer_text(&writer, "eui.");
        writer_hex(&writer, bytes + (guid ? AT_NGUID : AT_EUI64), guid ? 16 : 8);
}

enum err nvme_namespace_parse(const void *data, size_t size, struct nvme_namespace *ret, struct media_facts *ret_facts)
{
        const uint8_t *bytes = data;
        struct nvme_namespace found = { 0 };
        unsigned shift;

        if (size < NVME_IDENTIFY_SIZE)
                return ERR_TRUNCATED;
        /* bits 6:5 of FLBAS extend the index where there are more than 16 formats */
        found.format = bytes[AT_FLBAS] & 0xf;
        if (bytes[AT_NLBAF] >= 16)
                found.format |= (uint8_t)((bytes[AT_FLBAS] >> 5 & 3) << 4);
        if (found.format >= FORMATS_MAX || found.format > bytes[AT_NLBAF])
                return ERR_RANGE;
        shift = bytes[AT_LBAF + 4 * found.format + 2];
        if (shift < LBADS_MIN || shift > LBADS_MAX || load_le64(bytes + AT_NSZE) > UINT64_MAX >> shift)
                return ERR_RANGE;
        found.sector_bytes = UINT32_C(1) << shift;
        found.size_bytes = load_le64(bytes + AT_NSZE) << shift;
        found.metadata_inline = (bytes[AT_FLBAS] & 1u << 4) != 0;
        found.protection = bytes[AT_DPS] & 7;
        found.protection_first = (bytes[AT_DPS] & 1u << 3) != 0;
        identifier(bytes, ret_facts->wwid);
        *ret = found;
        return ERR_OK;
}

enum err nvme_namespace_count(const void *data, size_t size, uint32_t *ret)
{
        const uint8_t *bytes = data;
        uint32_t count = 0;

        if (size < NVME_IDENTIFY_SIZE)
                return ERR_TRUNCATED;
        while (count < NVME_IDENTIFY_SIZE / 4 && load_le32(bytes + 4 * (size_t)count) != 0)
                count++;
        *ret = count;
        return ERR_OK;
}

/* 16 bytes, little-endian: more than 64 bits are as good as infinite */
static uint64_t load_le128(const uint8_t *at)
{
        return load_le64(at + 8) != 0 ? UINT64_MAX : load_le64(at);
}

enum err nvme_smart_parse(const void *data, size_t size, struct media_health *ret)
{
        const uint8_t *bytes = data;
        uint16_t kelvin;

        if (size < NVME_SMART_SIZE)
                return ERR_TRUNCATED;
        kelvin = load_le16(bytes + AT_TEMPERATURE);
        *ret = (struct media_health){
                .known = true,
                .failing = bytes[AT_WARNING] != 0,
                .critical_warning = bytes[AT_WARNING],
                .worn_known = true,
                .percentage_used = bytes[AT_USED],
                .media_errors = load_le128(bytes + AT_MEDIA_ERRORS),
                .power_on_hours = load_le128(bytes + AT_HOURS),
                .temperature_celsius = kelvin == 0 || kelvin > KELVIN + 300 ? INT16_MIN : (int16_t)(kelvin - KELVIN),
        };
        return ERR_OK;
}

enum err nvme_sanitize_parse(const void *data, size_t size, struct nvme_sanitize_status *ret)
{
        static const enum nvme_sanitize_state states[] = {
                NVME_SANITIZE_NEVER, NVME_SANITIZE_DONE, NVME_SANITIZE_RUNNING, NVME_SANITIZE_FAILED,
                NVME_SANITIZE_DONE /* 4: and deallocated as it should not have been, which is all the same here */
        };
        const uint8_t *bytes = data;
        unsigned state;

        if (size < NVME_SANITIZE_LOG_SIZE)
                return ERR_TRUNCATED;
        state = bytes[2] & 7;
        if (state >= ARRAY_SIZE(states))
                return ERR_RANGE;
        *ret = (struct nvme_sanitize_status){ .state = states[state], .progress = load_le16(bytes), .raw = load_le16(bytes + 2) };
        return ERR_OK;
}
