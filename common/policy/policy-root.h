/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system of an image of /usr, which is one of its volumes: what its definition has to be, and what is in it beside
 * what the definition says. */
#ifndef CLEANSLATE_COMMON_POLICY_ROOT_H
#define CLEANSLATE_COMMON_POLICY_ROOT_H

#include "common/policy/policy.h"

#define ROOT_ENTRY_PATH_MAX (2 * POLICY_PATH_MAX)

/* What /etc and /var are filled with, where an image has them. */
#define FACTORY_ETC "/usr/share/factory/etc"
#define FACTORY_VAR "/usr/share/factory/var"

/* What an init finds in a root file system: directories for /usr, for what is mounted by kernel and init and by the other
 * definitions, and the links into /usr. */
struct root_entry {
        char path[ROOT_ENTRY_PATH_MAX]; /* absolute, in the file system */
        const char *target;             /* of a link; NULL = a directory */
        uint16_t mode;                  /* of a directory */
        bool is_mounted_on;             /* before the image's init is started: a link in its place would not be followed */
};

/* The definition of the file system at "/"; -1: the image is a root file system itself. Only of a finished policy. */
int policy_find_root_volume(const struct policy *policy);

/* What every root file system has, by number; the initrd gives it to the one that it has the image in, too. False: no more. */
bool root_base_entry(size_t number, struct root_entry *ret);

/* The mount points of other definitions that are to be in the root file system, by number; NULL: no more. */
const char *root_mount_point(const struct policy *policy, size_t number);

/* Entry `number` of the root volume: both of these, below the subvolume that is seen at "/". It is made last and only where
 * nothing has that path; a directory that it lies in may be missing, too. False: no more. Only the root volume has some. */
bool root_volume_entry(const struct policy *policy, size_t definition, size_t number, struct root_entry *ret);

/* Part of policy_finish_definitions(): the mount point of Type=root, its factory trees as copies, and what such an image must be.
 * ERR_MISSING, ERR_DUPLICATE, ERR_RANGE, ERR_TOO_LARGE. */
enum err policy_finish_root_volume(struct policy *policy, struct policy_error *ret_error);

#endif
