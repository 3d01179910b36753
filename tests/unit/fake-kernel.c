/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel in PE form, pages with protection, and shims; see fake-kernel.h. */
#include "fake-kernel.h"

#include <string.h>
#include <sys/mman.h>

#include "common/format/mok-table.h"
#include "common/format/pe.h"
#include "fake-internal.h"

#define PE            0x80
#define OPTIONAL_SIZE 160
#define MEMORY_SIZE   (FAKE_KERNEL_SIZE + PAGE)
#define PAGES_MAX     64
#define ATTRIBUTE_RO  0x20000
#define ATTRIBUTE_XP  0x4000

struct fake_placed fake_placed;

static EFI_STATUS EFIAPI kernel_entry(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static void write_section(uint8_t *at, const char *name, uint32_t size, uint32_t address, uint32_t flags)
{
        memcpy(at, name, strlen(name));
        store_le32(at + 8, size);
        store_le32(at + 12, address);
        store_le32(at + 16, PAGE);
        store_le32(at + 20, address);
        store_le32(at + 36, flags);
}

void fake_kernel_write(uint8_t *ret)
{
        static const uint8_t jump[] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 }; /* mov rax, address; jmp rax */
        uint8_t *optional = ret + PE + 24, *table = optional + OPTIONAL_SIZE;

        memset(ret, 0, FAKE_KERNEL_SIZE);
        memcpy(ret, "MZ", 2);
        store_le32(ret + 60, PE);
        memcpy(ret + PE, "PE\0", 4);
        store_le16(ret + PE + 4, PE_MACHINE_X86_64);
        store_le16(ret + PE + 6, 2);
        store_le16(ret + PE + 20, OPTIONAL_SIZE);
        store_le16(optional, 0x20b);
        store_le32(optional + 16, FAKE_KERNEL_CODE + 16);
        store_le32(optional + 32, PAGE);
        store_le16(optional + 44, 1);
        store_le32(optional + 56, MEMORY_SIZE);
        store_le32(optional + 60, PAGE);
        store_le16(optional + 70, 0x100);
        store_le32(optional + 108, 6);
        write_section(table, ".text", PAGE, FAKE_KERNEL_CODE, 0x60000020);
        write_section(table + 40, ".data", 2 * PAGE, FAKE_KERNEL_DATA, 0xc0000040);
        memset(ret + FAKE_KERNEL_CODE, 0xcc, PAGE);
        memset(ret + FAKE_KERNEL_DATA, 0xda, PAGE);
        memcpy(ret + FAKE_KERNEL_CODE + 16, jump, sizeof(jump));
        store_le64(ret + FAKE_KERNEL_CODE + 18, (uint64_t)(uintptr_t)kernel_entry);
}

/* pages */

static struct {
        uint8_t *at;
        size_t count;
        int protection[PAGES_MAX];
} area;
static enum fake_memory kind;

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN count, EFI_PHYSICAL_ADDRESS *ret)
{
        int protection = PROT_READ | PROT_WRITE | (kind == FAKE_MEMORY_EXECUTABLE ? PROT_EXEC : 0);

        fake_must(type == AllocateAnyPages && memory == EfiLoaderCode, "pages of another kind");
        fake_must(area.at == NULL && count <= PAGES_MAX, "too many pages");
        area.at = mmap(NULL, count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        fake_must(area.at != MAP_FAILED, "no memory");
        memset(area.at, 0xaa, count * PAGE); /* not zeroed, as in life */
        for (size_t i = 0; i < count; i++)
                area.protection[i] = protection;
        area.count = fake_placed.pages = count;
        *ret = (EFI_PHYSICAL_ADDRESS)(uintptr_t)area.at;
        return EFI_SUCCESS;
}

/* edk2 may write a pattern over what is freed. */
static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS address, UINTN count)
{
        fake_must(area.at == (void *)(uintptr_t)address && count == area.count, "FreePages of what was not allocated");
        memset(area.at, 0xaf, count * PAGE);
        munmap(area.at, count * PAGE);
        area.at = NULL;
        fake_placed.pages = 0;
        return EFI_SUCCESS;
}

struct memory_attributes {
        EFI_STATUS(EFIAPI *get)(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 *ret);
        EFI_STATUS(EFIAPI *set)(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 attributes);
        EFI_STATUS(EFIAPI *clear)(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 attributes);
};

static size_t page_of(EFI_PHYSICAL_ADDRESS base, UINT64 size)
{
        size_t first = (size_t)(base - (uintptr_t)area.at) / PAGE;

        fake_must(base % PAGE == 0 && size % PAGE == 0 && size > 0, "attributes of parts of pages");
        fake_must(area.at != NULL && first + size / PAGE <= area.count, "attributes of others' pages");
        return first;
}

static EFI_STATUS protect(EFI_PHYSICAL_ADDRESS base, UINT64 size, int added, int taken)
{
        size_t first = page_of(base, size);

        for (size_t i = first; i < first + size / PAGE; i++) {
                area.protection[i] = (area.protection[i] | added) & ~taken;
                fake_must(mprotect(area.at + i * PAGE, PAGE, area.protection[i]) == 0, "mprotect");
        }
        return EFI_SUCCESS;
}

static int bits(UINT64 attributes)
{
        return (attributes & ATTRIBUTE_RO ? PROT_WRITE : 0) | (attributes & ATTRIBUTE_XP ? PROT_EXEC : 0);
}

static EFI_STATUS EFIAPI get_attributes(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 *ret)
{
        int protection = area.protection[page_of(base, size)];

        *ret = (protection & PROT_WRITE ? 0 : ATTRIBUTE_RO) | (protection & PROT_EXEC ? 0 : ATTRIBUTE_XP);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_attributes(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 attributes)
{
        return protect(base, size, 0, bits(attributes));
}

static EFI_STATUS EFIAPI clear_attributes(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size,
                                          UINT64 attributes)
{
        return kind == FAKE_MEMORY_STUBBORN && (attributes & ATTRIBUTE_XP) ? EFI_UNSUPPORTED
                                                                           : protect(base, size, bits(attributes), 0);
}

void fake_offer_pages(struct fake_firmware *firmware, enum fake_memory memory)
{
        static const EFI_GUID guid = { 0xf4560cf6, 0x40ec, 0x4b4a, { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 } };
        static struct memory_attributes protocol = { get_attributes, set_attributes, clear_attributes };

        if (area.at != NULL) /* of a start that the kernel has taken over */
                munmap(area.at, area.count * PAGE);
        area.at = NULL;
        kind = memory;
        fake_placed = (struct fake_placed){ 0 };
        firmware->boot.AllocatePages = allocate_pages;
        firmware->boot.FreePages = free_pages;
        if (memory != FAKE_MEMORY_EXECUTABLE)
                fake_add_protocol(fake_new_handle(), guid, &protocol);
}

/* The kernel's first instruction, reached through its own code. */
static EFI_STATUS EFIAPI kernel_entry(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
        EFI_GUID guid = LOADED_IMAGE_PROTOCOL;
        const EFI_LOADED_IMAGE *loaded = fake_find_protocol(image, &guid);
        const uint8_t *base = loaded->ImageBase;
        size_t first = (size_t)(base - area.at) / PAGE;

        fake_placed.base = base;
        fake_placed.loaded_base = loaded->ImageBase;
        fake_placed.loaded_size = loaded->ImageSize;
        fake_placed.headers_are_there = memcmp(base, "MZ", 2) == 0 && memcmp(base + PE, "PE\0", 4) == 0;
        fake_placed.rest_is_zero = base[FAKE_KERNEL_DATA + PAGE - 1] == 0xda && base[FAKE_KERNEL_DATA + PAGE] == 0 &&
                                   base[FAKE_KERNEL_DATA + 2 * PAGE - 1] == 0;
        fake_placed.code_is_writable = (area.protection[first + FAKE_KERNEL_CODE / PAGE] & PROT_WRITE) != 0;
        fake_placed.data_is_executable = (area.protection[first + FAKE_KERNEL_DATA / PAGE] & PROT_EXEC) != 0;
        fake_current->kernel_image = *loaded;
        fake_current->kernel.path = loaded->FilePath;
        return fake_start_image(image, NULL, NULL);
}

/* shims */

/* 16.0: every image has to be signed. */
static EFI_STATUS EFIAPI load_signed(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, void *source, UINTN size,
                                     EFI_HANDLE *ret)
{
        fake_record(FAKE_LOAD_IMAGE, "shim");
        return EFI_SECURITY_VIOLATION;
}

/* 16.1: or it is a whole section of the image that asks, bit by bit. */
static EFI_STATUS EFIAPI load_section(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, void *source, UINTN size,
                                      EFI_HANDLE *ret)
{
        EFI_GUID guid = LOADED_IMAGE_PROTOCOL;
        bool is_section = false;

        for (size_t i = 0; i < fake_current->section_count; i++) {
                const uint8_t *header = fake_current->image + SECTION_TABLE + 40 * i;

                is_section = is_section || (size == load_le32(header + 8) &&
                                            memcmp(source, fake_current->image + load_le32(header + 12), size) == 0);
        }
        if (!is_section || fake_find_protocol(parent, &guid) != &fake_current->self || EFI_ERROR(fake_current->faults.load_image))
                return load_signed(boot_policy, parent, path, source, size, ret);
        return fake_load_image(boot_policy, parent, path, source, size, ret);
}

static void write_entry(struct writer *writer, const char *name, const char *data)
{
        uint8_t header[264] = { 0 };

        memcpy(header, name, strlen(name));
        store_le64(header + 256, strlen(data));
        writer_bytes(writer, header, sizeof(header));
        writer_text(writer, data);
}

void fake_start_shim(struct fake_firmware *firmware, enum fake_shim shim)
{
        static const EFI_GUID lock = { 0x605dab50, 0xe046, 0x4300, { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 } };
        static const EFI_GUID loader = { 0x1f492041, 0xfadb, 0x4e59, { 0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab } };
        static uint8_t table[1024];
        struct writer writer = writer_over(table, sizeof(table));
        struct fake_handle *handle = fake_new_handle();
        EFI_GUID guid;

        fake_add_protocol(handle, lock, &firmware->boot);
        if (shim != FAKE_SHIM_15_8)
                fake_add_protocol(handle, loader, &firmware->boot);
        firmware->boot.LoadImage = shim == FAKE_SHIM_16_0   ? load_signed
                                   : shim == FAKE_SHIM_16_1 ? load_section
                                                            : firmware->boot.LoadImage;
        write_entry(&writer, "SbatLevelRT", "sbat,1,2021030218\n");
        if (shim == FAKE_SHIM_16_1)
                write_entry(&writer, "VariableInfo", "1");
        write_entry(&writer, "", "");
        memcpy(&guid, &guid_mok_table, sizeof(guid));
        fake_must(fake_install_table(&guid, table) == EFI_SUCCESS, "no room for shim's table");
}
