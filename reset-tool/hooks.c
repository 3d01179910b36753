/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/hooks.h"
#include "reset-tool/running-image.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FACTS_MAX          8
#define OUTPUT_MAX         512
#define STRINGIFY_(number) #number
#define STRINGIFY(number)  STRINGIFY_(number)

#define TIMED_OUT 124 /* timeout(1)'s exit status */

/* One round of an event. */
struct round {
        const struct environment *environment;
        const char *event;
        const char *const *facts;
        struct explanation *why;
};

/* Whether everybody sees at the path what the image has there. */
static bool is_seen(int directory_fd, const char *name, const char *path)
{
        struct stat in_image, seen;
        return fstatat(directory_fd, name, &in_image, AT_SYMLINK_NOFOLLOW) == 0 && lstat(path, &seen) == 0 &&
               in_image.st_dev == seen.st_dev && in_image.st_ino == seen.st_ino;
}

static bool run(const struct round *round, const char *name, const char *path)
{
        const char *const *facts = round->facts;
        struct explanation *ret_why = round->why;
        const char *argv[FACTS_MAX + 7] = { "timeout", "--kill-after=5", STRINGIFY(HOOK_SECONDS), path, round->event };
        char output[OUTPUT_MAX] = "";
        for (size_t i = 0; facts[i] && i < FACTS_MAX; i++)
                argv[5 + i] = facts[i];
        int r = round->environment->command(argv, output, sizeof(output));
        output[strcspn(output, "\n")] = '\0';
        if (r == 0)
                return true;
        if (r < 0)
                return explain(ret_why, "The image's hook %s cannot be run: %s.", name, strerror(-r));
        if (r == TIMED_OUT)
                return explain(ret_why, "The image's hook %s did not end within " STRINGIFY(HOOK_SECONDS) " s.", name);
        return explain(ret_why, "The image's hook %s says no%s%s (exit status %d).", name, output[0] ? ": " : "", output, r);
}

static int run_one(void *context, int directory_fd, const char *name)
{
        const struct round *round = context;
        const char *root = round->environment->root_path ? round->environment->root_path : "";
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/" IMAGE_HOOKS_DIRECTORY "/%s", root, name);
        if (!is_seen(directory_fd, name, path)) {
                (void)explain(round->why, "The image's hook %s is covered by something mounted over it. Unmount that.", name);
                return -ECANCELED;
        }
        return run(round, name, path) ? 0 : -ECANCELED;
}

bool hooks_run(const struct environment *environment, const char *event, const char *const *facts, struct explanation *ret_why)
{
        struct running_root root;
        int r = running_image_open(environment, &root);
        if (r < 0)
                return explain(ret_why, "The image cannot be opened: %s.", strerror(-r));
        _cleanup_close_ int root_fd = root.fd;
        if (!root.is_verified && !environment->root_path) /* a directory that stands for the root is a test's */
                return true;
        struct round round = { environment, event, facts, ret_why };
        r = image_hooks_each(root_fd, run_one, &round);
        if (r < 0 && r != -ECANCELED)
                return explain(ret_why, "The image's hooks cannot be read: %s.", strerror(-r));
        return r >= 0;
}

bool hooks_allow(const struct environment *environment, const struct reset_options *options, struct explanation *ret_why)
{
        char level[32], requester[96], reason[300];
        (void)snprintf(level, sizeof(level), "level=%s",
                       options->level == ERASE_LEVEL_UNSET ? "by-contents" : erase_level_name(options->level));
        (void)snprintf(requester, sizeof(requester), "requester=%s", options->requester ? options->requester : "");
        (void)snprintf(reason, sizeof(reason), "reason=%s", options->reason ? options->reason : "");
        const char *const facts[] = { level, requester, reason, NULL };
        return hooks_run(environment, HOOK_BEFORE_REQUEST, facts, ret_why);
}
