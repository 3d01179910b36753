/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCR 11 and the policy digests over it, predicted; see pcr.h. */
#include "common/format/pcr.h"
#include "common/base/memory.h"

/* TPM 2.0 part 2, big-endian as they go into a policy digest. */
static const uint8_t command_policy_pcr[] = { 0x00, 0x00, 0x01, 0x7f };
static const uint8_t command_policy_authorize[] = { 0x00, 0x00, 0x01, 0x6a };

#define PCR_BY_VALUE_LAST 15

void pcr_extend(sha256_function sha256, uint8_t pcr[static SHA256_SIZE], const void *data, size_t size)
{
        uint8_t digest[SHA256_SIZE], extended[SHA256_SIZE];

        sha256(&(struct bytes){ data, size }, 1, digest);
        sha256((struct bytes[]){ { pcr, SHA256_SIZE }, { digest, sizeof(digest) } }, 2, extended);
        memcpy(pcr, extended, sizeof(extended));
}

void pcr_predict_sections(sha256_function sha256, const struct uki *uki, uint8_t ret[static SHA256_SIZE])
{
        uint8_t pcr[SHA256_SIZE] = { 0 };

        for (int i = 0; i < UKI_SECTION_COUNT; i++) {
                const struct bytes *content = &uki->sections[i];
                const char *name = uki_section_name((enum uki_section)i);

                if (content->data == NULL || !uki_section_is_measured((enum uki_section)i))
                        continue;
                pcr_extend(sha256, pcr, name, text_length(name) + 1);
                pcr_extend(sha256, pcr, content->data, content->size);
        }
        memcpy(ret, pcr, sizeof(pcr));
}

void pcr_extend_phases(sha256_function sha256, uint8_t pcr[static SHA256_SIZE], const char *phases)
{
        while (*phases != '\0') {
                size_t length = 0;

                while (phases[length] != '\0' && phases[length] != ':')
                        length++;
                if (length > 0)
                        pcr_extend(sha256, pcr, phases, length);
                phases += length + (phases[length] == ':');
        }
}

void pcr_policy_digest(sha256_function sha256, const uint8_t pcr[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE])
{
        uint8_t values[SHA256_SIZE], policy[SHA256_SIZE] = { 0 };

        sha256(&(struct bytes){ pcr, SHA256_SIZE }, 1, values);
        pcr_policy_add(sha256, policy, UINT32_C(1) << PCR_KERNEL_IMAGE, values);
        memcpy(ret, policy, sizeof(policy));
}

void pcr_policy_add(sha256_function sha256, uint8_t policy[static SHA256_SIZE], uint32_t pcrs,
                    const uint8_t values[static SHA256_SIZE])
{
        /* TPML_PCR_SELECTION: one bank, SHA-256, three bytes of bitmap */
        const uint8_t selection[] = { 0, 0, 0, 1, 0x00, 0x0b, 3, (uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16) };
        uint8_t added[SHA256_SIZE];

        sha256((struct bytes[]){ { policy, SHA256_SIZE },
                                 { command_policy_pcr, sizeof(command_policy_pcr) },
                                 { selection, sizeof(selection) },
                                 { values, SHA256_SIZE } },
               4, added);
        memcpy(policy, added, sizeof(added));
}

bool pcr_mask_parse(const char *text, uint32_t *ret)
{
        uint32_t pcrs = 0;

        for (size_t length; *text != '\0'; text += length) {
                uint64_t number;

                for (length = 0; text[length] != '\0' && text[length] != '+';)
                        length++;
                if (!text_to_u64(text, length, &number) || number > PCR_BY_VALUE_LAST || number == PCR_KERNEL_IMAGE ||
                    pcrs & UINT32_C(1) << number)
                        return false;
                pcrs |= UINT32_C(1) << number;
                if (text[length] == '+' && text[++length] == '\0')
                        return false;
        }
        *ret = pcrs;
        return true;
}

void pcr_mask_format(uint32_t pcrs, char ret[static PCR_MASK_TEXT_MAX])
{
        struct writer writer = writer_over(ret, PCR_MASK_TEXT_MAX);

        writer_text(&writer, "");
        for (uint32_t i = 0; i <= PCR_BY_VALUE_LAST; i++) {
                if (!(pcrs & UINT32_C(1) << i))
                        continue;
                if (writer.size > 0)
                        writer_char(&writer, '+');
                writer_decimal(&writer, i);
        }
}

void pcr_policy_authorize_digest(sha256_function sha256, struct bytes key_name, uint8_t ret[static SHA256_SIZE])
{
        static const uint8_t fresh_session[SHA256_SIZE];
        uint8_t with_key[SHA256_SIZE];

        sha256((struct bytes[]){ { fresh_session, sizeof(fresh_session) },
                                 { command_policy_authorize, sizeof(command_policy_authorize) },
                                 key_name },
               3, with_key);
        /* The reference that is signed along with the policy goes in by a second hash, even an empty one. */
        sha256(&(struct bytes){ with_key, sizeof(with_key) }, 1, ret);
}
