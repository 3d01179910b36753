/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The characters that text of somebody else does not get onto a screen. */
#ifndef CLEANSLATE_COMMON_REFUSED_CHARACTER_H
#define CLEANSLATE_COMMON_REFUSED_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True for characters that steer a terminal (C0, DEL, C1), change the order in which text is read (bidirectional controls), end a
 * line, or take no room and so hide: Unicode's general categories Cc, Zl and Zp, and its property
 * Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16). Also for noncharacters. */
bool character_is_refused(uint32_t point);

#endif
