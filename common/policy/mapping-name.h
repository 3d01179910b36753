/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the device-mapper calls the volumes of an image. By the names of their definitions' files, which are the image's alone and
 * differ from each other: a label may be any text, the image's own mapping's name among it. */
#ifndef CLEANSLATE_COMMON_MAPPING_NAME_H
#define CLEANSLATE_COMMON_MAPPING_NAME_H

#include "common/policy/definition.h"

/* "20-state.conf" is "state", as people look for it in `cryptsetup status`; "volume+3" where that would be no name, another
 * mapping's, or another definition's as well. */
void mapping_name(const struct partition_definition *definitions, size_t count, size_t definition,
                  char ret[static MAPPING_NAME_MAX]);

#endif
