/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables of the Boot Loader Interface: whatever they hold, what is accepted is of its domain, and "off" stays off. */
#include "common/boot/loader-entry.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const enum menu_mode modes[] = { MENU_HIDDEN, MENU_SHOW, MENU_OFF };
        enum loader_entry entry = LOADER_ENTRY_COUNT;
        struct loader_timeout timeout = { .kind = TIMEOUT_UNSET };
        uint8_t again[2 * LOADER_TEXT_MAX];
        struct writer writer = writer_over(again, sizeof(again));

        if (loader_entry_read(data, size, &entry) == ERR_OK) {
                bool offered[LOADER_ENTRY_COUNT] = { false };

                MUST((unsigned)entry < LOADER_ENTRY_COUNT);
                offered[entry] = true;
                loader_entries_write(offered, &writer);
                MUST(size + 2 >= writer.size && memcmp(again, data, writer.size - 2) == 0);
        } else {
                MUST(entry == LOADER_ENTRY_COUNT);
        }
        if (loader_timeout_read(data, size, &timeout) != ERR_OK)
                MUST(timeout.kind == TIMEOUT_UNSET);
        for (int i = 0; i < 6; i++) {
                struct settings settings = { .menu = modes[i % 3] };
                struct loader_timeout unset = { .kind = TIMEOUT_UNSET };
                struct menu_opening opening = loader_menu_opening(&settings, i < 3 ? timeout : unset, i < 3 ? unset : timeout);

                MUST(settings.menu != MENU_OFF || opening.mode == MENU_OFF);
                MUST(opening.mode == MENU_SHOW || !opening.without_end);
        }
        return 0;
}
