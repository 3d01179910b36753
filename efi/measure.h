/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures into the TPM through the firmware, in systemd-stub's order and form, so that systemd-measure's and ukify's predictions
 * hold. Owns what is measured where; what a failure means for the boot is the caller's to decide. */
#ifndef CLEANSLATE_EFI_MEASURE_H
#define CLEANSLATE_EFI_MEASURE_H

#include "common/boot/boot-choice.h"
#include "common/boot/sidecar.h"
#include "common/format/uki.h"
#include "efi/platform.h"
#include "efi/tcg2.h"

#define PCR_KERNEL_PARAMETERS 12

struct measurement {
        struct tcg2_protocol *tcg2; /* NULL = no TPM */
        EFI_STATUS status;          /* the first failure */
        bool kernel_image;          /* something went to PCR 11 */
        bool kernel_parameters;     /* something went to PCR 12 */
        bool has_pcr;               /* PCR 11 could be read before the mode was measured: ... */
        uint8_t pcr[SHA256_SIZE];   /* ... its value in the SHA-256 bank */
        bool sysexts;               /* system extensions went to PCR 13 */
        bool confexts;              /* configuration extensions went to PCR 12 */
        bool banks_known;           /* the firmware tells: TCG2 1.1 and later, or there is no TPM */
        uint32_t active_banks;      /* EFI_TCG2_BOOT_HASH_ALG_*, a bit for each bank that is extended; 0 = no TPM */
        bool mode_failed;           /* the mode ought to have been measured and was not */
};

/* Finds the TPM. A firmware that cannot tell about its TPM is a failure, one without is not. */
struct measurement measure_open(const struct platform *platform);

/* PCR 11: for each section its name with NUL, then its content. Stops at the first failure. */
void measure_sections(const struct platform *platform, struct measurement *measurement, const struct uki *uki);

/* PCR 12: the profile's number, unless it is 0, in systemd-stub's form. Its sections go to PCR 11 with the others. */
void measure_profile(const struct platform *platform, struct measurement *measurement, unsigned profile);

/* PCR 12: a command line that is not part of the image (UTF-16 with NUL, size in bytes). */
void measure_parameters(const struct platform *platform, struct measurement *measurement, const CHAR16 *text, size_t size);

/* Reads PCR 11, for whoever has to know what an ordinary start of this image will have there; nothing for MODE_NORMAL, in which
 * it can be seen. One that cannot be read is no failure. */
void measure_read(struct measurement *measurement, enum boot_mode mode);

/* PCR 12 or 13, as common/boot/sidecar.h says: the whole archive. EFI_SUCCESS without a TPM, too. A failure is the caller's
 * alone: what was measured before stays as good as it is, because an archive that is not measured is not handed over. */
EFI_STATUS measure_sidecar(const struct platform *platform, struct measurement *measurement, enum sidecar sidecar,
                           struct bytes archive);

/* PCR 12: what addons put behind the command line; and a section of one, tagged as systemd does it and described by its file's
 * name. As measure_sidecar() where it fails. */
EFI_STATUS measure_addition(const struct platform *platform, struct measurement *measurement, const CHAR16 *text, size_t size);
EFI_STATUS measure_tagged(const struct platform *platform, struct measurement *measurement, uint32_t tag, struct bytes data,
                          const char *description);

/* PCR 11: a departure from the normal boot; nothing for MODE_NORMAL. Tried even after a failure: keys sealed to the normal boot
 * must stay out of reach. */
void measure_mode(const struct platform *platform, struct measurement *measurement, enum boot_mode mode);

#endif
