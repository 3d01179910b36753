/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/reset-key.h"

#include "common/bytes.h"
#include <string.h>

#define ANSWER_MAX 16384 /* bytes; logind's properties take about 2,500 */

/* `s "252.39-1~deb12u1"`, as busctl(1) prints it. 0: it is something else. */
static uint32_t version_of(const char *answer)
{
        uint64_t version;
        if (!text_starts_with(answer, "s \""))
                return 0;
        answer += strlen("s \"");
        return text_to_u64(answer, strspn(answer, "0123456789"), &version) && version <= UINT32_MAX ? (uint32_t)version : 0;
}

void reset_key_ask(const struct environment *environment, struct checkup_facts *facts)
{
        static const char *const properties[] = { "busctl",
                                                  "call",
                                                  "--timeout=5",
                                                  "org.freedesktop.login1",
                                                  "/org/freedesktop/login1",
                                                  "org.freedesktop.DBus.Properties",
                                                  "GetAll",
                                                  "s",
                                                  "org.freedesktop.login1.Manager",
                                                  NULL };
        static const char *const version[] = { "busctl",
                                               "get-property",
                                               "--timeout=5",
                                               "org.freedesktop.systemd1",
                                               "/org/freedesktop/systemd1",
                                               "org.freedesktop.systemd1.Manager",
                                               "Version",
                                               NULL };
        char answer[ANSWER_MAX];
        facts->reset_key = RESET_KEY_UNKNOWN;
        facts->systemd_version = 0;
        if (!environment->command || environment->command(properties, answer, sizeof(answer)) != 0)
                return;
        facts->reset_key = strstr(answer, " s \"factory-reset\"") ? RESET_KEY_SET : RESET_KEY_NONE;
        if (facts->reset_key == RESET_KEY_SET && environment->command(version, answer, sizeof(answer)) == 0)
                facts->systemd_version = version_of(answer);
}
