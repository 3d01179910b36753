/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading .pcrsig; see pcr-signature.h. Every entry of the bank must be well-formed, or the whole text is refused: a
 * half-understood signature file is a damaged image. */
#include "common/format/pcr-signature.h"
#include "common/base/base64.h"
#include "common/base/bytes.h"
#include "common/base/json.h"
#include "common/base/memory.h"

#define HEX_TEXT_SIZE    (SHA256_SIZE * 2 + 1)
#define BASE64_TEXT_SIZE (BASE64_LENGTH(PCR_SIGNATURE_SIZE_MAX) + 1)

static enum err read_pcrs(const struct json *json, int token, uint32_t *ret_mask)
{
        uint32_t mask = 0;

        if (token < 0)
                return ERR_MISSING;
        if (!json_is(json, token, JSON_ARRAY))
                return ERR_RANGE;
        for (int element = token + 1; element < json->tokens[token].next; element = json->tokens[element].next) {
                uint64_t pcr;
                enum err err = json_u64(json, element, &pcr);

                if (err != ERR_OK)
                        return err;
                if (pcr >= PCR_SIGNATURE_PCR_COUNT || (mask & PCR_SIGNATURE_MASK_PCR(pcr)))
                        return ERR_RANGE;
                mask |= PCR_SIGNATURE_MASK_PCR(pcr);
        }
        *ret_mask = mask;
        return ERR_OK;
}

static enum err read_digest(const struct json *json, int token, uint8_t ret[static SHA256_SIZE])
{
        char text[HEX_TEXT_SIZE];
        enum err err;

        if (token < 0)
                return ERR_MISSING;
        err = json_string(json, token, text, sizeof(text));
        if (err != ERR_OK)
                return err == ERR_TOO_LARGE ? ERR_RANGE : err;
        return text_length(text) == SHA256_SIZE * 2 && text_to_hex_bytes(text, SHA256_SIZE * 2, ret, SHA256_SIZE) ? ERR_OK
                                                                                                                  : ERR_RANGE;
}

static enum err read_signature(const struct json *json, int token, struct pcr_signature *ret)
{
        char text[BASE64_TEXT_SIZE];
        size_t size;
        enum err err;

        if (token < 0)
                return ERR_MISSING;
        err = json_string(json, token, text, sizeof(text));
        if (err != ERR_OK)
                return err == ERR_TOO_LARGE ? ERR_RANGE : err;
        if (base64_decode(text, text_length(text), ret->signature, sizeof(ret->signature), &size) != ERR_OK || size == 0)
                return ERR_RANGE;
        ret->signature_size = (uint16_t)size;
        return ERR_OK;
}

static enum err read_entry(const struct json *json, int object, struct pcr_signature *ret)
{
        enum err err;

        if (!json_is(json, object, JSON_OBJECT))
                return ERR_RANGE;
        err = read_pcrs(json, json_member(json, object, "pcrs"), &ret->pcr_mask);
        if (err == ERR_OK)
                err = read_digest(json, json_member(json, object, "pkfp"), ret->fingerprint);
        if (err == ERR_OK)
                err = read_digest(json, json_member(json, object, "pol"), ret->policy);
        if (err == ERR_OK)
                err = read_signature(json, json_member(json, object, "sig"), ret);
        return err;
}

enum err pcr_signature_list_parse(const char *text, size_t size, struct pcr_signature_list *ret)
{
        struct json json;
        enum err err = json_parse(&json, text, size);
        int bank;

        if (err != ERR_OK)
                return err;
        ret->count = 0;
        bank = json_member(&json, 0, "sha256");
        if (bank < 0)
                return ERR_OK;
        if (!json_is(&json, bank, JSON_ARRAY))
                return ERR_RANGE;
        for (int entry = bank + 1; entry < json.tokens[bank].next; entry = json.tokens[entry].next) {
                if (ret->count == PCR_SIGNATURES_MAX)
                        return ERR_TOO_LARGE;
                err = read_entry(&json, entry, &ret->entries[ret->count]);
                if (err != ERR_OK)
                        return err;
                ret->count++;
        }
        return ERR_OK;
}

const struct pcr_signature *pcr_signature_find(const struct pcr_signature_list *list, uint32_t pcr_mask,
                                               const uint8_t fingerprint[static SHA256_SIZE],
                                               const uint8_t policy[static SHA256_SIZE])
{
        for (size_t i = 0; i < list->count; i++) {
                const struct pcr_signature *entry = &list->entries[i];

                if (entry->pcr_mask == pcr_mask && memcmp(entry->fingerprint, fingerprint, SHA256_SIZE) == 0 &&
                    memcmp(entry->policy, policy, SHA256_SIZE) == 0)
                        return entry;
        }
        return NULL;
}
