/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/certificate.h"

#include "common/base/json-write.h"
#include "common/base/safe-text.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/record/record.h"
#include "linux/tpm/tpm.h"
#include "reset-tool/certificate-rows.h"
#include "reset-tool/history.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define RECORD_SUFFIX    ".json"
#define SIGNATURE_SUFFIX ".sig"
#define PATH_TEXT_MAX    512

static bool ends_with(const char *text, const char *suffix)
{
        size_t length = strlen(text), end = strlen(suffix);
        return length > end && strcmp(text + length - end, suffix) == 0;
}

static bool is_path(const char *which)
{
        return strchr(which, '/') || ends_with(which, RECORD_SUFFIX);
}

static bool choose(const struct history *history, const char *which, const char **ret_name, struct explanation *ret_why)
{
        const char *found = NULL;
        size_t matches = 0;
        for (size_t i = 0; i < history->count; i++) {
                const char *name = history->entries[i].name;
                if (!ends_with(name, RECORD_SUFFIX) || (which && strncmp(name, which, strlen(which)) != 0))
                        continue;
                if (!which || strcmp(name + strlen(which), RECORD_SUFFIX) == 0) { /* the newest, or named in full */
                        *ret_name = name;
                        return true;
                }
                found = name;
                matches++;
        }
        if (matches == 1) {
                *ret_name = found;
                return true;
        }
        if (!which)
                return explain(ret_why, "There is no record of a reset in %s.", history->directory);
        return explain(ret_why, "%s in %s has a name that begins with \"%.64s\". See `cleanslate certificate list`.",
                       matches ? "More than one record" : "No record", history->directory, which);
}

/* The path of the record on the ESP. */
static bool find_on_esp(const struct environment *environment, const char *which, char ret[static PATH_TEXT_MAX],
                        struct explanation *ret_why)
{
        struct history history;
        const char *name = NULL;
        if (!history_read(environment, &history, ret_why))
                return false;
        bool found = choose(&history, which, &name, ret_why);
        if (found)
                (void)snprintf(ret, PATH_TEXT_MAX, "%s/%s", history.directory, name);
        history_release(&history);
        return found;
}

static bool set_name(struct certificate *certificate, const char *path, struct explanation *ret_why)
{
        const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (!ends_with(name, RECORD_SUFFIX) || strlen(name) >= sizeof(certificate->name))
                return explain(ret_why, "%s is no name of a record: it has to end in .json, and not be longer than %zu bytes.",
                               path, sizeof(certificate->name));
        (void)snprintf(certificate->name, sizeof(certificate->name), "%.*s", (int)(strlen(name) - strlen(RECORD_SUFFIX)), name);
        return true;
}

static bool read_files(struct certificate *certificate, const char *path, struct explanation *ret_why)
{
        char companion[PATH_TEXT_MAX];
        struct record_summary summary;
        int r = file_read(AT_FDCWD, path, RECORD_TEXT_MAX, &certificate->record, &certificate->record_size);
        if (r < 0)
                return explain(ret_why, "Cannot read the record %s: %s.", path, file_read_error_text(r));
        (void)snprintf(companion, sizeof(companion), "%.*s" SIGNATURE_SUFFIX, (int)(strlen(path) - strlen(RECORD_SUFFIX)), path);
        enum err err = record_summary_read(certificate->record, certificate->record_size, &summary);
        /* an altered one is to be told as that, where there is something it can be compared with */
        if (err != ERR_OK && access(companion, F_OK) < 0)
                return explain(ret_why, "%s is no record of a reset: it %s.", path, err_text(err));
        r = file_read(AT_FDCWD, companion, RECORD_SIGNATURE_TEXT_MAX, &certificate->companion, &certificate->companion_size);
        if (r == -E2BIG)
                certificate->companion_err = ERR_TOO_LARGE;
        else if (r < 0 && r != -ENOENT)
                return explain(ret_why, "Cannot read the signature %s: %s.", companion, file_read_error_text(r));
        return true;
}

static void read_signature(struct certificate *certificate)
{
        struct record_signature *signature = certificate->signature;
        const struct bytes record = { (const uint8_t *)certificate->record, certificate->record_size };
        if (certificate->companion)
                certificate->companion_err =
                        record_signature_read(certificate->companion, certificate->companion_size, signature);
        if (certificate->companion || certificate->companion_err != ERR_OK)
                return;
        sha256_chunks(&record, 1, signature->record_digest);
        (void)snprintf(signature->unsigned_why, sizeof(signature->unsigned_why),
                       "there is no file %s" SIGNATURE_SUFFIX " beside it", certificate->name);
}

static bool load(struct certificate *certificate, const char *path, const struct certificate_wanted *wanted,
                 struct explanation *ret_why)
{
        if (strlen(path) >= PATH_TEXT_MAX)
                return explain(ret_why, "The path of the record is longer than %d bytes.", PATH_TEXT_MAX - 1);
        certificate->signature = calloc(1, sizeof(*certificate->signature));
        if (!certificate->signature)
                return explain(ret_why, "Not enough memory.");
        if (!set_name(certificate, path, ret_why) || !read_files(certificate, path, ret_why))
                return false;
        certificate->key_pinned = wanted->key_pem;
        certificate_outcome(certificate, certificate->result, certificate->origin, &certificate->undeclared);
        read_signature(certificate);
        if (certificate->companion_err != ERR_OK)
                return true;
        const struct bytes record = { (const uint8_t *)certificate->record, certificate->record_size };
        int r = record_verify(certificate->signature, record, wanted->key_pem, &certificate->verification);
        if (r == 0 && certificate->verification.verdict == RECORD_VERIFIED)
                certificate->boot = expected_pcrs_judge(&wanted->expected, certificate->signature);
        if (r == -EINVAL)
                return explain(ret_why, "The key to compare with is not a public key in PEM.");
        return r == 0 || explain(ret_why, "Cannot verify the signature: %s.", strerror(-r));
}

bool certificate_load(const struct environment *environment, const char *which, const struct certificate_wanted *wanted,
                      struct certificate *ret, struct explanation *ret_why)
{
        static const struct certificate_wanted nothing;
        char on_esp[PATH_TEXT_MAX];
        struct certificate certificate = { 0 };
        const char *path = which;
        if (!which || !is_path(which)) {
                if (!find_on_esp(environment, which, on_esp, ret_why))
                        return false;
                path = on_esp;
        }
        if (!load(&certificate, path, wanted ? wanted : &nothing, ret_why)) {
                certificate_release(&certificate);
                return false;
        }
        *ret = certificate;
        return true;
}

void certificate_release(struct certificate *certificate)
{
        free(certificate->record);
        free(certificate->companion);
        free(certificate->signature);
        *certificate = (struct certificate){ 0 };
}

const char *certificate_verdict_name(const struct certificate *certificate)
{
        if (certificate->companion_err != ERR_OK)
                return "companion-malformed";
        if (certificate->verification.verdict != RECORD_VERIFIED)
                return record_verdict_name(certificate->verification.verdict);
        return boot_verdict_name(certificate->boot.verdict);
}

const char *certificate_verdict_text(const struct certificate *certificate)
{
        if (certificate->companion_err != ERR_OK)
                return "The file beside the record is not a record's signature.";
        if (certificate->verification.verdict != RECORD_VERIFIED)
                return record_verdict_text(certificate->verification.verdict);
        return boot_verdict_text(certificate->boot.verdict);
}

static bool is_first_boot(const struct certificate *certificate)
{
        return strcmp(certificate->result, "built") == 0 || strcmp(certificate->origin, "first-boot") == 0;
}

bool certificate_of_sanitization(const struct certificate *certificate)
{
        return strcmp(certificate->result, "complete") == 0 && !is_first_boot(certificate);
}

const char *certificate_kind(const struct certificate *certificate)
{
        if (is_first_boot(certificate))
                return "first boot";
        if (strcmp(certificate->result, "complete") == 0)
                return "complete reset";
        if (strcmp(certificate->result, "partial") == 0)
                return certificate->undeclared > 0 ? "reset that left undeclared partitions" : "reset that is not complete";
        return strcmp(certificate->result, "failed") == 0 ? "failed reset" : "reset without a known result";
}

static void list_pcrs(struct writer *writer, uint32_t pcrs, const char *between)
{
        const char *separator = "";
        for (unsigned i = 0; i < RECORD_SIGNATURE_PCRS; i++) {
                if (!(pcrs & 1u << i))
                        continue;
                writer_text(writer, separator);
                writer_decimal(writer, i);
                separator = between;
        }
}

const char *certificate_pcrs(uint32_t pcrs, char ret[static CERTIFICATE_PCRS_MAX])
{
        struct writer writer = writer_over(ret, CERTIFICATE_PCRS_MAX);
        writer_text(&writer, "PCR ");
        list_pcrs(&writer, pcrs, ", ");
        return ret;
}

static void claim_json(struct writer *writer, const struct tpm_quote_claim *claim)
{
        json_member_open(writer, "tpm", '{');
        json_member_number(writer, "clockMs", claim->clock_ms);
        json_member_number(writer, "resetCount", claim->reset_count);
        json_member_number(writer, "restartCount", claim->restart_count);
        json_member_open(writer, "pcrs", '[');
        list_pcrs(writer, claim->pcrs, ",");
        json_close(writer, ']');
        json_close(writer, '}');
}

static void boot_json(struct writer *writer, const struct certificate *certificate)
{
        json_member_open(writer, "compared", '[');
        list_pcrs(writer, certificate->boot.compared, ",");
        json_close(writer, ']');
        json_member_open(writer, "differing", '[');
        list_pcrs(writer, certificate->boot.differing, ",");
        json_close(writer, ']');
        json_member_flag(writer, "sanitization", certificate_of_sanitization(certificate));
        json_member_text(writer, "result", certificate->result[0] ? certificate->result : NULL);
        json_member_number(writer, "undeclaredPartitions", certificate->undeclared);
}

void certificate_json(struct writer *writer, const struct certificate *certificate, bool with_record)
{
        const struct record_verification *verification = &certificate->verification;
        const struct bytes record = { (const uint8_t *)certificate->record, certificate->record_size };
        uint8_t digest[SHA256_SIZE];
        sha256_chunks(&record, 1, digest);
        json_open(writer, '{');
        json_member_text(writer, "name", certificate->name);
        json_member_text(writer, "verdict", certificate_verdict_name(certificate));
        json_member_text(writer, "text", certificate_verdict_text(certificate));
        json_member_text(writer, "unsigned",
                         certificate->signature->unsigned_why[0] ? certificate->signature->unsigned_why : NULL);
        json_member_hex(writer, "recordDigest", digest, sizeof(digest));
        if (verification->key_pem[0]) {
                json_member_flag(writer, "keyPinned", certificate->key_pinned);
                json_member_text(writer, "key", verification->key_pem);
                json_member_hex(writer, "keyDigest", verification->key_digest, sizeof(verification->key_digest));
                claim_json(writer, &verification->claim);
        }
        boot_json(writer, certificate);
        if (with_record && certificate_is_json(certificate)) {
                json_key(writer, "record");
                writer_safe_json(writer, certificate->record, certificate->record_size);
        } else if (with_record) {
                json_member_text(writer, "record", NULL);
        }
        json_close(writer, '}');
}
