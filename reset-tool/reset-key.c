/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/reset-key.h"

#include "common/base/bytes.h"
#include <string.h>

#define ANSWER_MAX 1024 /* bytes; a line for each property */

/* `s "252.39-1~deb12u1"`, as busctl(1) prints it. 0: it is something else. */
static uint32_t version_of(const char *answer)
{
        uint64_t version;
        if (!text_starts_with(answer, "s \""))
                return 0;
        answer += strlen("s \"");
        return text_to_u64(answer, strspn(answer, "0123456789"), &version) && version <= UINT32_MAX ? (uint32_t)version : 0;
}

/* Each key for itself: to be asked for all of its properties at once, logind fails where it cannot tell one of them (ENODEV).
 * What busctl complains of is of no interest, since the answer is "unknown" then. */
static const char *const keys[] = { "sh", "-c",
                                    "exec busctl --timeout=5 get-property org.freedesktop.login1 /org/freedesktop/login1 "
                                    "org.freedesktop.login1.Manager HandlePowerKey HandlePowerKeyLongPress HandleRebootKey "
                                    "HandleRebootKeyLongPress HandleSuspendKey HandleSuspendKeyLongPress HandleHibernateKey "
                                    "HandleHibernateKeyLongPress 2>&1",
                                    NULL };
static const char *const version[] = { "sh", "-c",
                                       "exec busctl --timeout=5 get-property org.freedesktop.systemd1 /org/freedesktop/systemd1 "
                                       "org.freedesktop.systemd1.Manager Version 2>&1",
                                       NULL };

void reset_key_query(const struct environment *environment, struct checkup_facts *facts)
{
        char answer[ANSWER_MAX] = "";
        facts->reset_key = RESET_KEY_UNKNOWN;
        facts->systemd_version = 0;
        if (!environment->command || environment->command(keys, answer, sizeof(answer)) != 0)
                return;
        facts->reset_key = strstr(answer, "s \"factory-reset\"\n") ? RESET_KEY_SET : RESET_KEY_NONE;
        if (facts->reset_key == RESET_KEY_SET && environment->command(version, answer, sizeof(answer)) == 0)
                facts->systemd_version = version_of(answer);
}
