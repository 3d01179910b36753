/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests for a factory reset: bytes to struct and back, and whether they concern us; see request.h. Never decides what to do
 * about a request: boot-choice.c and plan.c do. */
#include "common/policy/request.h"
#include "common/base/bytes.h"
#include "common/base/json-write.h"
#include "common/base/json.h"
#include "common/base/utf16.h"

/* UTF-16 to UTF-8 grows a unit to three bytes at most (a pair of units to four). */
#define REQUEST_UTF8_MAX (REQUEST_VALUE_MAX / 2 * 3)

static const char *const tpm_clear_names[] = {
        [TPM_CLEAR_UNSET] = "unset",
        [TPM_CLEAR_REQUIRED] = "required",
        [TPM_CLEAR_TRY] = "try",
        [TPM_CLEAR_SKIP] = "skip",
};

static const char *const level_names[] = {
        [ERASE_LEVEL_UNSET] = "unset",
        [ERASE_LEVEL_CRYPTO] = "crypto",
        [ERASE_LEVEL_CLEAR] = "clear",
        [ERASE_LEVEL_PURGE] = "purge",
};

const char *tpm_clear_policy_name(enum tpm_clear_policy policy)
{
        return (unsigned)policy < ARRAY_SIZE(tpm_clear_names) ? tpm_clear_names[policy] : "unknown";
}

const char *erase_level_name(enum erase_level level)
{
        return (unsigned)level < ARRAY_SIZE(level_names) ? level_names[level] : "unknown";
}

/* Index of a name behind the first, which stands for "not set" and cannot be asked for by name; 0 if there is none. */
static size_t find_set_name(const char *const *names, size_t count, const char *text)
{
        for (size_t i = 1; i < count; i++)
                if (text_equal(names[i], text))
                        return i;
        return 0;
}

bool tpm_clear_policy_parse(const char *text, enum tpm_clear_policy *ret)
{
        size_t policy = find_set_name(tpm_clear_names, ARRAY_SIZE(tpm_clear_names), text);

        if (policy != 0)
                *ret = (enum tpm_clear_policy)policy;
        return policy != 0;
}

bool erase_level_parse(const char *text, enum erase_level *ret)
{
        size_t level = find_set_name(level_names, ARRAY_SIZE(level_names), text);

        if (level != 0)
                *ret = (enum erase_level)level;
        return level != 0;
}

/* -- JSON to struct. systemd writes null for what is not set, so null is the same as absent. -- */

static bool is_absent(const struct json *json, int token)
{
        const struct json_token *value;

        if (token < 0)
                return true;
        value = &json->tokens[token];
        return value->kind == JSON_PRIMITIVE && json->text[value->start] == 'n';
}

static enum err read_string(const struct json *json, int object, const char *key, char *ret, size_t capacity)
{
        int token = json_member(json, object, key);

        return is_absent(json, token) ? ERR_OK : json_string(json, token, ret, capacity);
}

static enum err read_id128(const struct json *json, int object, const char *key, struct id128 *ret)
{
        char text[64] = "";
        enum err err = read_string(json, object, key, text, sizeof(text));

        if (err == ERR_TOO_LARGE)
                return ERR_RANGE;
        if (err != ERR_OK || is_absent(json, json_member(json, object, key)))
                return err;
        return id128_parse(text, text_length(text), ret) ? ERR_OK : ERR_RANGE;
}

static enum err read_disk_uuid(const struct json *json, int object, struct guid *ret)
{
        char text[64] = "";
        enum err err = read_string(json, object, "diskUuid", text, sizeof(text));

        if (err == ERR_TOO_LARGE)
                return ERR_RANGE;
        if (err != ERR_OK || is_absent(json, json_member(json, object, "diskUuid")))
                return err;
        return guid_parse(text, text_length(text), ret) ? ERR_OK : ERR_RANGE;
}

static enum err read_flag(const struct json *json, int object, const char *key, bool *ret)
{
        int token = json_member(json, object, key);

        *ret = false;
        if (is_absent(json, token))
                return ERR_OK;
        if (!json_is(json, token, JSON_PRIMITIVE))
                return ERR_RANGE;
        char first = json->text[json->tokens[token].start];
        *ret = first == 't';
        return first == 't' || first == 'f' ? ERR_OK : ERR_RANGE;
}

static enum err read_enums(const struct json *json, int object, struct request *request)
{
        char level[16] = "", tpm_clear[16] = "";
        enum err err = read_string(json, object, "level", level, sizeof(level));

        if (err == ERR_OK)
                err = read_string(json, object, "tpmClear", tpm_clear, sizeof(tpm_clear));
        if (err != ERR_OK)
                return err == ERR_TOO_LARGE ? ERR_RANGE : err;
        if (!is_absent(json, json_member(json, object, "level")) && !erase_level_parse(level, &request->level))
                return ERR_RANGE;
        if (!is_absent(json, json_member(json, object, "tpmClear")) && !tpm_clear_policy_parse(tpm_clear, &request->tpm_clear))
                return ERR_RANGE;
        return ERR_OK;
}

static enum err read_cleanslate(const struct json *json, struct request *request)
{
        int object = json_member(json, 0, "cleanslate");
        enum err err;

        if (is_absent(json, object))
                return ERR_OK;
        if (!json_is(json, object, JSON_OBJECT))
                return ERR_RANGE;
        err = read_enums(json, object, request);
        if (err == ERR_OK)
                err = read_string(json, object, "reason", request->reason, sizeof(request->reason));
        if (err == ERR_OK)
                err = read_string(json, object, "requester", request->requester, sizeof(request->requester));
        if (err == ERR_OK)
                err = read_id128(json, object, "nonce", &request->nonce);
        if (err == ERR_OK)
                err = read_flag(json, object, "keep", &request->keep);
        if (err == ERR_OK)
                err = read_disk_uuid(json, object, &request->disk_uuid);
        return err;
}

static enum err read_request(const struct json *json, struct request *request)
{
        const struct {
                const char *key;
                char *field;
        } os[] = {
                { "osReleaseId", request->os.id },
                { "osReleaseImageId", request->os.image_id },
                { "osReleaseVersionId", request->os.version_id },
                { "osReleaseImageVersion", request->os.image_version },
        };
        enum err err;

        if (json_member(json, 0, "osReleaseId") < 0 || json_member(json, 0, "bootId") < 0)
                return ERR_MISSING;
        for (size_t i = 0; i < ARRAY_SIZE(os); i++) {
                err = read_string(json, 0, os[i].key, os[i].field, OS_FIELD_MAX);
                if (err != ERR_OK)
                        return err;
        }
        if (request->os.id[0] == '\0' || is_absent(json, json_member(json, 0, "bootId")))
                return ERR_RANGE;
        err = read_id128(json, 0, "bootId", &request->boot_id);
        return err == ERR_OK ? read_cleanslate(json, request) : err;
}

enum err request_decode(const void *value, size_t size, struct request *ret)
{
        char text[REQUEST_UTF8_MAX + 1];
        struct writer writer = writer_over(text, sizeof(text));
        struct json json;
        struct request request = { 0 };
        enum err err;

        if (size == 0 || size % 2 != 0)
                return ERR_TRUNCATED;
        if (size > REQUEST_VALUE_MAX)
                return ERR_TOO_LARGE;
        err = utf16_to_utf8(value, size, &writer);
        if (err == ERR_OK)
                err = json_parse(&json, text, writer.size);
        if (err == ERR_OK)
                err = read_request(&json, &request);
        if (err == ERR_OK)
                *ret = request;
        return err;
}

/* -- struct to JSON -- */

static void write_string(struct writer *writer, const char *key, const char *text)
{
        if (text[0] == '\0')
                return;
        json_member_text(writer, key, text);
}

static void write_id128(struct writer *writer, const char *key, const struct id128 *id)
{
        char text[ID128_TEXT_SIZE];

        id128_format(id, text);
        write_string(writer, key, text);
}

static void write_cleanslate(struct writer *writer, const struct request *request)
{
        bool nonce_set = !id128_equal(&request->nonce, &(struct id128){ { 0 } }), disk_set = !guid_is_zero(&request->disk_uuid);
        char disk[GUID_TEXT_SIZE];

        if (request->level == ERASE_LEVEL_UNSET && request->tpm_clear == TPM_CLEAR_UNSET && request->reason[0] == '\0' &&
            request->requester[0] == '\0' && !nonce_set && !request->keep && !disk_set)
                return;
        json_member_open(writer, "cleanslate", '{');
        if (request->level != ERASE_LEVEL_UNSET)
                write_string(writer, "level", erase_level_name(request->level));
        if (request->tpm_clear != TPM_CLEAR_UNSET)
                write_string(writer, "tpmClear", tpm_clear_policy_name(request->tpm_clear));
        write_string(writer, "reason", request->reason);
        write_string(writer, "requester", request->requester);
        if (nonce_set)
                write_id128(writer, "nonce", &request->nonce);
        if (request->keep)
                json_member_flag(writer, "keep", true);
        guid_format(&request->disk_uuid, disk);
        write_string(writer, "diskUuid", disk_set ? disk : "");
        json_close(writer, '}');
}

static bool texts_are_utf8(const struct request *request)
{
        const char *const texts[] = { request->os.id,  request->os.image_id, request->os.version_id, request->os.image_version,
                                      request->reason, request->requester };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (!text_is_utf8(texts[i], text_length(texts[i])))
                        return false;
        return true;
}

enum err request_encode(const struct request *request, void *buffer, size_t capacity, size_t *ret_size)
{
        char text[REQUEST_VALUE_MAX];
        struct writer json = writer_over(text, sizeof(text));
        struct writer value = writer_over(buffer, capacity < REQUEST_VALUE_MAX ? capacity : REQUEST_VALUE_MAX);

        if (request->os.id[0] == '\0' || (unsigned)request->level >= ARRAY_SIZE(level_names) ||
            (unsigned)request->tpm_clear >= ARRAY_SIZE(tpm_clear_names))
                return ERR_ARGUMENT;
        if (!texts_are_utf8(request))
                return ERR_ENCODING;
        json_open(&json, '{');
        write_string(&json, "osReleaseId", request->os.id);
        write_string(&json, "osReleaseVersionId", request->os.version_id);
        write_string(&json, "osReleaseImageId", request->os.image_id);
        write_string(&json, "osReleaseImageVersion", request->os.image_version);
        write_id128(&json, "bootId", &request->boot_id);
        write_cleanslate(&json, request);
        json_close(&json, '}');
        utf16_from_utf8(text, json.size, &value);
        if (json.overflow || value.overflow) /* over the maximum only if the texts are full of control characters */
                return capacity < REQUEST_VALUE_MAX ? ERR_BUFFER_TOO_SMALL : ERR_TOO_LARGE;
        *ret_size = value.size;
        return ERR_OK;
}

/* -- meaning -- */

bool request_matches(const struct request *request, const struct os_identity *os)
{
        return text_equal(request->os.id, os->id) && text_equal(request->os.image_id, os->image_id);
}

const char *request_state_name(enum request_state state)
{
        static const char *const names[] = {
                [REQUEST_ABSENT] = "absent",   [REQUEST_MALFORMED] = "malformed",
                [REQUEST_FOREIGN] = "foreign", [REQUEST_PENDING] = "pending",
                [REQUEST_DUE] = "due",
        };

        return (unsigned)state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

enum request_state request_judge(const void *value, size_t size, const struct os_identity *os, const struct id128 *boot_id,
                                 struct request *ret, enum err *ret_err)
{
        struct request request = { 0 };
        enum err err = value == NULL ? ERR_NOT_FOUND : request_decode(value, size, &request);

        if (ret != NULL && err == ERR_OK)
                *ret = request;
        if (ret_err != NULL)
                *ret_err = err;
        if (value == NULL)
                return REQUEST_ABSENT;
        if (err != ERR_OK)
                return REQUEST_MALFORMED;
        if (!request_matches(&request, os))
                return REQUEST_FOREIGN;
        if (boot_id != NULL && id128_equal(&request.boot_id, boot_id))
                return REQUEST_PENDING;
        return REQUEST_DUE;
}
