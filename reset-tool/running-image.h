/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image that this system runs on, as the command line names it. */
#ifndef CLEANSLATE_RESET_TOOL_RUNNING_IMAGE_H
#define CLEANSLATE_RESET_TOOL_RUNNING_IMAGE_H

#include "common/boot/image-identity.h"
#include "linux/image/running-root.h"
#include "reset-tool/environment.h"

/* False: the command line names no image, or cannot be read. */
bool running_image_identity(const struct environment *environment, struct image_identity *ret);

/* A root file system where nothing else is said. */
enum image_form running_image_form(const struct environment *environment);

/* running_root_open() of it. Negative errno. */
int running_image_open(const struct environment *environment, struct running_root *ret);

#endif
