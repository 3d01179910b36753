/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the mapped image is mounted. One that is a root file system is /sysroot itself. One of /usr gets a root of its own, a
 * small file system in memory with the directories and links of a root file system and the image at usr; it is read-only once
 * the policy has been read from it, and stays where the running system finds it. */
#ifndef CLEANSLATE_INITRD_IMAGE_MOUNT_H
#define CLEANSLATE_INITRD_IMAGE_MOUNT_H

#include "common/boot/image-identity.h"
#include "initrd/boot-context.h"

/* The mapping of the image, in /dev/mapper. */
const char *image_mapping(enum image_form form);

/* Mounts the mapped image, read-only; boot_image_path() is its root then. Negative errno. */
int image_mount(const struct image_identity *image);

/* Once the policy is known: the places of its volumes, and nothing is written to the image's root any more. Negative errno. */
int image_mount_finish(const struct policy *policy);

#endif
