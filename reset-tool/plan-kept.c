/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/plan-kept.h"

const char *plan_kept_why(const struct plan_preview *preview, size_t partition)
{
        static const char *const texts[FATE_COUNT] = {
                [FATE_UNDECLARED] = "NOT DECLARED by the image; it stays, and the record's result will be \"partial\"",
                [FATE_IMAGE] = "part of the image, which the system is rebuilt from",
                [FATE_ESP] = "EFI system partition: cleaned, not erased",
                [FATE_KEPT] = "the image defines it and does not mark it for a reset",
        };
        enum partition_fate fate = preview->plan.fates[partition];

        if (preview->plan.step_count == 0)
                return "the plan is refused, so nothing is touched";
        if (plan_spares_image(&preview->policy, &preview->inventory, partition))
                return "the running system's image; it stays although its definition says FactoryReset=yes";
        return (unsigned)fate < FATE_COUNT ? texts[fate] : NULL;
}
