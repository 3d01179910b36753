/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digest of a plan: SHA-256 over its canonical text. What the progress and the record of a reset carry, and what `cleanslate
 * plan` shows. */
#ifndef CLEANSLATE_LINUX_PLAN_DIGEST_H
#define CLEANSLATE_LINUX_PLAN_DIGEST_H

#include "common/format/pcr.h"
#include "common/plan/plan.h"

/* plan_format()'s text, malloc()ed and NUL-terminated, for the caller to free(). -ENOMEM; -E2BIG: longer than PLAN_TEXT_MAX, and
 * a cut text would give two different plans one digest. */
int plan_text(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, char **ret_text,
              size_t *ret_size);

int plan_digest(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                uint8_t ret[static SHA256_SIZE]);

#endif
