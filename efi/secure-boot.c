/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secure Boot and its one exception; see secure-boot.h. */
#include "efi/secure-boot.h"
#include "efi/variables.h"

struct security_protocol {
        EFI_STATUS(EFIAPI *authenticate_state)
        (const struct security_protocol *self, UINT32 authentication_status, const EFI_DEVICE_PATH *file);
};

struct security2_protocol {
        EFI_STATUS(EFIAPI *authenticate)
        (const struct security2_protocol *self, const EFI_DEVICE_PATH *file, void *buffer, UINTN size, BOOLEAN boot_policy);
};

static const EFI_GUID security_guid = { 0xa46423e3, 0x4617, 0x49f1, { 0xb9, 0xff, 0xd1, 0xbf, 0xa9, 0x11, 0x58, 0x39 } };
static const EFI_GUID security2_guid = { 0x94ab2f58, 0x1438, 0x4ef1, { 0x91, 0x52, 0x18, 0x94, 0x1a, 0x3a, 0x0e, 0x68 } };

struct kernel_path {
        VENDOR_DEVICE_PATH vendor;
        EFI_DEVICE_PATH end;
} __attribute__((packed));

/* Names "the kernel inside of a Cleanslate image"; nothing is installed under it. */
static const struct kernel_path kernel_path = {
        .vendor = { .Header = { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
                    .Guid = { 0x6d1ea6b1, 0x83f5, 0x4a0e, { 0x9c, 0x0b, 0x51, 0x0f, 0x6b, 0x7a, 0x92, 0xd4 } } },
        .end = { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

static bool flag_is_set(const struct platform *platform, const char *name)
{
        struct variable variable = { 0 };
        bool result;

        if (EFI_ERROR(variable_read(platform, &guid_efi_global, name, &variable)))
                return false;
        result = variable.size == 1 && *(const uint8_t *)variable.value == 1;
        variable_done(platform, &variable);
        return result;
}

bool secure_boot_enabled(const struct platform *platform)
{
        return flag_is_set(platform, "SecureBoot") && !flag_is_set(platform, "SetupMode");
}

EFI_DEVICE_PATH *secure_boot_kernel_path(void)
{
        return (EFI_DEVICE_PATH *)&kernel_path; /* the firmware only reads it */
}

/* The firmware may pass a copy of the path, so its bytes count. Nothing but our own LoadImage() runs while these are in place. */
static EFI_STATUS judge(const EFI_DEVICE_PATH *file)
{
        bool ours = file != NULL && memcmp(file, &kernel_path, sizeof(EFI_DEVICE_PATH)) == 0 && /* so it is as long as ours */
                    memcmp(file, &kernel_path, sizeof(kernel_path)) == 0;

        return ours ? EFI_SUCCESS : EFI_SECURITY_VIOLATION;
}

static EFI_STATUS EFIAPI authenticate_state(const struct security_protocol *self, UINT32 authentication_status,
                                            const EFI_DEVICE_PATH *file)
{
        return judge(file);
}

static EFI_STATUS EFIAPI authenticate(const struct security2_protocol *self, const EFI_DEVICE_PATH *file, void *buffer,
                                      UINTN size, BOOLEAN boot_policy)
{
        return judge(file);
}

static void *locate(const struct platform *platform, EFI_GUID guid)
{
        void *protocol = NULL;

        return EFI_ERROR(boot_services(platform)->LocateProtocol(&guid, NULL, &protocol)) ? NULL : protocol;
}

struct secure_boot_exception secure_boot_admit_kernel(const struct platform *platform)
{
        struct secure_boot_exception exception = { .security = locate(platform, security_guid),
                                                   .security2 = locate(platform, security2_guid) };

        if (exception.security != NULL) {
                exception.security_original = (void *)exception.security->authenticate_state;
                exception.security->authenticate_state = authenticate_state;
        }
        if (exception.security2 != NULL) {
                exception.security2_original = (void *)exception.security2->authenticate;
                exception.security2->authenticate = authenticate;
        }
        return exception;
}

void secure_boot_withdraw(struct secure_boot_exception *exception)
{
        if (exception->security != NULL)
                exception->security->authenticate_state = exception->security_original;
        if (exception->security2 != NULL)
                exception->security2->authenticate = exception->security2_original;
        *exception = (struct secure_boot_exception){ 0 };
}
