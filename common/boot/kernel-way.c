/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which way the kernel is started; see kernel-way.h. */
#include "common/boot/kernel-way.h"

#define VERSION_WITH_INITRD 1 /* Linux 5.8 */

enum kernel_way kernel_way_choose(const struct kernel_way_facts *facts)
{
        if (facts->readable && facts->version < VERSION_WITH_INITRD)
                return KERNEL_WAY_NONE;
        if (facts->placeable && facts->secure_boot && facts->shim == SHIM_16_0)
                return KERNEL_WAY_PLACE; /* shim would refuse, and say so on the screen */
        return KERNEL_WAY_LOAD_IMAGE;
}

bool kernel_way_place_instead(const struct kernel_way_facts *facts, enum load_outcome outcome)
{
        if (outcome == LOAD_FAILED || !facts->placeable || kernel_way_choose(facts) == KERNEL_WAY_NONE)
                return false;
        return facts->shim == SHIM_NONE || facts->shim == SHIM_16_0;
}
