/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/requester.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <fcntl.h>
#include <pwd.h>
#include <string.h>

#define LOGINUID_PATH "/proc/self/loginuid"
#define NAME_MAX_SIZE 48

/* The account's name, or its number where nobody knows a name. False for no number and for "unset" ((uid_t)-1). */
static bool account_name(const char *number, char ret[static NAME_MAX_SIZE])
{
        uint64_t uid;
        if (!number || !text_to_u64(number, strlen(number), &uid) || uid >= UINT32_MAX)
                return false;
        const struct passwd *account = getpwuid((uid_t)uid);
        (void)snprintf(ret, NAME_MAX_SIZE, "%s", account ? account->pw_name : number);
        return true;
}

/* The account somebody logged in with, which survives su and sudo -i (kernel audit). */
static bool login_name(char ret[static NAME_MAX_SIZE])
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        if (file_read(AT_FDCWD, LOGINUID_PATH, 32, &text, &size) < 0)
                return false;
        text[strcspn(text, "\n")] = 0;
        return account_name(text, ret);
}

void requester_describe(char *ret, size_t capacity)
{
        char name[NAME_MAX_SIZE];
        if (account_name(getenv("SUDO_UID"), name))
                (void)snprintf(ret, capacity, "%s (sudo)", name);
        else if (account_name(getenv("PKEXEC_UID"), name))
                (void)snprintf(ret, capacity, "%s (pkexec)", name);
        else if (login_name(name) && strcmp(name, "root") != 0)
                (void)snprintf(ret, capacity, "%s (login)", name);
        else
                (void)snprintf(ret, capacity, "root");
}

void requester_describe_user(uid_t user, const char *way, char *ret, size_t capacity)
{
        char number[16], name[NAME_MAX_SIZE];
        (void)snprintf(number, sizeof(number), "%u", (unsigned)user);
        (void)snprintf(ret, capacity, "%s (%s)", account_name(number, name) ? name : number, way);
}
