/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu; see boot-menu.h. */
#include "efi/boot-menu.h"
#include "common/boot/menu-text.h"
#include "efi/console.h"
#include "efi/keys.h"
#include "efi/menu-screen.h"
#include "efi/partitions.h"
#include "efi/password.h"
#include "efi/power.h"

#define WATCHDOG_SECONDS (5 * 60) /* what a firmware sets before it starts a boot option (UEFI 2.10, 3.1.2) */
#define WATCHDOG_CODE    0x10000  /* the lowest that is not the firmware's own */

struct session {
        const struct platform *platform;
        const struct own_image *own;
        const struct password_hash *password;
        struct keys keys;
        struct menu menu;
        struct menu_facts facts;
        struct menu_screen screen;
        struct menu_text text;
        bool open; /* something was drawn */
};

/* Somebody reads and types: the firmware must not take that for a program that hangs. Each second again, so that a firmware that
 * freezes over a key (systemd issue 15847) is restarted by it all the same. */
static void calm_watchdog(const struct session *session)
{
        (void)boot_services(session->platform)->SetWatchdogTimer(WATCHDOG_SECONDS, WATCHDOG_CODE, 0, NULL);
}

static void open_screen(struct session *session)
{
        struct menu_facts *facts = &session->facts;

        session->open = true;
        (void)partitions_list(session->platform, session->own->loaded->DeviceHandle, facts->partitions, MENU_PARTITIONS_MAX,
                              &facts->partition_count, &facts->partitions_problem);
}

static void close_screen(struct session *session)
{
        if (!session->open)
                return;
        menu_screen_close(&session->screen);
        calm_watchdog(session); /* anew for the kernel's start */
        session->open = false;
}

static enum menu_outcome judge_password(struct session *session)
{
        struct menu *menu = &session->menu;
        uint32_t wait_s;
        bool right = password_judge(session->platform, session->password, menu->password, menu->password_length, &wait_s);

        return menu_password_judged(menu, right, wait_s);
}

static enum menu_outcome run(struct session *session)
{
        struct menu_event event = keys_look(&session->keys, menu_first_look_ms(&session->menu));

        for (;; event = keys_wait(&session->keys)) {
                enum menu_outcome outcome = menu_step(&session->menu, event);

                if (event.kind != MENU_EVENT_NONE)
                        calm_watchdog(session);
                if (outcome == MENU_CHECK_PASSWORD)
                        outcome = judge_password(session);
                if (outcome != MENU_STAYS_OPEN)
                        return outcome;
                if (session->menu.page == MENU_PAGE_HIDDEN)
                        continue;
                if (!session->open)
                        open_screen(session);
                menu_text_compose(&session->menu, &session->facts, &session->text);
                menu_screen_draw(&session->screen, &session->text);
        }
}

/* Comes back only if it did not work; then the boot goes on as it would have without a menu. */
static void leave(const struct platform *platform, enum menu_outcome outcome)
{
        EFI_STATUS status = EFI_SUCCESS;

        if (outcome == MENU_TO_POWER_OFF)
                status = power_off(platform);
        if (outcome == MENU_TO_FIRMWARE_SETUP)
                status = power_to_firmware_setup(platform);
        if (!EFI_ERROR(status))
                return;
        console_say(platform,
                    outcome == MENU_TO_POWER_OFF ? "the firmware does not power off" : "the firmware's setup cannot be asked for",
                    status_text(status));
        console_hold(platform);
}

/* What was chosen elsewhere and cannot go on without a person; MENU_ITEM_NORMAL if nothing was. */
static enum menu_item asked_elsewhere(const struct loader_requests *requests, const struct boot_facts *facts)
{
        if (boot_needs_password(facts))
                return menu_item_of_mode(facts->asked.mode);
        return requests->entry_given && requests->entry == LOADER_ENTRY_BREAK_GLASS ? MENU_ITEM_BREAK_GLASS : MENU_ITEM_NORMAL;
}

static void init_menu(struct session *session, const struct menu_opening *opening, enum menu_item asked,
                      const struct boot_facts *facts, const bool offered[static MENU_ITEM_COUNT])
{
        bool guarded[MENU_ITEM_COUNT], any = false;

        if (asked != MENU_ITEM_NORMAL)
                menu_init_asked(&session->menu, offered, asked);
        else
                menu_init(&session->menu, offered, opening);
        menu_find_guarded(facts, guarded);
        for (int item = 0; item < MENU_ITEM_COUNT; item++)
                any = any || guarded[item];
        menu_guard(&session->menu, guarded, any ? password_wait(session->platform) : 0);
}

/* False: there is nothing to ask and nobody to ask. */
static bool prepare(struct session *session, const struct loader_requests *requests, const struct facts *facts)
{
        struct menu_opening opening = loader_menu_opening(&facts->settings, requests->lasting, requests->once);
        enum menu_item asked = asked_elsewhere(requests, &facts->boot);
        bool offered[MENU_ITEM_COUNT];

        menu_offer(&facts->boot, requests->firmware_setup, offered);
        if (!offered[asked])
                asked = MENU_ITEM_NORMAL;
        if (opening.mode == MENU_OFF && asked == MENU_ITEM_NORMAL)
                return false;
        if (!keys_open(session->platform, &session->keys) || !menu_screen_open(session->platform, &session->screen))
                return false;
        init_menu(session, &opening, asked, &facts->boot, offered);
        session->password = &facts->settings.password;
        session->facts.os = &facts->os;
        session->facts.otherwise = boot_choose(&facts->boot);
        session->facts.break_glass = facts->boot.break_glass;
        session->facts.language = facts->boot.language;
        return true;
}

void boot_menu_run(const struct platform *platform, const struct own_image *own, const struct loader_requests *requests,
                   struct facts *facts)
{
        struct session *session;
        enum menu_outcome outcome = MENU_START_NORMAL;
        enum boot_mode mode;

        if (requests->entry_given && requests->entry == LOADER_ENTRY_FIRMWARE_SETUP)
                leave(platform, MENU_TO_FIRMWARE_SETUP);
        session = platform_allocate(platform, sizeof(*session));
        if (session == NULL)
                return;
        memset(session, 0, sizeof(*session));
        session->platform = platform;
        session->own = own;
        if (prepare(session, requests, facts))
                outcome = run(session);
        close_screen(session);
        leave(platform, outcome);
        if (session->menu.asked_elsewhere) /* answered, one way or the other */
                facts->boot.asked = (struct boot_choice){ MODE_NORMAL, REASON_ORDINARY };
        if (menu_outcome_mode(outcome, &mode))
                facts->boot.asked = (struct boot_choice){ mode, REASON_MENU };
        facts->boot.password_given = session->menu.password_given;
        platform_free(platform, session);
}
