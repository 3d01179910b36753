/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboard; see keys.h. */
#include "efi/keys.h"
#include "efi/keyboards.h"

#define LOOKS_A_SECOND    50
#define LOOK_MILLISECONDS (1000 / LOOKS_A_SECOND)
#define CHAR_DELETE       0x7f /* what many serial terminals send for Backspace */
#define CHAR_ESCAPE       0x1b

bool keys_open(const struct platform *platform, struct keys *ret)
{
        EFI_GUID protocol = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;
        struct keys keys = { .platform = platform };
        void *extended = NULL;
        EFI_HANDLE console;

        keyboards_connect(platform);
        keys.simple = platform->system->ConIn; /* what was connected may be it */
        console = platform->system->ConsoleInHandle;
        if (console != NULL && !EFI_ERROR(boot_services(platform)->HandleProtocol(console, &protocol, &extended)))
                keys.extended = extended;
        if (keys.extended == NULL && keys.simple == NULL)
                return false;
        *ret = keys;
        return true;
}

static struct menu_event event_of_scan_code(UINT16 scan_code)
{
        switch (scan_code) {
        case SCAN_UP:
                return (struct menu_event){ MENU_EVENT_UP, '\0' };
        case SCAN_DOWN:
                return (struct menu_event){ MENU_EVENT_DOWN, '\0' };
        case SCAN_ESC:
                return (struct menu_event){ MENU_EVENT_ESCAPE, '\0' };
        case SCAN_DELETE:
                return (struct menu_event){ MENU_EVENT_BACKSPACE, '\0' };
        default:
                return (struct menu_event){ MENU_EVENT_OTHER_KEY, '\0' };
        }
}

/* A key without scan code and character is a modifier or a toggle by itself (UEFI 2.10, 12.2 and 12.3), or a zero on a serial
 * line: no key. Neither is a lone surrogate, nor U+FFFD and what follows it. */
static struct menu_event event_of(EFI_INPUT_KEY key)
{
        switch (key.UnicodeChar) {
        case 0:
                return key.ScanCode == SCAN_NULL ? (struct menu_event){ MENU_EVENT_NONE, '\0' }
                                                 : event_of_scan_code(key.ScanCode);
        case CHAR_CARRIAGE_RETURN:
        case CHAR_LINEFEED:
                return (struct menu_event){ MENU_EVENT_ENTER, '\0' };
        case CHAR_BACKSPACE:
        case CHAR_DELETE:
                return (struct menu_event){ MENU_EVENT_BACKSPACE, '\0' };
        case CHAR_ESCAPE:
                return (struct menu_event){ MENU_EVENT_ESCAPE, '\0' };
        default:
                if (key.UnicodeChar >= 0xfffd || (key.UnicodeChar >= 0xd800 && key.UnicodeChar < 0xe000))
                        return (struct menu_event){ MENU_EVENT_NONE, '\0' };
                if (key.UnicodeChar < 0x20 || key.UnicodeChar > 0x7e)
                        return (struct menu_event){ MENU_EVENT_OTHER_KEY, '\0' };
                return (struct menu_event){ MENU_EVENT_CHARACTER, (char)key.UnicodeChar };
        }
}

/* An event that is none counts as never there: then the firmware only says that it has the protocol. */
static bool is_ready(const struct keys *keys, EFI_EVENT event)
{
        return event != NULL && boot_services(keys->platform)->CheckEvent(event) == EFI_SUCCESS;
}

static struct menu_event read_extended(const struct keys *keys)
{
        EFI_KEY_DATA data = { 0 };

        if (keys->extended == NULL || !is_ready(keys, keys->extended->WaitForKeyEx) ||
            EFI_ERROR(keys->extended->ReadKeyStrokeEx(keys->extended, &data)))
                return (struct menu_event){ MENU_EVENT_NONE, '\0' };
        return event_of(data.Key);
}

static struct menu_event read_simple(const struct keys *keys)
{
        EFI_INPUT_KEY key = { 0 };

        if (keys->simple == NULL || !is_ready(keys, keys->simple->WaitForKey) ||
            EFI_ERROR(keys->simple->ReadKeyStroke(keys->simple, &key)))
                return (struct menu_event){ MENU_EVENT_NONE, '\0' };
        return event_of(key);
}

struct menu_event keys_poll(struct keys *keys)
{
        struct menu_event event = read_extended(keys);

        if (event.kind != MENU_EVENT_NONE) {
                keys->simple = NULL;
                return event;
        }
        event = read_simple(keys);
        if (event.kind != MENU_EVENT_NONE)
                keys->extended = NULL;
        return event;
}

struct menu_event keys_look(struct keys *keys, uint32_t milliseconds)
{
        struct menu_event event = keys_poll(keys);

        for (uint32_t passed = 0; passed < milliseconds && event.kind == MENU_EVENT_NONE; passed += LOOK_MILLISECONDS) {
                (void)boot_services(keys->platform)->Stall(LOOK_MILLISECONDS * 1000);
                event = keys_poll(keys);
        }
        return event;
}

/* Looking again and again, not waiting for the firmware's event, which on some machines never comes. */
struct menu_event keys_wait(struct keys *keys)
{
        for (; keys->looks < LOOKS_A_SECOND; keys->looks++) {
                struct menu_event event = keys_poll(keys);

                if (event.kind != MENU_EVENT_NONE)
                        return event;
                (void)boot_services(keys->platform)->Stall(LOOK_MILLISECONDS * 1000);
        }
        keys->looks = 0;
        return (struct menu_event){ MENU_EVENT_TICK, '\0' };
}
