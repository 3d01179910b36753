/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboards of the firmware made of memory as it sees them: the console's handle, which stands for all of them, a handle for
 * each that has a driver, and the PCI devices that they hang on. */
#include "fake-internal.h"

struct device {
        EFI_PCI_IO_PROTOCOL io;
        UINT32 class;
};

static EFI_STATUS EFIAPI read_config(EFI_PCI_IO_PROTOCOL *self, EFI_PCI_IO_PROTOCOL_WIDTH width, UINT32 offset, UINTN count,
                                     void *ret)
{
        const struct device *device = (const struct device *)self;
        const UINT32 value = device->class << 8 | 1; /* its revision */

        fake_must(width == EfiPciIoWidthUint32 && offset == 8 && count == 1, "configuration space that nobody should read");
        memcpy(ret, &value, sizeof(value));
        return EFI_SUCCESS;
}

static struct device devices[] = {
        { .io.Pci.Read = read_config, .class = 0x030000 }, /* graphics */
        { .io.Pci.Read = read_config, .class = 0x010802 }, /* NVMe */
        { .io.Pci.Read = read_config, .class = 0x060100 }, /* LPC, with the PS/2 controller behind it */
        { .io.Pci.Read = read_config, .class = 0x0c0330 }, /* XHCI */
        { .io.Pci.Read = read_config, .class = 0x020000 }, /* Ethernet */
};

static void start_driver(struct fake_firmware *firmware)
{
        fake_add_protocol(fake_new_handle(), (EFI_GUID)EFI_SIMPLE_TEXT_INPUT_PROTOCOL_GUID, &firmware->screen.input);
        firmware->screen.connected = true;
}

EFI_STATUS EFIAPI fake_connect(EFI_HANDLE handle, EFI_HANDLE *driver, EFI_DEVICE_PATH *remaining, BOOLEAN recursive)
{
        const EFI_GUID pci = EFI_PCI_IO_PROTOCOL_GUID;
        const struct device *device = fake_find_protocol(handle, &pci);

        fake_must(device != NULL && driver == NULL && remaining == NULL && recursive, "another connection than the menu needs");
        fake_must(device->class == 0x060100 || device->class == 0x0c0330, "a device that no keyboard hangs on");
        fake_current->screen.connects++;
        if (device->class != 0x0c0330)
                return EFI_NOT_FOUND; /* no driver for it: there is no such keyboard */
        if (!fake_current->screen.connected)
                start_driver(fake_current);
        return EFI_SUCCESS;
}

void fake_attach_keyboards(struct fake_firmware *firmware)
{
        const EFI_GUID simple = EFI_SIMPLE_TEXT_INPUT_PROTOCOL_GUID, extended = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;
        struct fake_handle *console;

        if (firmware->faults.no_keyboard) {
                firmware->system.ConIn = NULL;
                return;
        }
        console = fake_new_handle();
        fake_add_protocol(console, simple, &firmware->screen.input);
        if (!firmware->screen.faults.simple_only)
                fake_add_protocol(console, extended, &firmware->screen.input_ex);
        firmware->system.ConsoleInHandle = console;
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                fake_add_protocol(fake_new_handle(), (EFI_GUID)EFI_PCI_IO_PROTOCOL_GUID, &devices[i].io);
        if (!firmware->screen.faults.connects_late)
                start_driver(firmware);
}
