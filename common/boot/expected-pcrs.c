/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expected PCRs: the file of the builder, and what a quote shows beside it; see expected-pcrs.h. */
#include "common/boot/expected-pcrs.h"
#include "common/base/json.h"
#include "common/base/memory.h"

#define TYPE          "cleanslate-expected-pcrs-1"
#define PCR_BOOT_CODE 4 /* TCG PC Client Platform Firmware Profile 1.05, 3.3.4.5: what the firmware has started */
#define PCR_SECURE    7 /* 3.3.4.8: Secure Boot's keys, and which of them let the image start */
#define BIT(pcr)      (1u << (pcr))

static const char *const boot_names[EXPECTED_BOOT_COUNT] = {
        [EXPECTED_IN_ANY] = "any",
        [EXPECTED_IN_RESET] = "reset",
        [EXPECTED_IN_RECOVERY] = "recovery",
        [EXPECTED_IN_ORDINARY] = "ordinary",
};

static uint32_t pcrs_of(const struct expected_pcrs *expected)
{
        uint32_t pcrs = 0;

        for (size_t i = 0; i < expected->count; i++)
                pcrs |= BIT(expected->values[i].pcr);
        return pcrs;
}

static enum err add(struct expected_pcrs *expected, const struct expected_pcr *value)
{
        if (expected->count == ARRAY_SIZE(expected->values))
                return ERR_TOO_LARGE;
        expected->values[expected->count++] = *value;
        return ERR_OK;
}

/* -- reading -- */

static enum err read_member(const struct json *json, int object, const char *key, char *ret, size_t capacity)
{
        int token = json_member(json, object, key);
        enum err err = token < 0 ? ERR_MISSING : json_string(json, token, ret, capacity);

        return err == ERR_TOO_LARGE ? ERR_RANGE : err;
}

static enum err read_boot(const char *name, enum expected_boot *ret)
{
        for (unsigned i = 0; i < EXPECTED_BOOT_COUNT; i++)
                if (text_equal(name, boot_names[i])) {
                        *ret = (enum expected_boot)i;
                        return ERR_OK;
                }
        return ERR_RANGE;
}

static enum err read_value(const struct json *json, int token, struct expected_pcr *value)
{
        char hex[2 * SHA256_SIZE + 1], boot[16];
        enum err err = json_is(json, token, JSON_OBJECT) ? read_member(json, token, "value", hex, sizeof(hex)) : ERR_RANGE;

        if (err == ERR_OK)
                err = read_member(json, token, "boot", boot, sizeof(boot));
        if (err == ERR_OK && !text_to_hex_bytes(hex, text_length(hex), value->value, sizeof(value->value)))
                err = ERR_RANGE;
        return err == ERR_OK ? read_boot(boot, &value->boot) : err;
}

static enum err read_list(const struct json *json, int list, uint8_t pcr, struct expected_pcrs *expected)
{
        int token = list + 1;
        enum err err = json_is(json, list, JSON_ARRAY) && json->tokens[list].children > 0 ? ERR_OK : ERR_RANGE;

        for (uint16_t i = 0; err == ERR_OK && i < json->tokens[list].children; i++) {
                struct expected_pcr value = { .pcr = pcr, .predicted = true };

                err = read_value(json, token, &value);
                if (err == ERR_OK)
                        err = add(expected, &value);
                token = json->tokens[token].next;
        }
        return err;
}

static enum err read_pcrs(const struct json *json, int pcrs, struct expected_pcrs *expected)
{
        const uint32_t known = pcrs_of(expected);
        uint16_t found = 0;
        enum err err = ERR_OK;

        for (uint8_t pcr = 0; pcr < RECORD_SIGNATURE_PCRS && err == ERR_OK; pcr++) {
                char number[4];
                struct writer writer = writer_over(number, sizeof(number));

                writer_decimal(&writer, pcr);
                int list = json_member(json, pcrs, number);
                if (list < 0)
                        continue;
                found++;
                if (!(known & BIT(pcr)))
                        err = read_list(json, list, pcr, expected);
        }
        return err == ERR_OK && found != json->tokens[pcrs].children ? ERR_RANGE : err;
}

enum err expected_pcrs_read(const char *text, size_t size, struct expected_pcrs *expected)
{
        struct json json;
        char type[48] = "";
        struct expected_pcrs read = *expected;
        enum err err = size > EXPECTED_PCRS_TEXT_MAX ? ERR_TOO_LARGE : json_parse(&json, text, size);

        if (err != ERR_OK)
                return err;
        if (read_member(&json, 0, "type", type, sizeof(type)) != ERR_OK || !text_equal(type, TYPE))
                return ERR_UNSUPPORTED;
        int pcrs = json_member(&json, 0, "pcrs");
        if (pcrs < 0)
                return ERR_MISSING;
        if (!json_is(&json, pcrs, JSON_OBJECT) || json.tokens[pcrs].children == 0)
                return ERR_RANGE;
        err = read_pcrs(&json, pcrs, &read);
        if (err == ERR_OK)
                *expected = read;
        return err;
}

enum err expected_pcrs_add(const char *text, struct expected_pcrs *expected)
{
        struct expected_pcr value = { .boot = EXPECTED_IN_ANY };
        uint64_t pcr;
        size_t digits = 0;

        while (text[digits] != '\0' && text[digits] != '=')
                digits++;
        if (text[digits] == '\0' || !text_to_u64(text, digits, &pcr) ||
            !text_to_hex_bytes(text + digits + 1, text_length(text + digits + 1), value.value, sizeof(value.value)))
                return ERR_SYNTAX;
        if (pcr >= RECORD_SIGNATURE_PCRS)
                return ERR_RANGE;
        value.pcr = (uint8_t)pcr;
        if (pcr == PCR_KERNEL_IMAGE)
                value.boot = EXPECTED_IN_RESET;
        return add(expected, &value);
}

/* -- judging -- */

/* The expected value that the quote has; NULL = another, or none. */
static const struct expected_pcr *find_match(const struct expected_pcrs *expected, const struct record_signature *signature,
                                             unsigned pcr)
{
        if (!(signature->pcrs & BIT(pcr)))
                return NULL;
        for (size_t i = 0; i < expected->count; i++)
                if (expected->values[i].pcr == pcr && memcmp(expected->values[i].value, signature->values[pcr], SHA256_SIZE) == 0)
                        return &expected->values[i];
        return NULL;
}

static enum boot_verdict verdict_of(const struct expected_pcr *image, bool anchored)
{
        if (image == NULL || !anchored)
                return BOOT_NOT_SHOWN;
        switch (image->boot) {
        case EXPECTED_IN_RESET:
                return BOOT_RESET;
        case EXPECTED_IN_RECOVERY:
                return BOOT_RECOVERY;
        case EXPECTED_IN_ORDINARY:
                return BOOT_ORDINARY;
        case EXPECTED_IN_ANY:
        case EXPECTED_BOOT_COUNT:
                break;
        }
        return BOOT_NOT_SHOWN;
}

struct boot_comparison expected_pcrs_judge(const struct expected_pcrs *expected, const struct record_signature *signature)
{
        struct boot_comparison comparison = { .verdict = BOOT_NOT_COMPARED, .compared = pcrs_of(expected) };
        const struct expected_pcr *matches[RECORD_SIGNATURE_PCRS] = { NULL };

        if (expected->count == 0)
                return comparison;
        for (unsigned pcr = 0; pcr < RECORD_SIGNATURE_PCRS; pcr++) {
                if (!(comparison.compared & BIT(pcr)))
                        continue;
                matches[pcr] = find_match(expected, signature, pcr);
                if (matches[pcr] == NULL)
                        comparison.differing |= BIT(pcr);
        }
        bool anchored = matches[PCR_BOOT_CODE] != NULL || (matches[PCR_SECURE] != NULL && matches[PCR_SECURE]->predicted);
        comparison.verdict = comparison.differing ? BOOT_DIFFERS : verdict_of(matches[PCR_KERNEL_IMAGE], anchored);
        return comparison;
}

static const struct {
        const char *name, *text;
} words[BOOT_VERDICT_COUNT] = {
        [BOOT_NOT_COMPARED] = { "signed", "The record is signed by the TPM that holds this key. What was running then is not "
                                          "shown: no PCRs were compared." },
        [BOOT_RESET] = { "signed-in-reset-boot", "The record is signed by the TPM that holds this key, in a reset boot of this "
                                                 "image." },
        [BOOT_RECOVERY] = { "signed-in-recovery-boot",
                            "The record is signed by the TPM that holds this key, in a recovery boot of "
                            "this image, from whose page a reset is started." },
        [BOOT_ORDINARY] = { "signed-in-ordinary-boot", "The record is signed by the TPM that holds this key, in an ordinary boot "
                                                       "of this image before its system was started, not in a reset boot." },
        [BOOT_DIFFERS] = { "boot-differs", "The record is signed by the TPM that holds this key, but not in a reset boot of this "
                                           "image: PCRs have other values than expected." },
        [BOOT_NOT_SHOWN] = { "boot-not-shown", "The record is signed by the TPM that holds this key, but what was compared does "
                                               "not show a reset boot: that takes PCR 11 together with PCR 4, or with PCR 7 as "
                                               "the image's builder predicts it." },
};

const char *boot_verdict_name(enum boot_verdict verdict)
{
        return (unsigned)verdict < BOOT_VERDICT_COUNT ? words[verdict].name : "unknown";
}

const char *boot_verdict_text(enum boot_verdict verdict)
{
        return (unsigned)verdict < BOOT_VERDICT_COUNT ? words[verdict].text : "unknown";
}
