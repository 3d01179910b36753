/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboard; see keys.h. */
#include "efi/keys.h"

#define LOOKS_A_SECOND    50
#define LOOK_MICROSECONDS (1000 * 1000 / LOOKS_A_SECOND)
#define CHAR_DELETE       0x7f /* what many serial terminals send for Backspace */
#define CHAR_ESCAPE       0x1b

bool keys_open(const struct platform *platform, struct keys *ret)
{
        EFI_GUID protocol = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;
        EFI_HANDLE console = platform->system->ConsoleInHandle;
        struct keys keys = { .platform = platform, .simple = platform->system->ConIn };
        void *extended = NULL;

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

/* A key without scan code and character is a modifier by itself (UEFI 2.10, 12.2): no key yet. */
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
                if (key.UnicodeChar < 0x20 || key.UnicodeChar > 0x7e)
                        return (struct menu_event){ MENU_EVENT_OTHER_KEY, '\0' };
                return (struct menu_event){ MENU_EVENT_CHARACTER, (char)key.UnicodeChar };
        }
}

struct menu_event keys_poll(const struct keys *keys)
{
        EFI_KEY_DATA data = { 0 };
        EFI_STATUS status;

        if (keys->extended != NULL)
                status = keys->extended->ReadKeyStrokeEx(keys->extended, &data);
        else
                status = keys->simple->ReadKeyStroke(keys->simple, &data.Key);
        return EFI_ERROR(status) ? (struct menu_event){ MENU_EVENT_NONE, '\0' } : event_of(data.Key);
}

/* Looking again and again, not waiting for the firmware's event, which on some machines never comes. */
struct menu_event keys_wait(struct keys *keys)
{
        for (; keys->looks < LOOKS_A_SECOND; keys->looks++) {
                struct menu_event event = keys_poll(keys);

                if (event.kind != MENU_EVENT_NONE)
                        return event;
                (void)boot_services(keys->platform)->Stall(LOOK_MICROSECONDS);
        }
        keys->looks = 0;
        return (struct menu_event){ MENU_EVENT_TICK, '\0' };
}
