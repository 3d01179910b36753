/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel placed by ourselves; see kernel-place.h. */
#include "efi/kernel-place.h"
#include "common/format/pe.h"
#include "efi/memory-attributes.h"
#include "efi/secure-boot.h"

#ifdef __aarch64__
#error "code that was just written needs its cache flushed here"
#endif

#define OUR_MACHINE PE_MACHINE_X86_64

static_assert(KERNEL_PAGE == EFI_PAGE_SIZE, "what is protected are the firmware's pages");

bool kernel_can_be_placed(const struct kernel_image *image)
{
        return image->machine == OUR_MACHINE && !image->has_relocations;
}

static struct memory_attributes *find_attributes(const struct platform *platform)
{
        EFI_GUID guid = EFI_MEMORY_ATTRIBUTE_PROTOCOL_GUID;
        void *protocol = NULL;

        return EFI_ERROR(boot_services(platform)->LocateProtocol(&guid, NULL, &protocol)) ? NULL : protocol;
}

static EFI_PHYSICAL_ADDRESS address_of(const void *memory)
{
        return (EFI_PHYSICAL_ADDRESS)(uintptr_t)memory;
}

/* A firmware may have the protocol and protect nothing, so its answers do not count; what it says in the end does. */
static void change(struct memory_attributes *attributes, const uint8_t *at, size_t size, UINT64 set, UINT64 clear)
{
        UINT64 whole = (size + KERNEL_PAGE - 1) / KERNEL_PAGE * KERNEL_PAGE;

        if (whole == 0)
                return;
        if (set != 0)
                (void)attributes->set(attributes, address_of(at), whole, set);
        if (clear != 0)
                (void)attributes->clear(attributes, address_of(at), whole, clear);
}

static void copy(const struct kernel_image *image, uint8_t *base, size_t size)
{
        struct kernel_section section;

        memset(base, 0, size);
        memcpy(base, image->headers.data, image->headers.size); /* Linux reads its setup header there */
        for (size_t i = 0; kernel_image_section(image, i, &section); i++)
                if (section.content.size > 0)
                        memcpy(base + section.address, section.content.data, section.content.size);
}

/* A kernel that does not say that it can do without, or whose sections are no pages, has it all. */
static EFI_STATUS protect(struct memory_attributes *attributes, const struct kernel_image *image,
                          const struct placed_kernel *placed)
{
        const uint8_t *entry = placed->base + placed->entry / KERNEL_PAGE * KERNEL_PAGE;
        struct kernel_section section;
        UINT64 of_code = 0;

        if (image->nx_compat) {
                change(attributes, placed->base, placed->size, MEMORY_IS_NO_CODE, MEMORY_IS_READ_ONLY);
                for (size_t i = 0; kernel_image_section(image, i, &section); i++)
                        if (section.executable)
                                change(attributes, placed->base + section.address, section.size, MEMORY_IS_READ_ONLY,
                                       MEMORY_IS_NO_CODE);
        } else {
                change(attributes, placed->base, placed->size, 0, MEMORY_IS_READ_ONLY | MEMORY_IS_NO_CODE);
        }
        if (EFI_ERROR(attributes->get(attributes, address_of(entry), KERNEL_PAGE, &of_code)))
                return EFI_SUCCESS;
        return (of_code & MEMORY_IS_NO_CODE) != 0 ? EFI_UNSUPPORTED : EFI_SUCCESS;
}

EFI_STATUS kernel_place(const struct platform *platform, const struct kernel_image *image, struct placed_kernel *ret)
{
        struct memory_attributes *attributes = find_attributes(platform);
        size_t slack = image->alignment - KERNEL_PAGE;
        struct placed_kernel placed = { .entry = image->entry };
        EFI_STATUS status;

        placed.size = (image->memory_size + KERNEL_PAGE - 1) / KERNEL_PAGE * KERNEL_PAGE;
        placed.page_count = (placed.size + slack) / KERNEL_PAGE;
        status = boot_services(platform)->AllocatePages(AllocateAnyPages, EfiLoaderCode, placed.page_count, &placed.pages);
        if (EFI_ERROR(status))
                return status;
        placed.base = (uint8_t *)(uintptr_t)((placed.pages + slack) & ~(EFI_PHYSICAL_ADDRESS)(image->alignment - 1));
        if (attributes != NULL)
                change(attributes, placed.base, placed.size, MEMORY_IS_NO_CODE, MEMORY_IS_READ_ONLY);
        copy(image, placed.base, placed.size);
        if (attributes != NULL)
                status = protect(attributes, image, &placed);
        if (EFI_ERROR(status))
                kernel_remove(platform, &placed);
        *ret = placed;
        return status;
}

void kernel_remove(const struct platform *platform, struct placed_kernel *placed)
{
        struct memory_attributes *attributes = find_attributes(platform);

        if (placed->page_count == 0)
                return;
        if (attributes != NULL)
                change(attributes, placed->base, placed->size, MEMORY_IS_NO_CODE, MEMORY_IS_READ_ONLY);
        (void)boot_services(platform)->FreePages(placed->pages, placed->page_count);
        *placed = (struct placed_kernel){ 0 };
}

/* Under a handle of our own making, firmware would take what we make up for its own larger structure. */
EFI_STATUS kernel_enter(const struct platform *platform, const struct placed_kernel *placed, const struct command_line *line)
{
        EFI_GUID protocol = LOADED_IMAGE_PROTOCOL;
        EFI_IMAGE_ENTRY_POINT entry = (EFI_IMAGE_ENTRY_POINT)(uintptr_t)(placed->base + placed->entry);
        EFI_LOADED_IMAGE *loaded, before;
        void *interface = NULL;
        EFI_STATUS status = boot_services(platform)->HandleProtocol(platform->image, &protocol, &interface);

        if (EFI_ERROR(status))
                return status;
        loaded = interface;
        before = *loaded;
        loaded->FilePath = secure_boot_kernel_path();
        loaded->ImageBase = placed->base;
        loaded->ImageSize = placed->size;
        loaded->LoadOptions = line->text;
        loaded->LoadOptionsSize = (UINT32)line->size;
        status = entry(platform->image, platform->system);
        *loaded = before;
        return status;
}
