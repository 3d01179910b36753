/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bundle of kept files, and any sealed file around one: views stay inside, and what is allowed is under the policy's path. */
#include "common/policy/preserve-rule.h"
#include "tests/fuzz/fuzz.h"

static void look_inside(const uint8_t *data, size_t size, struct bytes view)
{
        MUST(view.size == 0 || (view.data >= data && view.data + view.size <= data + size));
}

static void read_bundle(const uint8_t *data, size_t size, const struct settings *settings)
{
        struct preserve_cursor cursor;
        struct preserve_tally tally = { 0 };
        struct preserve_entry entry;
        uint64_t kept = 0;
        unsigned entries = 0;

        if (preserve_bundle_open((struct bytes){ data, size }, &cursor) != ERR_OK)
                return;
        while (preserve_bundle_next(&cursor, &entry) == ERR_OK) {
                look_inside(data, size, entry.data);
                MUST(++entries <= PRESERVE_ENTRIES_MAX && entry.mode <= 07777 && text_length(entry.path) < PRESERVE_PATH_MAX);
                enum preserve_verdict verdict = preserve_judge(settings, &entry, &tally);
                MUST(preserve_verdict_text(verdict)[0] != '\0');
                if (verdict != PRESERVE_ALLOWED)
                        continue;
                MUST(text_starts_with(entry.path, "/a") && (entry.mode & 06000) == 0 &&
                     (entry.directory || !(entry.mode & 0111)));
                kept += entry.data.size;
        }
        MUST(kept <= settings->preserve_rules[0].size_max_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct settings settings;
        struct preserve_sealed sealed;

        settings_init(&settings);
        settings.preserve_rule_count = 1;
        settings.preserve_rules[0] = (struct preserve_rule){ .path = "/a", .directory = true, .size_max_bytes = 40 };
        read_bundle(data, size, &settings);
        if (preserve_sealed_parse((struct bytes){ data, size }, &sealed) != ERR_OK)
                return 0;
        look_inside(data, size, sealed.header);
        look_inside(data, size, sealed.blob);
        look_inside(data, size, sealed.cipher);
        look_inside(data, size, (struct bytes){ sealed.nonce, PRESERVE_NONCE_SIZE });
        look_inside(data, size, (struct bytes){ sealed.tag, PRESERVE_TAG_SIZE });
        MUST(sealed.header.size + sealed.cipher.size + PRESERVE_TAG_SIZE == size);
        return 0;
}
