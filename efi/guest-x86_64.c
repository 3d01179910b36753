/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What CPUID tells a guest; see guest.h. */
#include "efi/guest.h"
#include <cpuid.h>

#define FEATURES_ECX_HYPERVISOR (1U << 31)
#define LEAF_TDX                0x21       /* Intel TDX module specification: "IntelTDX    " */
#define LEAF_HYPERVISOR         0x40000000 /* Microsoft TLFS 2.4: how many leaves the host has */
#define LEAF_HYPERV_FEATURES    0x40000003
#define HYPERV_EBX_ISOLATION    (1U << 22)
#define HYPERV_EBX_SIGNATURE    0x7263694d /* "Micr" */
#define LEAF_ENCRYPTION         0x8000001f /* AMD APM volume 3, E.4.17; hosts show it to guests that they encrypt */
#define ENCRYPTION_EAX_SEV      (1U << 1)

static bool is_hyperv_isolated(void)
{
        unsigned eax, ebx, ecx, edx;

        __cpuid(LEAF_HYPERVISOR, eax, ebx, ecx, edx);
        if (ebx != HYPERV_EBX_SIGNATURE || eax < LEAF_HYPERV_FEATURES)
                return false;
        __cpuid(LEAF_HYPERV_FEATURES, eax, ebx, ecx, edx);
        return (ebx & HYPERV_EBX_ISOLATION) != 0;
}

static bool is_tdx(void)
{
        unsigned eax, ebx, ecx, edx;

        return __get_cpuid_count(LEAF_TDX, 0, &eax, &ebx, &ecx, &edx) != 0 && ebx == 0x65746e49 && edx == 0x5844546c &&
               ecx == 0x20202020;
}

static bool is_sev(void)
{
        unsigned eax, ebx, ecx, edx;

        return __get_cpuid(LEAF_ENCRYPTION, &eax, &ebx, &ecx, &edx) != 0 && (eax & ENCRYPTION_EAX_SEV) != 0;
}

bool guest_trusts_its_host(void)
{
        unsigned eax, ebx, ecx, edx;

        if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & FEATURES_ECX_HYPERVISOR) == 0)
                return false;
        return !is_tdx() && !is_sev() && !is_hyperv_isolated();
}
