/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SupplementFor= of repart.d(5): a definition that gets no partition of its own where it can be merged into another one. What
 * must be true of the two; whether they are merged on a disk is decided there (layout-solve.h). Pure. */
#ifndef CLEANSLATE_COMMON_SUPPLEMENT_H
#define CLEANSLATE_COMMON_SUPPLEMENT_H

#include "common/base/err.h"
#include "common/policy/definition.h"

/* The one of `count` definitions that this one supplements; -1: none, or none of that name. */
int supplement_target(const struct partition_definition *definitions, size_t count, size_t index);

/* What is wrong with SupplementFor= of this definition, in words, all definitions being read: as systemd-repart has it
 * (ERR_RANGE), or as matching by types has it (ERR_UNSUPPORTED). NULL: nothing, or it does not say so. */
const char *supplement_fault(const struct partition_definition *definitions, size_t count, size_t index, enum err *ret);

#endif
