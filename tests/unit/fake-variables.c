/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The variables of the firmware made of memory, with a quota; and the device's secret among them. */
#include "fake-internal.h"

#include "common/base/utf16.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_variable *fake_variable_find(const struct guid *vendor, const char *name)
{
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                if (strcmp(fake_current->variables[i].name, name) == 0 && guid_equal(&fake_current->variables[i].vendor, vendor))
                        return &fake_current->variables[i];
        return NULL;
}

EFI_STATUS EFIAPI fake_get_variable(CHAR16 *wide_name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, void *value)
{
        const struct fake_variable *variable;
        char name[64];

        fake_narrow(wide_name, name, sizeof(name));
        if (EFI_ERROR(fake_current->faults.get_variable) && strcmp(name, fake_current->faults.get_variable_name) == 0)
                return fake_current->faults.get_variable;
        variable = fake_variable_find((const struct guid *)vendor, name);
        if (variable == NULL)
                return EFI_NOT_FOUND;
        if (*size < variable->size) {
                *size = variable->size;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = variable->size;
        memcpy(value, variable->value, variable->size);
        if (attributes != NULL)
                *attributes = variable->attributes;
        return EFI_SUCCESS;
}

static size_t bytes_in_use(void)
{
        size_t sum = 0;

        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                sum += fake_current->variables[i].size;
        return sum;
}

#define FAKE_VARIABLE_OVERHEAD 60 /* of the header and the name, about as edk2 has it */

static size_t bytes_in_store(void)
{
        size_t sum = 0;

        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                if (fake_current->variables[i].attributes & EFI_VARIABLE_NON_VOLATILE)
                        sum += fake_current->variables[i].size + FAKE_VARIABLE_OVERHEAD;
        return sum;
}

/* Written behind what there is; the old value counts until the store is tidied up. */
static bool takes(const struct fake_variable *before, size_t size)
{
        const size_t store = fake_current->faults.store_size, needs = size + FAKE_VARIABLE_OVERHEAD;

        if (store == 0)
                return true;
        if (bytes_in_store() + fake_current->store_garbage + needs > store)
                fake_current->store_garbage = 0;
        if (bytes_in_store() + fake_current->store_garbage + needs > store)
                return false;
        if (before != NULL)
                fake_current->store_garbage += before->size + FAKE_VARIABLE_OVERHEAD;
        return true;
}

EFI_STATUS EFIAPI fake_query_variable_info(UINT32 attributes, UINT64 *whole, UINT64 *remaining, UINT64 *most)
{
        const struct fake_faults *faults = &fake_current->faults;

        fake_must(attributes == 7, "a question about other variables");
        *whole = faults->store_size > 0 ? faults->store_size : 1 << 20;
        *remaining = *whole - bytes_in_store();
        *most = faults->variable_most > 0 ? faults->variable_most : *whole;
        return EFI_SUCCESS;
}

static EFI_STATUS fake_variable_store(const struct guid *vendor, const char *name, UINT32 attributes, const void *value,
                                      size_t size)
{
        struct fake_variable *variable = fake_variable_find(vendor, name);

        if (variable != NULL && variable->attributes != attributes)
                return EFI_INVALID_PARAMETER;
        if (fake_current->faults.variable_quota > 0 && bytes_in_use() + size > fake_current->faults.variable_quota)
                return EFI_OUT_OF_RESOURCES;
        if (fake_current->faults.variable_most > 0 && size > fake_current->faults.variable_most)
                return EFI_INVALID_PARAMETER;
        if ((attributes & EFI_VARIABLE_NON_VOLATILE) && !takes(variable, size))
                return EFI_OUT_OF_RESOURCES;
        for (size_t i = 0; variable == NULL && i < FAKE_VARIABLES_MAX; i++)
                if (fake_current->variables[i].name[0] == '\0')
                        variable = &fake_current->variables[i];
        fake_must(variable != NULL, "too many variables");
        free(variable->value);
        *variable = (struct fake_variable){
                .vendor = *vendor, .attributes = attributes, .value = fake_copy(value, size), .size = size
        };
        snprintf(variable->name, sizeof(variable->name), "%s", name);
        return EFI_SUCCESS;
}

/* As edk2: the attributes must be the variable's even now. */
static EFI_STATUS fake_variable_remove(const struct guid *vendor, const char *name, UINT32 attributes)
{
        struct fake_variable *variable = fake_variable_find(vendor, name);

        if (variable == NULL)
                return EFI_NOT_FOUND;
        if (variable->attributes != attributes)
                return EFI_INVALID_PARAMETER;
        if (fake_current->faults.store_size > 0 && (attributes & EFI_VARIABLE_NON_VOLATILE))
                fake_current->store_garbage += variable->size + FAKE_VARIABLE_OVERHEAD;
        free(variable->value);
        *variable = (struct fake_variable){ 0 };
        return EFI_SUCCESS;
}

EFI_STATUS EFIAPI fake_service_set_variable(CHAR16 *wide_name, EFI_GUID *vendor, UINT32 attributes, UINTN size, void *value)
{
        char name[64];

        fake_narrow(wide_name, name, sizeof(name));
        fake_record(FAKE_SET_VARIABLE, name);
        if (EFI_ERROR(fake_current->faults.set_variable) && strcmp(name, fake_current->faults.set_variable_name) == 0)
                return fake_current->faults.set_variable;
        if (size == 0)
                return fake_variable_remove((const struct guid *)vendor, name, attributes);
        return fake_variable_store((const struct guid *)vendor, name, attributes, value, size);
}

void fake_set_variable(struct fake_firmware *firmware, const struct guid *vendor, const char *name, const void *value,
                       size_t size)
{
        fake_must(fake_variable_store(vendor, name, 7, value, size) == EFI_SUCCESS, "cannot set a variable");
}

static void set_text(const char *name, UINT32 attributes, const char *text)
{
        uint8_t value[512];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(text, strlen(text), &writer);
        fake_must(!writer.overflow, "a text that is too long");
        fake_must(fake_variable_store(&guid_loader_interface, name, attributes, value, writer.size) == EFI_SUCCESS,
                  "cannot set a variable");
}

void fake_set_loader_text(struct fake_firmware *firmware, const char *name, const char *text)
{
        set_text(name, 7, text);
}

void fake_set_boot_loader_text(struct fake_firmware *firmware, const char *name, const char *text)
{
        set_text(name, EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS, text);
}

const struct fake_variable *fake_find_variable(const struct fake_firmware *firmware, const struct guid *vendor, const char *name)
{
        return fake_variable_find(vendor, name);
}

const char *fake_exported_text(const struct fake_firmware *firmware, const char *name)
{
        static char text[512];
        const struct fake_variable *variable = fake_variable_find(&guid_loader_interface, name);
        struct writer writer = writer_over(text, sizeof(text));

        if (variable == NULL || variable->attributes != (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS) ||
            variable->size < 2 || load_le16(variable->value + variable->size - 2) != 0)
                return NULL;
        return utf16_to_utf8(variable->value, variable->size, &writer) == ERR_OK ? text : NULL;
}

const struct device_secret fake_device_secret = { .secret = "what only this firmware knows..." };

void fake_set_private_variable(struct fake_firmware *firmware, const struct guid *vendor, const char *name, const void *value,
                               size_t size)
{
        fake_must(firmware == fake_current, "another firmware");
        if (fake_variable_find(vendor, name) != NULL)
                (void)fake_variable_remove(vendor, name, fake_variable_find(vendor, name)->attributes);
        fake_must(fake_variable_store(vendor, name, EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS, value, size) ==
                          EFI_SUCCESS,
                  "no room for a private variable");
}

void fake_set_device_secret(struct fake_firmware *firmware, const struct device_secret *secret)
{
        uint8_t encoded[DEVICE_SECRET_ENCODED_SIZE];

        device_secret_encode(secret, encoded);
        fake_set_private_variable(firmware, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME, encoded, sizeof(encoded));
}
