/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the sections of a unified kernel image in a PE file, on disk or as loaded into memory (UAPI.5 UKI; PE/COFF).
 * Also the one list of section names in the order they are measured (systemd src/fundamental/uki.h). */
#ifndef CLEANSLATE_COMMON_UKI_H
#define CLEANSLATE_COMMON_UKI_H

#include "common/base/bytes.h"
#include "common/base/err.h"

/* The canonical measuring order of PCR 11; never reorder. */
enum uki_section {
        UKI_LINUX,
        UKI_OSREL,
        UKI_CMDLINE,
        UKI_INITRD,
        UKI_UCODE,
        UKI_SPLASH,
        UKI_DTB,
        UKI_UNAME,
        UKI_SBAT,
        UKI_PCRSIG, /* never measured: it signs the measurement */
        UKI_PCRPKEY,
        UKI_PROFILE, /* text of os-release form: ID=, TITLE= (UAPI.5, multi-profile UKIs) */
        UKI_CLNSLT,  /* cleanslate.conf. Never measured: systemd's tools do not know it, and their prediction of PCR 11 must hold
                      */
        UKI_ROOTCRT, /* X.509 certificate, DER: who may sign the root hash. Not measured for the same reason */
        UKI_SECTION_COUNT
};

/* ".linux" and so on; never NULL. */
const char *uki_section_name(enum uki_section section);
bool uki_section_is_measured(enum uki_section section);

struct uki {
        struct bytes sections[UKI_SECTION_COUNT]; /* data == NULL: absent. Sizes are the virtual sizes. Views into the image. */
};

enum uki_layout { UKI_LOADED /* sections at their virtual addresses */, UKI_FILE /* at their file offsets */ };

/* Sections in front of the first .profile belong to every profile; each .profile begins the next one, whose sections stand in
 * place of the common ones. `profile` counts from 0; 0 is also right for an image without profiles.
 * ERR_TRUNCATED, ERR_SYNTAX, ERR_DUPLICATE (a section twice), ERR_RANGE (a section outside of the image), ERR_MISSING (no such
 * profile). */
enum err uki_find_sections(const void *image, size_t size, enum uki_layout layout, unsigned profile, struct uki *ret);

#endif
