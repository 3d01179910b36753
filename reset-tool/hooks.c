/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/hooks.h"

#include "linux/cleanup.h"
#include "linux/running-root.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FACTS_MAX          8
#define OUTPUT_MAX         512
#define STRINGIFY_(number) #number
#define STRINGIFY(number)  STRINGIFY_(number)

#define TIMED_OUT 124 /* timeout(1)'s exit status */

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

enum hook_state { HOOK_NONE, HOOK_COVERED, HOOK_THERE };

/* What the image has under a name, and whether that is what everybody sees there. */
static enum hook_state look(int directory_fd, const char *name, const char *path)
{
        struct stat in_image, seen;
        if (fstatat(directory_fd, name, &in_image, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(in_image.st_mode) ||
            !(in_image.st_mode & 0111))
                return HOOK_NONE;
        bool same = lstat(path, &seen) == 0 && in_image.st_dev == seen.st_dev && in_image.st_ino == seen.st_ino;
        return same ? HOOK_THERE : HOOK_COVERED;
}

static bool run(const struct environment *environment, const char *name, const char *path, const char *event,
                const char *const *facts, struct explanation *ret_why)
{
        const char *argv[FACTS_MAX + 7] = { "timeout", "--kill-after=5", STRINGIFY(HOOK_SECONDS), path, event };
        char output[OUTPUT_MAX] = "";
        for (size_t i = 0; facts[i] && i < FACTS_MAX; i++)
                argv[5 + i] = facts[i];
        int r = environment->command(argv, output, sizeof(output));
        output[strcspn(output, "\n")] = '\0';
        if (r == 0)
                return true;
        if (r < 0)
                return explain(ret_why, "The image's hook %s cannot be run: %s.", name, strerror(-r));
        if (r == TIMED_OUT)
                return explain(ret_why, "The image's hook %s did not end within " STRINGIFY(HOOK_SECONDS) " s.", name);
        return explain(ret_why, "The image's hook %s says no%s%s (exit status %d).", name, output[0] ? ": " : "", output, r);
}

static bool run_one(const struct environment *environment, int directory_fd, const char *name, const char *event,
                    const char *const *facts, struct explanation *ret_why)
{
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/" IMAGE_HOOKS_DIRECTORY "/%s",
                       environment->root_path ? environment->root_path : "", name);
        switch (look(directory_fd, name, path)) {
        case HOOK_THERE:
                return run(environment, name, path, event, facts, ret_why);
        case HOOK_COVERED:
                return explain(ret_why, "The image's hook %s is covered by something mounted over it. Unmount that.", name);
        default:
                return true;
        }
}

static bool run_all(const struct environment *environment, int directory_fd, const char *event, const char *const *facts,
                    struct explanation *ret_why)
{
        struct dirent **names;
        bool ok = true;
        int count = scandirat(directory_fd, ".", &names, is_visible, by_bytes);
        if (count < 0)
                return explain(ret_why, "The image's hooks cannot be listed: %s.", strerror(errno));
        for (int i = 0; i < count; i++) {
                ok = ok && run_one(environment, directory_fd, names[i]->d_name, event, facts, ret_why);
                free(names[i]);
        }
        free(names);
        return ok;
}

bool hooks_run(const struct environment *environment, const char *event, const char *const *facts, struct explanation *ret_why)
{
        struct running_root root;
        int r = running_root_open(environment->root_path ? environment->root_path : "/", &root);
        if (r < 0)
                return explain(ret_why, "The image cannot be opened: %s.", strerror(-r));
        _cleanup_close_ int root_fd = root.fd;
        if (!root.is_verified && !environment->root_path) /* a directory that stands for the root is a test's */
                return true;
        _cleanup_close_ int directory = openat(root_fd, IMAGE_HOOKS_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
                return errno == ENOENT || explain(ret_why, "The image's hooks cannot be opened: %s.", strerror(errno));
        return run_all(environment, directory, event, facts, ret_why);
}

bool hooks_allow(const struct environment *environment, const struct wish *wish, struct explanation *ret_why)
{
        char level[32], requester[96], reason[300];
        (void)snprintf(level, sizeof(level), "level=%s",
                       wish->level == ERASE_LEVEL_UNSET ? "by-contents" : erase_level_name(wish->level));
        (void)snprintf(requester, sizeof(requester), "requester=%s", wish->requester ? wish->requester : "");
        (void)snprintf(reason, sizeof(reason), "reason=%s", wish->reason ? wish->reason : "");
        const char *const facts[] = { level, requester, reason, NULL };
        return hooks_run(environment, HOOK_BEFORE_REQUEST, facts, ret_why);
}
