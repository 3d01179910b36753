/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether each volume has a place of its own to be mounted at: a device makes none in its read-only image, nor in another volume.
 */
#ifndef CLEANSLATE_IMAGES_CHECK_PLACES_H
#define CLEANSLATE_IMAGES_CHECK_PLACES_H

#include "common/base/bytes.h"
#include "common/policy/policy.h"
#include "images/problems.h"

/* Two that ask in words for the same place. */
void check_places(int root_fd, const struct policy *policy, struct problems *problems);

/* Of a finished root, with its manifest. False: a directory is missing in another volume, so that the manifest does not describe
 * what would be mounted there. */
bool check_mount_points(int root_fd, const struct policy *policy, struct bytes manifest, struct problems *problems);

#endif
