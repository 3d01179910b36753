/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI variables; see variables.h. */
#include "efi/variables.h"
#include "common/base/bytes.h"
#include "common/base/utf16.h"

#define EXPORT_TEXT_MAX     512 /* bytes of UTF-8 */
#define ORDINARY_ATTRIBUTES (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define PRIVATE_ATTRIBUTES  (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)

static bool widen(const char *text, CHAR16 *ret, size_t capacity_bytes, size_t *ret_size)
{
        struct writer writer = writer_over(ret, capacity_bytes);

        utf16_from_utf8(text, text_length(text), &writer);
        *ret_size = writer.size;
        return !writer.overflow;
}

static EFI_STATUS get(const struct platform *platform, const struct guid *vendor, const char *name, UINT32 *ret_attributes,
                      void *value, UINTN *size)
{
        CHAR16 wide_name[VARIABLE_NAME_MAX];
        EFI_GUID guid = platform_guid(vendor);
        size_t name_size;

        if (!widen(name, wide_name, sizeof(wide_name), &name_size))
                return EFI_INVALID_PARAMETER;
        return runtime_services(platform)->GetVariable(wide_name, &guid, ret_attributes, size, value);
}

static EFI_STATUS read_with_attributes(const struct platform *platform, const struct guid *vendor, const char *name,
                                       UINT32 *ret_attributes, struct variable *ret)
{
        struct variable variable = { 0 };
        UINTN size = 0;
        EFI_STATUS status = get(platform, vendor, name, NULL, NULL, &size);

        if (status != EFI_BUFFER_TOO_SMALL)
                return EFI_ERROR(status) ? status : EFI_DEVICE_ERROR; /* a variable without a value cannot exist */
        if (size > VARIABLE_VALUE_MAX)
                return EFI_BAD_BUFFER_SIZE;
        variable.value = platform_allocate(platform, size);
        if (variable.value == NULL)
                return EFI_OUT_OF_RESOURCES;
        status = get(platform, vendor, name, ret_attributes, variable.value, &size);
        if (EFI_ERROR(status)) {
                platform_free(platform, variable.value);
                return status;
        }
        variable.size = size;
        *ret = variable;
        return EFI_SUCCESS;
}

EFI_STATUS variable_read(const struct platform *platform, const struct guid *vendor, const char *name, struct variable *ret)
{
        return read_with_attributes(platform, vendor, name, NULL, ret);
}

/* Under other attributes it is not the variable that is meant. */
static EFI_STATUS read_only_with(const struct platform *platform, const struct guid *vendor, const char *name, UINT32 wanted,
                                 EFI_STATUS otherwise, struct variable *ret)
{
        UINT32 attributes = 0;
        struct variable variable;
        EFI_STATUS status = read_with_attributes(platform, vendor, name, &attributes, &variable);

        if (EFI_ERROR(status))
                return status;
        if (attributes != wanted) {
                variable_done(platform, &variable);
                return otherwise;
        }
        *ret = variable;
        return EFI_SUCCESS;
}

EFI_STATUS variable_read_ordinary(const struct platform *platform, const struct guid *vendor, const char *name,
                                  struct variable *ret)
{
        return read_only_with(platform, vendor, name, ORDINARY_ATTRIBUTES, EFI_SECURITY_VIOLATION, ret);
}

EFI_STATUS variable_read_private(const struct platform *platform, const struct guid *vendor, const char *name,
                                 struct variable *ret)
{
        return read_only_with(platform, vendor, name, PRIVATE_ATTRIBUTES, EFI_NOT_FOUND, ret);
}

void variable_done(const struct platform *platform, struct variable *variable)
{
        platform_free(platform, variable->value);
        *variable = (struct variable){ 0 };
}

bool variable_exists(const struct platform *platform, const struct guid *vendor, const char *name)
{
        UINTN size = 0;

        return get(platform, vendor, name, NULL, NULL, &size) == EFI_BUFFER_TOO_SMALL;
}

bool variable_is_lasting(const struct platform *platform, const struct guid *vendor, const char *name)
{
        UINT32 attributes = 0;
        struct variable variable;

        if (EFI_ERROR(read_with_attributes(platform, vendor, name, &attributes, &variable)))
                return false;
        variable_done(platform, &variable);
        return (attributes & EFI_VARIABLE_NON_VOLATILE) != 0;
}

static EFI_STATUS set(const struct platform *platform, const struct guid *vendor, const char *name, UINT32 attributes,
                      const void *value, size_t size)
{
        CHAR16 wide_name[VARIABLE_NAME_MAX];
        EFI_GUID guid = platform_guid(vendor);
        size_t name_size;

        if (!widen(name, wide_name, sizeof(wide_name), &name_size))
                return EFI_INVALID_PARAMETER;
        return runtime_services(platform)->SetVariable(wide_name, &guid, attributes, size, (void *)value);
}

EFI_STATUS variable_export(const struct platform *platform, const struct guid *vendor, const char *name, const void *value,
                           size_t size)
{
        return set(platform, vendor, name, EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS, value, size);
}

EFI_STATUS variable_store(const struct platform *platform, const struct guid *vendor, const char *name, const void *value,
                          size_t size)
{
        return set(platform, vendor, name,
                   EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS, value, size);
}

static bool is_private(const struct platform *platform, const struct guid *vendor, const char *name)
{
        UINT32 attributes = 0;
        struct variable variable;
        EFI_STATUS status = read_with_attributes(platform, vendor, name, &attributes, &variable);

        if (EFI_ERROR(status))
                return false;
        variable_done(platform, &variable);
        return attributes == PRIVATE_ATTRIBUTES;
}

EFI_STATUS variable_store_private(const struct platform *platform, const struct guid *vendor, const char *name, const void *value,
                                  size_t size)
{
        if (variable_exists(platform, vendor, name) && !is_private(platform, vendor, name))
                (void)variable_delete(platform, vendor, name); /* if it stays, writing fails */
        return set(platform, vendor, name, PRIVATE_ATTRIBUTES, value, size);
}

/* Firmware wants the attributes that a variable has even for its removal; a volatile one is removed in the second try, one
 * that the operating system does not see in the third. */
EFI_STATUS variable_delete(const struct platform *platform, const struct guid *vendor, const char *name)
{
        EFI_STATUS status = variable_store(platform, vendor, name, NULL, 0);

        if (EFI_ERROR(status) && status != EFI_NOT_FOUND)
                status = variable_export(platform, vendor, name, NULL, 0);
        if (EFI_ERROR(status) && status != EFI_NOT_FOUND)
                status = set(platform, vendor, name, PRIVATE_ATTRIBUTES, NULL, 0);
        if (!variable_exists(platform, vendor, name))
                return EFI_SUCCESS;
        return EFI_ERROR(status) ? status : EFI_WRITE_PROTECTED;
}

EFI_STATUS variable_export_text(const struct platform *platform, const struct guid *vendor, const char *name, const char *text)
{
        CHAR16 wide[EXPORT_TEXT_MAX];
        size_t size;

        if (!widen(text, wide, sizeof(wide), &size))
                return EFI_BAD_BUFFER_SIZE;
        return variable_export(platform, vendor, name, wide, size);
}
