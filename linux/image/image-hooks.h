/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs in the image's directory of hooks, as the initrd finds them in the verified root. */
#ifndef CLEANSLATE_LINUX_IMAGE_HOOKS_H
#define CLEANSLATE_LINUX_IMAGE_HOOKS_H

#include "common/policy/policy.h"
#include "linux/base/trouble.h"

#define IMAGE_HOOKS_DIRECTORY "usr/lib/cleanslate/hooks.d"

/* Called for one hook; 0, or negative errno to end with it. */
typedef int (*image_hook_act)(void *context, int directory_fd, const char *name);

/* In the order of names, bytewise; whatever is a regular file, may be executed and is not hidden. Their number (0 also where
 * there is no directory), or negative errno. */
int image_hooks_each(int root_fd, image_hook_act act, void *context);

/* Reads each of them through dm-verity. Trouble where the policy asks for hooks and there is none, or the image is damaged there.
 */
int image_hooks_check(int root_fd, const struct settings *settings, const struct trouble *trouble);

#endif
