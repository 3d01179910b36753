/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a key of the policy stands, for messages: the reader keeps what a definition says, not which of its files said it. */
#ifndef CLEANSLATE_IMAGES_DEFINITION_WHERE_H
#define CLEANSLATE_IMAGES_DEFINITION_WHERE_H

#include "common/policy/image-form.h"

#define WHERE_MAX 256

/* "/usr/lib/repart.d/20-state.conf:7: SizeMinBytes": the last file of the definition that has the key, drop-ins included; without
 * a line where none has it. */
void definition_where(int root_fd, enum image_form form, const char *definition, const char *key, char ret[static WHERE_MAX]);

/* "cleanslate.conf:3: tpm-clear"; without a line where the default is what counts. */
void setting_where(int root_fd, const char *key, char ret[static WHERE_MAX]);

#endif
