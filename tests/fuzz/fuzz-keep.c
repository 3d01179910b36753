/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bundle of kept files, and any sealed file around one: views stay inside, and what is allowed is under the policy's path. */
#include "common/policy/keep-rule.h"
#include "tests/fuzz/fuzz.h"

static void look_inside(const uint8_t *data, size_t size, struct bytes view)
{
        MUST(view.size == 0 || (view.data >= data && view.data + view.size <= data + size));
}

static void read_bundle(const uint8_t *data, size_t size, const struct settings *settings)
{
        struct keep_cursor cursor;
        struct keep_tally tally = { 0 };
        struct keep_entry entry;
        uint64_t kept = 0;
        unsigned entries = 0;

        if (keep_bundle_open((struct bytes){ data, size }, &cursor) != ERR_OK)
                return;
        while (keep_bundle_next(&cursor, &entry) == ERR_OK) {
                look_inside(data, size, entry.data);
                MUST(++entries <= KEEP_ENTRIES_MAX && entry.mode <= 07777 && text_length(entry.path) < KEEP_PATH_MAX);
                enum keep_verdict verdict = keep_judge(settings, &entry, &tally);
                MUST(keep_verdict_text(verdict)[0] != '\0');
                if (verdict != KEEP_ALLOWED)
                        continue;
                MUST(text_starts_with(entry.path, "/a") && (entry.mode & 06000) == 0 &&
                     (entry.directory || !(entry.mode & 0111)));
                kept += entry.data.size;
        }
        MUST(kept <= settings->keeps[0].size_max_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct settings settings;
        struct keep_sealed sealed;

        settings_init(&settings);
        settings.keep_count = 1;
        settings.keeps[0] = (struct keep_rule){ .path = "/a", .directory = true, .size_max_bytes = 40 };
        read_bundle(data, size, &settings);
        if (keep_sealed_parse((struct bytes){ data, size }, &sealed) != ERR_OK)
                return 0;
        look_inside(data, size, sealed.header);
        look_inside(data, size, sealed.blob);
        look_inside(data, size, sealed.cipher);
        look_inside(data, size, (struct bytes){ sealed.nonce, KEEP_NONCE_SIZE });
        look_inside(data, size, (struct bytes){ sealed.tag, KEEP_TAG_SIZE });
        MUST(sealed.header.size + sealed.cipher.size + KEEP_TAG_SIZE == size);
        return 0;
}
