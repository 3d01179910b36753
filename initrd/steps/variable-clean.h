/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removes the EFI variables that variable-rule.h says must go, changes the load options that must not stay as they are, and takes
 * what is gone out of BootOrder. Reached through execute_step() alone. */
#ifndef CLEANSLATE_INITRD_VARIABLE_CLEAN_H
#define CLEANSLATE_INITRD_VARIABLE_CLEAN_H

#include "initrd/reset-state.h"
#include "linux/esp/variable-survey.h"

/* Fills reset->cleaned; `detail` says what was done and checked. 0, or negative errno with trouble set. */
int variables_clean(struct reset *reset, const struct partition_lookup *lookup, char *detail, size_t detail_size);

#endif
