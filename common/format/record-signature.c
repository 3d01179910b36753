/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/record-signature.h"
#include "common/base/base64.h"
#include "common/base/json-write.h"
#include "common/base/json.h"
#include "common/base/memory.h"

#define TYPE            "cleanslate-record-signature-1"
#define HIERARCHY_NAME  "\x40\x00\x00\x0b" /* TPM_RH_ENDORSEMENT: the name of a hierarchy is its handle */
#define QUALIFIED_SIZE  (2 + SHA256_SIZE)
#define BASE64_TEXT_MAX (BASE64_LENGTH(RECORD_SIGNATURE_EK_MAX) + 1)

/* -- writing -- */

/* On one line. */
static void write_pcrs(struct writer *writer, const struct record_signature *signature)
{
        json_member_open(writer, "pcrs", '{');
        writer->json_style = JSON_COMPACT;
        for (uint32_t i = 0; i < RECORD_SIGNATURE_PCRS; i++) {
                char number[4];
                struct writer digits = writer_over(number, sizeof(number));
                if (!(signature->pcrs & 1u << i))
                        continue;
                writer_decimal(&digits, i);
                json_member_hex(writer, number, signature->values[i], SHA256_SIZE);
        }
        writer->json_style = JSON_LINES;
        json_close(writer, '}');
}

void record_signature_write(const struct record_signature *signature, struct writer *writer)
{
        writer->json_style = JSON_LINES;
        json_open(writer, '{');
        json_member_text(writer, "type", TYPE);
        json_member_hex(writer, "recordDigest", signature->record_digest, SHA256_SIZE);
        if (signature->unsigned_why[0]) {
                json_member_text(writer, "unsigned", signature->unsigned_why);
        } else {
                json_member_base64(writer, "quote", signature->attest, signature->attest_size);
                json_member_base64(writer, "signature", signature->signature, signature->signature_size);
                json_member_base64(writer, "publicArea", signature->public_area, signature->public_size);
                write_pcrs(writer, signature);
                if (signature->ek_certificate_size > 0)
                        json_member_base64(writer, "ekCertificate", signature->ek_certificate, signature->ek_certificate_size);
        }
        writer_text(writer, "\n}\n");
}

/* -- reading -- */

static enum err read_hex(const struct json *json, int token, uint8_t ret[static SHA256_SIZE])
{
        char text[2 * SHA256_SIZE + 1];
        if (token < 0)
                return ERR_MISSING;
        enum err err = json_string(json, token, text, sizeof(text));
        if (err != ERR_OK)
                return err;
        return text_to_hex_bytes(text, text_length(text), ret, SHA256_SIZE) ? ERR_OK : ERR_RANGE;
}

static enum err read_base64(const struct json *json, const char *key, uint8_t *ret, size_t capacity, size_t *ret_size)
{
        char text[BASE64_TEXT_MAX];
        int member = json_member(json, 0, key);
        if (member < 0)
                return ERR_MISSING;
        enum err err = json_string(json, member, text, sizeof(text));
        return err == ERR_OK ? base64_decode(text, text_length(text), ret, capacity, ret_size) : err;
}

static enum err read_pcrs(const struct json *json, struct record_signature *ret)
{
        int pcrs = json_member(json, 0, "pcrs");
        size_t found = 0;
        enum err err = ERR_OK;
        if (pcrs < 0 || !json_is(json, pcrs, JSON_OBJECT))
                return ERR_MISSING;
        for (uint32_t i = 0; i < RECORD_SIGNATURE_PCRS && err == ERR_OK; i++) {
                char number[4];
                struct writer writer = writer_over(number, sizeof(number));
                writer_decimal(&writer, i);
                int value = json_member(json, pcrs, number);
                if (value < 0)
                        continue;
                err = read_hex(json, value, ret->values[i]);
                ret->pcrs |= 1u << i;
                found++;
        }
        if (err == ERR_OK && found != json->tokens[pcrs].children)
                err = ERR_RANGE; /* a PCR that there is not */
        return err;
}

static enum err read_signed(const struct json *json, struct record_signature *ret)
{
        enum err err = read_base64(json, "quote", ret->attest, sizeof(ret->attest), &ret->attest_size);
        if (err == ERR_OK)
                err = read_base64(json, "signature", ret->signature, sizeof(ret->signature), &ret->signature_size);
        if (err == ERR_OK)
                err = read_base64(json, "publicArea", ret->public_area, sizeof(ret->public_area), &ret->public_size);
        if (err == ERR_OK)
                err = read_pcrs(json, ret);
        if (err == ERR_OK && json_member(json, 0, "ekCertificate") >= 0)
                err = read_base64(json, "ekCertificate", ret->ek_certificate, sizeof(ret->ek_certificate),
                                  &ret->ek_certificate_size);
        return err;
}

enum err record_signature_read(const char *text, size_t size, struct record_signature *ret)
{
        struct json json;
        char type[48] = "";
        if (size > RECORD_SIGNATURE_TEXT_MAX)
                return ERR_TOO_LARGE;
        enum err err = json_parse(&json, text, size);
        if (err != ERR_OK)
                return err;
        memset(ret, 0, sizeof(*ret));
        int member = json_member(&json, 0, "type");
        if (member < 0 || json_string(&json, member, type, sizeof(type)) != ERR_OK || !text_equal(type, TYPE))
                return ERR_UNSUPPORTED;
        err = read_hex(&json, json_member(&json, 0, "recordDigest"), ret->record_digest);
        member = json_member(&json, 0, "unsigned");
        if (err != ERR_OK || member < 0)
                return err != ERR_OK ? err : read_signed(&json, ret);
        err = json_string(&json, member, ret->unsigned_why, sizeof(ret->unsigned_why));
        return err == ERR_OK && !ret->unsigned_why[0] ? ERR_RANGE : err;
}

/* -- judging -- */

/* QN := alg || H(QN of the hierarchy || Name); Name := alg || H(public area). TPM 2.0 part 1, 16 and 26.5. */
static bool is_signer(sha256_function sha256, const struct record_signature *signature, const struct tpm_quote_claim *claim)
{
        static const uint8_t algorithm[2] = { 0x00, 0x0b };
        uint8_t name[QUALIFIED_SIZE], qualified[QUALIFIED_SIZE];
        memcpy(name, algorithm, sizeof(algorithm));
        memcpy(qualified, algorithm, sizeof(algorithm));
        sha256(&(struct bytes){ signature->public_area, signature->public_size }, 1, name + sizeof(algorithm));
        const struct bytes chunks[] = { { (const uint8_t *)HIERARCHY_NAME, 4 }, { name, sizeof(name) } };
        sha256(chunks, ARRAY_SIZE(chunks), qualified + sizeof(algorithm));
        return claim->signer_size == sizeof(qualified) && memcmp(claim->signer, qualified, sizeof(qualified)) == 0;
}

static bool pcrs_agree(sha256_function sha256, const struct record_signature *signature, const struct tpm_quote_claim *claim)
{
        struct bytes chunks[RECORD_SIGNATURE_PCRS];
        uint8_t digest[SHA256_SIZE];
        size_t count = 0;
        for (uint32_t i = 0; i < RECORD_SIGNATURE_PCRS; i++)
                if (signature->pcrs & 1u << i)
                        chunks[count++] = (struct bytes){ signature->values[i], SHA256_SIZE };
        sha256(chunks, count, digest);
        return signature->pcrs == claim->pcrs && memcmp(digest, claim->pcr_digest, sizeof(digest)) == 0;
}

enum record_verdict record_signature_judge(sha256_function sha256, const struct record_signature *signature, struct bytes record,
                                           struct tpm_quote_claim *ret_claim, struct tpm_attest_key *ret_key,
                                           struct tpm_attest_signature *ret_signature)
{
        uint8_t digest[SHA256_SIZE];
        sha256(&record, 1, digest);
        if (memcmp(digest, signature->record_digest, sizeof(digest)) != 0)
                return RECORD_ALTERED;
        if (signature->unsigned_why[0])
                return RECORD_UNSIGNED;
        if (tpm_quote_claim_read((struct bytes){ signature->attest, signature->attest_size }, ret_claim) != ERR_OK)
                return RECORD_NO_TPM_QUOTE;
        if (memcmp(ret_claim->qualifying, digest, sizeof(digest)) != 0)
                return RECORD_OTHER_QUOTE;
        if (tpm_attest_key_read((struct bytes){ signature->public_area, signature->public_size }, ret_key) != ERR_OK)
                return RECORD_KEY_UNFIT;
        if (!is_signer(sha256, signature, ret_claim))
                return RECORD_SIGNER_DIFFERS;
        if (!pcrs_agree(sha256, signature, ret_claim))
                return RECORD_PCRS_DIFFER;
        if (tpm_attest_signature_read((struct bytes){ signature->signature, signature->signature_size }, ret_signature) != ERR_OK)
                return RECORD_SIGNATURE_WRONG;
        return RECORD_VERIFIED;
}

static const struct {
        const char *name, *text;
} words[] = {
        [RECORD_VERIFIED] = { "verified", "The record is unaltered since it was signed with the accompanying key." },
        [RECORD_UNSIGNED] = { "unsigned", "The record is not signed: nothing but its file vouches for it." },
        [RECORD_ALTERED] = { "altered", "The record is not the one that was signed: its bytes have another SHA-256." },
        [RECORD_NO_TPM_QUOTE] = { "no-tpm-quote", "What is signed is not a TPM's quote over SHA-256 PCRs." },
        [RECORD_OTHER_QUOTE] = { "other-quote", "The quote belongs to another record." },
        [RECORD_KEY_UNFIT] = { "key-unfit", "The key is not a restricted P-256 signing key that cannot leave its TPM." },
        [RECORD_SIGNER_DIFFERS] = { "signer-differs", "The quote was not made with the accompanying key." },
        [RECORD_PCRS_DIFFER] = { "pcrs-differ", "The PCR values that are listed are not those of the quote." },
        [RECORD_SIGNATURE_WRONG] = { "signature-wrong",
                                     "The signature over the quote is wrong: it was altered, or another key signed it." },
        [RECORD_KEY_DIFFERS] = { "key-differs", "The record is signed, but by another device's key than the one asked for." },
};

const char *record_verdict_name(enum record_verdict verdict)
{
        return verdict < ARRAY_SIZE(words) ? words[verdict].name : "unknown";
}

const char *record_verdict_text(enum record_verdict verdict)
{
        return verdict < ARRAY_SIZE(words) ? words[verdict].text : "unknown";
}
