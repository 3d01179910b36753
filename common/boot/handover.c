/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub's message to the initrd, written and read; see handover.h. */
#include "common/boot/handover.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

enum key {
        KEY_MODE,
        KEY_REASON,
        KEY_STUB,
        KEY_TPM,
        KEY_PCR,
        KEY_MODE_MEASURED,
        KEY_REQUEST,
        KEY_ROOT,
        KEY_PARTITION,
        KEY_IMAGE,
        KEY_BREAK_GLASS,
        KEY_PROGRESS,
        KEY_BUILT,
        KEY_BOOTS,
        KEY_BOOT_IS_LAST,
        KEY_LAST_RESET,
        KEY_MAY_RESET,
        KEY_MAY_RECOVER,
        KEY_MAY_BREAK_GLASS,
        KEY_PASSWORD,
        KEY_RESEAL,
        KEY_RESEAL_STARTS,
        KEY_RESEAL_NUMBER,
        KEY_COUNT
};

static const char *const key_names[KEY_COUNT] = {
        [KEY_MODE] = "mode",
        [KEY_REASON] = "reason",
        [KEY_STUB] = "stub",
        [KEY_TPM] = "tpm",
        [KEY_PCR] = "pcr11",
        [KEY_MODE_MEASURED] = "mode-measured",
        [KEY_REQUEST] = "request",
        [KEY_ROOT] = "root",
        [KEY_PARTITION] = "partition",
        [KEY_IMAGE] = "image",
        [KEY_BREAK_GLASS] = "break-glass",
        [KEY_PROGRESS] = "progress",
        [KEY_BUILT] = "built",
        [KEY_BOOTS] = "boots",
        [KEY_BOOT_IS_LAST] = "boot-is-last",
        [KEY_LAST_RESET] = "last-reset",
        [KEY_MAY_RESET] = "may-reset",
        [KEY_MAY_RECOVER] = "may-recover",
        [KEY_MAY_BREAK_GLASS] = "may-break-glass",
        [KEY_PASSWORD] = "password",
        [KEY_RESEAL] = "reseal",
        [KEY_RESEAL_STARTS] = "reseal-starts",
        [KEY_RESEAL_NUMBER] = "reseal-number",
};

static void write_line(struct writer *writer, enum key key, const char *value)
{
        writer_text(writer, key_names[key]);
        writer_char(writer, '=');
        writer_text(writer, value);
        writer_char(writer, '\n');
}

static void write_access(struct writer *writer, enum key key, enum access access)
{
        if (access != ACCESS_ALLOWED)
                write_line(writer, key, access_name(access));
}

static void write_number(struct writer *writer, enum key key, uint32_t number)
{
        if (number == 0)
                return;
        writer_text(writer, key_names[key]);
        writer_char(writer, '=');
        writer_decimal(writer, number);
        writer_char(writer, '\n');
}

static void write_pcr(struct writer *writer, const struct handover *handover)
{
        if (!handover->has_pcr)
                return;
        writer_text(writer, key_names[KEY_PCR]);
        writer_char(writer, '=');
        writer_hex(writer, handover->pcr, sizeof(handover->pcr));
        writer_char(writer, '\n');
}

static void write_reseal(struct writer *writer, const struct handover *handover)
{
        if (handover->reseal != RESEAL_NONE)
                write_line(writer, KEY_RESEAL, reseal_name(handover->reseal));
        write_number(writer, KEY_RESEAL_STARTS, handover->reseal_starts);
        write_number(writer, KEY_RESEAL_NUMBER, handover->reseal_number);
}

enum err handover_format(const struct handover *handover, char *ret, size_t capacity, size_t *ret_size)
{
        struct writer writer = writer_over(ret, capacity);
        char partition[GUID_TEXT_SIZE], last_reset[ID128_TEXT_SIZE];

        guid_format(&handover->stub_partition, partition);
        write_line(&writer, KEY_MODE, boot_mode_name(handover->choice.mode));
        write_line(&writer, KEY_REASON, boot_reason_name(handover->choice.reason));
        if (handover->stub_is_other)
                write_line(&writer, KEY_STUB, "other");
        write_line(&writer, KEY_TPM, handover->tpm_failed ? "failed" : handover->tpm_measured ? "measured" : "none");
        write_pcr(&writer, handover);
        if (handover->mode_unmeasured)
                write_line(&writer, KEY_MODE_MEASURED, "no");
        write_line(&writer, KEY_REQUEST, request_state_name(handover->request));
        write_line(&writer, KEY_ROOT, handover->root == ROOT_SIGNED ? "signed" : "verity");
        if (!guid_is_zero(&handover->stub_partition))
                write_line(&writer, KEY_PARTITION, partition);
        if (handover->stub_file[0] != '\0')
                write_line(&writer, KEY_IMAGE, handover->stub_file);
        if (handover->break_glass != BREAK_GLASS_OFF)
                write_line(&writer, KEY_BREAK_GLASS, break_glass_policy_name(handover->break_glass));
        if (handover->progress != PROGRESS_NONE)
                write_line(&writer, KEY_PROGRESS, progress_standing_name(handover->progress));
        if (handover->built_before)
                write_line(&writer, KEY_BUILT, "yes");
        write_number(&writer, KEY_BOOTS, handover->boots);
        if (handover->boot_is_last)
                write_line(&writer, KEY_BOOT_IS_LAST, "yes");
        if (!id128_equal(&handover->last_reset, &(struct id128){ 0 })) {
                id128_format(&handover->last_reset, last_reset);
                write_line(&writer, KEY_LAST_RESET, last_reset);
        }
        write_access(&writer, KEY_MAY_RESET, handover->access.reset);
        write_access(&writer, KEY_MAY_RECOVER, handover->access.recovery);
        write_access(&writer, KEY_MAY_BREAK_GLASS, handover->access.break_glass);
        if (handover->password_given)
                write_line(&writer, KEY_PASSWORD, "given");
        write_reseal(&writer, handover);
        if (writer.overflow)
                return ERR_BUFFER_TOO_SMALL;
        *ret_size = writer.size;
        return ERR_OK;
}

static bool equals(struct bytes text, const char *name)
{
        return text.size == text_length(name) && memcmp(text.data, name, text.size) == 0;
}

static bool parse_tpm(struct bytes value, struct handover *handover)
{
        handover->tpm_measured = equals(value, "measured");
        handover->tpm_failed = equals(value, "failed");
        return handover->tpm_measured || handover->tpm_failed || equals(value, "none");
}

static bool parse_request_state(struct bytes value, enum request_state *ret)
{
        for (int state = REQUEST_ABSENT; state <= REQUEST_DUE; state++)
                if (equals(value, request_state_name((enum request_state)state))) {
                        *ret = (enum request_state)state;
                        return true;
                }
        return false;
}

static bool parse_break_glass(struct bytes value, enum break_glass_policy *ret)
{
        for (int policy = BREAK_GLASS_OFF; policy < BREAK_GLASS_POLICY_COUNT; policy++)
                if (equals(value, break_glass_policy_name((enum break_glass_policy)policy))) {
                        *ret = (enum break_glass_policy)policy;
                        return true;
                }
        return false;
}

/* A path and nothing that could be another line. */
static bool parse_file(struct bytes value, char ret[static HANDOVER_FILE_MAX])
{
        for (size_t i = 0; i < value.size; i++)
                if (value.data[i] < ' ' || value.data[i] == 0x7f)
                        return false;
        return value.size > 0 && value.data[0] != '/' && text_copy(ret, HANDOVER_FILE_MAX, (const char *)value.data, value.size);
}

static bool parse_root(struct bytes value, enum root_policy *ret)
{
        *ret = equals(value, "signed") ? ROOT_SIGNED : ROOT_VERITY;
        return *ret == ROOT_SIGNED || equals(value, "verity");
}

static bool parse_number(const char *text, size_t size, uint32_t max, uint32_t *ret)
{
        uint64_t number;

        if (!text_to_u64(text, size, &number) || number > max)
                return false;
        *ret = (uint32_t)number;
        return true;
}

static bool parse_value(enum key key, struct bytes value, struct handover *handover)
{
        const char *text = (const char *)value.data;

        switch (key) {
        case KEY_MODE:
                return boot_mode_parse(text, value.size, &handover->choice.mode);
        case KEY_REASON:
                return boot_reason_parse(text, value.size, &handover->choice.reason);
        case KEY_STUB:
                return handover->stub_is_other = equals(value, "other");
        case KEY_TPM:
                return parse_tpm(value, handover);
        case KEY_PCR:
                handover->has_pcr = value.size == 2 * SHA256_SIZE &&
                                    text_to_hex_bytes(text, value.size, handover->pcr, sizeof(handover->pcr));
                return handover->has_pcr;
        case KEY_MODE_MEASURED:
                handover->mode_unmeasured = equals(value, "no");
                return handover->mode_unmeasured || equals(value, "yes");
        case KEY_REQUEST:
                return parse_request_state(value, &handover->request);
        case KEY_ROOT:
                return parse_root(value, &handover->root);
        case KEY_PARTITION:
                return guid_parse(text, value.size, &handover->stub_partition);
        case KEY_IMAGE:
                return parse_file(value, handover->stub_file);
        case KEY_BREAK_GLASS:
                return parse_break_glass(value, &handover->break_glass);
        case KEY_PROGRESS:
                return progress_standing_parse(text, value.size, &handover->progress);
        case KEY_BUILT:
                handover->built_before = equals(value, "yes");
                return handover->built_before || equals(value, "no");
        case KEY_BOOTS:
                return parse_number(text, value.size, UINT8_MAX + 1, &handover->boots);
        case KEY_BOOT_IS_LAST:
                handover->boot_is_last = equals(value, "yes");
                return handover->boot_is_last || equals(value, "no");
        case KEY_LAST_RESET:
                return id128_parse(text, value.size, &handover->last_reset);
        case KEY_MAY_RESET:
                return access_parse(text, value.size, &handover->access.reset);
        case KEY_MAY_RECOVER:
                return access_parse(text, value.size, &handover->access.recovery);
        case KEY_MAY_BREAK_GLASS:
                return access_parse(text, value.size, &handover->access.break_glass);
        case KEY_PASSWORD:
                return handover->password_given = equals(value, "given");
        case KEY_RESEAL:
                return reseal_parse(text, value.size, &handover->reseal);
        case KEY_RESEAL_STARTS:
                return parse_number(text, value.size, RESEAL_STARTS_MAX, &handover->reseal_starts);
        case KEY_RESEAL_NUMBER:
                return parse_number(text, value.size, UINT32_MAX, &handover->reseal_number);
        case KEY_COUNT:
                break;
        }
        return false;
}

/* seen[] remembers which keys were there: each may stand once. */
static enum err parse_line(struct bytes line, bool seen[static KEY_COUNT], struct handover *handover)
{
        size_t equals_at = 0;

        while (equals_at < line.size && line.data[equals_at] != '=')
                equals_at++;
        if (equals_at == line.size)
                return ERR_SYNTAX;
        for (int key = 0; key < KEY_COUNT; key++) {
                struct bytes value = { line.data + equals_at + 1, line.size - equals_at - 1 };

                if (!equals((struct bytes){ line.data, equals_at }, key_names[key]))
                        continue;
                if (seen[key])
                        return ERR_SYNTAX;
                seen[key] = true;
                return parse_value((enum key)key, value, handover) ? ERR_OK : ERR_RANGE;
        }
        return ERR_OK;
}

enum err handover_parse(const char *text, size_t size, struct handover *ret)
{
        struct handover handover = { 0 };
        bool seen[KEY_COUNT] = { false };

        for (size_t at = 0, end; at < size; at = end + 1) {
                struct bytes line = { (const uint8_t *)text + at, 0 };
                enum err err;

                for (end = at; end < size && text[end] != '\n'; end++)
                        line.size++;
                if (line.size == 0)
                        continue;
                err = parse_line(line, seen, &handover);
                if (err != ERR_OK)
                        return err;
        }
        if (!seen[KEY_MODE])
                return ERR_MISSING;
        *ret = handover;
        return ERR_OK;
}

enum unseen handover_unseen(const struct handover *handover, bool progress_seen, bool request_seen)
{
        if (handover->progress == PROGRESS_UNDER_WAY && !progress_seen)
                return UNSEEN_PROGRESS;
        return handover->request == REQUEST_DUE && !request_seen ? UNSEEN_REQUEST : UNSEEN_NOTHING;
}

uint32_t handover_tpm_wait_ms(const struct handover *handover)
{
        return handover->tpm_measured || handover->tpm_failed ? HANDOVER_TPM_WAIT_MS : 0;
}
