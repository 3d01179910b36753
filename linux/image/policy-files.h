/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds and reads the policy below a root directory: repart.d in all of its directories, usr/lib/cleanslate/cleanslate.conf,
 * os-release. The caller has made sure that the root is the verified image, and nothing else. */
#ifndef CLEANSLATE_LINUX_POLICY_FILES_H
#define CLEANSLATE_LINUX_POLICY_FILES_H

#include "common/policy/policy.h"

/* `form`: what the image is; of one of /usr, the root has it at usr. -EINVAL: ret_error says what and where (it is set for every
 * failure). A missing cleanslate.conf means defaults; a missing repart.d means no definitions. */
int policy_files_read(int root_fd, enum image_form form, struct policy *ret, struct policy_error *ret_error);

/* The same for whoever makes an image: `report` is called for everything that is wrong, once for each definition and once for
 * cleanslate.conf, not for the first fault alone. *ret is complete only where it was not called. 0, or -EINVAL. */
int policy_files_read_all(int root_fd, enum image_form form, struct policy *ret,
                          void (*report)(void *context, const struct policy_error *error), void *context);

int os_identity_read(int root_fd, struct os_identity *ret);

#endif
