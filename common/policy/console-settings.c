/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the settings of [Menu] come to together; see policy.h. */
#include "common/policy/policy.h"

bool settings_only_vendor_can_reset(const struct settings *settings)
{
        return settings->access.reset == ACCESS_OFF || (settings->menu == MENU_OFF && settings->boots_max == 0);
}

/* The key that asks for a password, or NULL. */
static const char *asking_key(const struct console_access *access)
{
        if (access->reset == ACCESS_PASSWORD)
                return "reset";
        if (access->recovery == ACCESS_PASSWORD)
                return "recovery";
        return access->break_glass == ACCESS_PASSWORD ? "break-glass" : NULL;
}

enum err settings_judge_console(const struct settings *settings, const char **ret_key, const char **ret_detail)
{
        const char *asking = asking_key(&settings->access);
        bool has_password = settings->password.iterations > 0, only_vendor = settings_only_vendor_can_reset(settings);

        if (asking && !has_password) {
                *ret_key = asking;
                *ret_detail = "it needs password= beside it, as cleanslate-image password-hash prints it";
                return ERR_MISSING;
        }
        if (!asking && has_password) {
                *ret_key = "password";
                *ret_detail = "nothing asks for it: set reset=, recovery= or break-glass= to password";
                return ERR_RANGE;
        }
        if (settings->break_glass != BREAK_GLASS_OFF && settings->access.break_glass < settings->access.reset) {
                *ret_key = "reset";
                *ret_detail = "whoever has the break-glass shell can request a reset: break-glass= has to be as strict";
                return ERR_RANGE;
        }
        if (only_vendor && !settings->says_only_vendor_resets) {
                *ret_key = settings->access.reset == ACCESS_OFF ? "reset" : "mode";
                *ret_detail = settings->access.reset == ACCESS_OFF
                                      ? "off needs if-system-does-not-start=" SETTINGS_ONLY_VENDOR
                                      : "off with [Boot] attempts=0 needs if-system-does-not-start=" SETTINGS_ONLY_VENDOR;
                return ERR_MISSING;
        }
        if (!only_vendor && settings->says_only_vendor_resets) {
                *ret_key = "if-system-does-not-start";
                *ret_detail = "it is not so: that takes reset=off, or mode=off and [Boot] attempts=0";
                return ERR_RANGE;
        }
        return ERR_OK;
}

void settings_forbid_console(struct settings *settings)
{
        settings->access = (struct console_access){ ACCESS_OFF, ACCESS_OFF, ACCESS_OFF };
        settings->break_glass = BREAK_GLASS_OFF;
}
