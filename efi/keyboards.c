/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the firmware's keyboards; see keyboards.h. */
#include "efi/keyboards.h"

#define PCI_REVISION_AND_CLASS 8        /* PCI Local Bus 3.0, 6.1: class, subclass, interface, revision */
#define CLASS_USB              0x0c0300 /* without the interface: UHCI, OHCI, EHCI, XHCI */
#define CLASS_ISA_BRIDGE       0x060100

struct handles {
        EFI_HANDLE *list;
        UINTN count;
};

/* None where the firmware does not say. */
static struct handles handles_with(const struct platform *platform, EFI_GUID protocol)
{
        struct handles handles = { 0 };

        if (EFI_ERROR(boot_services(platform)->LocateHandleBuffer(ByProtocol, &protocol, NULL, &handles.count, &handles.list)))
                return (struct handles){ 0 };
        return handles;
}

/* The console's own handle stands for all keyboards, and for none as well (EDK2, ConSplitterDxe). Firmware without such a
 * splitter has its one keyboard there; what is connected already is not connected again. */
static bool has_keyboard(const struct platform *platform)
{
        struct handles handles = handles_with(platform, (EFI_GUID)EFI_SIMPLE_TEXT_INPUT_PROTOCOL_GUID);
        bool found = false;

        for (UINTN i = 0; i < handles.count; i++)
                found = found || handles.list[i] != platform->system->ConsoleInHandle;
        platform_free(platform, handles.list);
        return found;
}

static bool may_have_keyboard(const struct platform *platform, EFI_HANDLE device)
{
        EFI_GUID protocol = EFI_PCI_IO_PROTOCOL_GUID;
        EFI_PCI_IO_PROTOCOL *pci;
        void *interface = NULL;
        UINT32 value = 0;

        if (EFI_ERROR(boot_services(platform)->HandleProtocol(device, &protocol, &interface)))
                return false;
        pci = interface;
        if (EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint32, PCI_REVISION_AND_CLASS, 1, &value)))
                return false;
        value = value >> 8 & 0xffff00;
        return value == CLASS_USB || value == CLASS_ISA_BRIDGE;
}

void keyboards_connect(const struct platform *platform)
{
        struct handles devices;

        if (has_keyboard(platform))
                return;
        devices = handles_with(platform, (EFI_GUID)EFI_PCI_IO_PROTOCOL_GUID);
        for (UINTN i = 0; i < devices.count; i++)
                if (may_have_keyboard(platform, devices.list[i]))
                        (void)boot_services(platform)->ConnectController(devices.list[i], NULL, NULL, TRUE);
        platform_free(platform, devices.list);
}
