/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/image-mount.h"

#include "common/base/bytes.h"
#include "common/policy/policy-root.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

const char *image_mapping(enum image_form form)
{
        return form == IMAGE_USR ? "usr" : "root";
}

static int mount_mapping(const struct image_identity *image, const char *target)
{
        static const char *const candidates[] = { "squashfs", "erofs", "ext4" };
        char source[64];
        int r = -ENODEV;
        (void)snprintf(source, sizeof(source), "/dev/mapper/%s", image_mapping(image->form));
        (void)mkdir(target, 0755);
        for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
                if (image->file_system[0] && strcmp(image->file_system, candidates[i]) != 0)
                        continue;
                if (mount(source, target, candidates[i], MS_RDONLY | MS_NODEV, NULL) == 0)
                        return 0;
                r = -errno;
        }
        return r;
}

static int make_entry(const char *path, const char *target)
{
        char place[sizeof(USR_IMAGE_PATH) + POLICY_PATH_MAX];
        (void)snprintf(place, sizeof(place), "%s%s", USR_IMAGE_PATH, path);
        if (!target)
                return make_directories(AT_FDCWD, place, 0755);
        return symlink(target, place) < 0 ? -errno : 0;
}

static int make_root(void)
{
        struct root_entry entry;
        int r = make_directories(AT_FDCWD, USR_IMAGE_PATH, 0755);
        if (r == 0 && mount("tmpfs", USR_IMAGE_PATH, "tmpfs", MEMORY_FLAGS, "mode=0755,size=1m,nr_inodes=16k") < 0)
                r = -errno;
        for (size_t i = 0; r == 0 && root_base_entry(i, &entry); i++)
                r = make_entry(entry.path, entry.target);
        return r;
}

int image_mount(const struct image_identity *image)
{
        if (image->form == IMAGE_ROOT)
                return mount_mapping(image, ROOT_PATH);
        (void)mkdir(ROOT_PATH, 0755); /* where the root volume will be */
        int r = make_root();
        return r < 0 ? r : mount_mapping(image, USR_IMAGE_PATH "/usr");
}

int image_mount_finish(const struct policy *policy)
{
        const char *where;
        int r = 0;
        for (size_t i = 0; r == 0 && (where = root_mount_point(policy, i)); i++)
                r = make_entry(where, NULL);
        if (r == 0 && policy->form == IMAGE_USR &&
            mount(NULL, USR_IMAGE_PATH, NULL, MS_REMOUNT | MS_RDONLY | MEMORY_FLAGS, NULL) < 0)
                r = -errno;
        return r;
}
