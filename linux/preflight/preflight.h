/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries what a reset will need, before anything is erased: everything that rebuilding and the next boot take. Fills the facts of
 * common/plan/checkup, which says what is thought of each. Erases nothing. */
#ifndef CLEANSLATE_LINUX_PREFLIGHT_H
#define CLEANSLATE_LINUX_PREFLIGHT_H

#include "common/plan/checkup.h"
#include "common/state/tpm-evidence.h"
#include "linux/efi/efivarfs.h"
#include "linux/image/factory-image.h"
#include "linux/preflight/reset-source.h"

#define PREFLIGHT_DETAIL_MAX 512

struct preflight {
        struct checkup_facts facts;
        char details[CHECK_COUNT][PREFLIGHT_DETAIL_MAX]; /* what facts.tried point to */
        struct factory_image factory;                    /* what is rebuilt from, as it was read; its manifest is owned */
        struct tpm_evidence evidence;                    /* how the TPM is now; all zero if it does not say */
        bool copy_found;                                 /* another disk is a copy of this one */
};

/* Something was tried and failed: its detail is the reason. Returns where to write that. */
struct trouble preflight_detail(struct preflight *preflight, enum check check);
void preflight_set(struct preflight *preflight, enum check check, bool good);

/* Tries all that this module can try, in the order of enum check. `plan`: made from the same source; NULL: none could be made,
 * then only what the image brings is tried. *preflight: all zero, but for facts that the caller has set. */
void preflight_try(const struct reset_source *source, const struct plan *plan, struct preflight *preflight);

/* The same for the reset itself: 0, or negative errno with the first failure among SCOPE_RESET in *trouble; nothing behind that
 * was tried. `note` is called for warnings, with their text. */
int preflight_run(const struct reset_source *source, const struct plan *plan, struct preflight *preflight,
                  void (*note)(void *context, const char *text), const struct trouble *trouble);

/* One check of it: 0, or negative errno with *trouble set. */
int preflight_check(const struct reset_source *source, const struct plan *plan, struct preflight *preflight, enum check check,
                    void (*note)(void *context, const char *text), const struct trouble *trouble);

/* Whether the firmware's store has room for so many bytes. */
enum checkup_store preflight_query_store(const struct efivarfs *variables, size_t size);

void preflight_done(struct preflight *preflight);

/* For preflight.c: what is asked of the TPM. */
void preflight_try_tpm(const struct reset_source *source, const struct plan *plan, struct preflight *preflight);
void preflight_try_seal_pcrs(const struct reset_source *source, const struct plan *plan, struct preflight *preflight);
void preflight_try_measured(const struct reset_source *source, const struct plan *plan, struct preflight *preflight);
void preflight_try_sealing(const struct reset_source *source, const struct plan *plan, struct preflight *preflight);

#endif
