/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tools read in the file itself: the SBAT level by which shim can revoke this stub, and the line by which bootctl knows its
 * name and version. Never read by the program. */

/* One component a line: name, generation, vendor, package, version, address (shim's SBAT.md). Measured like every section; no
 * NUL. */
#define SBAT                                                                            \
        "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n" \
        "cleanslate,1,Cleanslate,cleanslate," CLEANSLATE_VERSION ",SECURITY.md\n"

__attribute__((used, section(".sbat"))) static const char sbat[sizeof(SBAT) - 1] = SBAT;
__attribute__((used, section(".sdmagic"))) static const char magic[] = "#### LoaderInfo: cleanslate " CLEANSLATE_VERSION " ####";
