/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addons of an image: PE files with sections that add to its own (systemd-stub(7), *.addon.efi). Which of them go along, judged
 * by their sections; that somebody trusted has signed them, the firmware has judged before. */
#ifndef CLEANSLATE_COMMON_ADDON_H
#define CLEANSLATE_COMMON_ADDON_H

#include "common/format/uki.h"

/* What EV_EVENT_TAG events of these are of: systemd's numbers (its src/fundamental/tpm2-pcr.h). */
#define ADDON_INITRD_TAG 0x49dffe0fu
#define ADDON_UCODE_TAG  0xdac08e1au

/* ERR_UNSUPPORTED: it has a kernel, so it is an image and no addon. ERR_VERSION: it is for the kernel of another image (.uname,
 * if both have one). ERR_MISSING: none of the sections that can be added (.cmdline, .initrd, .ucode). ERR_ENCODING: its .cmdline
 * is not UTF-8. */
enum err addon_judge(const struct uki *addon, const struct uki *image);

/* A section of text, up to its first NUL; data == NULL: it has none. */
struct bytes addon_text(const struct uki *addon, enum uki_section section);
/* The command line without blanks and control characters around it. */
struct bytes addon_line(const struct uki *addon);

#endif
