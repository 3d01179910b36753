/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/root-open.h"

#include "common/format/root-signature.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/image/image-parts.h"
#include "linux/image/verity.h"
#include "linux/tpm/pkcs7.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CERTIFICATE_MAX 16384

static bool find_on_disk(struct boot_context *context, const struct root_image *image, struct root_signature *ret)
{
        const char *fault = image_parts_find_signature(&context->inventory, image->form, image->hash, image->hash_size, ret);
        if (fault && fault[0])
                context->root_fault = fault;
        return !fault;
}

static bool find_in_initrd(const struct root_image *image, struct root_signature *ret)
{
        _cleanup_free_ char *data = NULL;
        size_t size;
        const char *file = image->form == IMAGE_USR ? USR_SIGNATURE_FILE : ROOT_SIGNATURE_FILE;
        if (file_read(AT_FDCWD, file, ROOT_SIGNATURE_SIZE_MAX, &data, &size) < 0 || size == 0)
                return false;
        memcpy(ret->pkcs7, data, size);
        ret->pkcs7_size = size;
        return true;
}

/* What is signed is the root hash as text, as the kernel's dm-verity has it in its table. */
static int check_by_certificate(const struct root_image *image, const struct root_signature *signature)
{
        _cleanup_free_ char *certificate = NULL;
        size_t certificate_size;
        char text[ROOT_HASH_SIZE_MAX * 2 + 1];
        struct writer writer = writer_over(text, sizeof(text));
        int r = file_read(AT_FDCWD, "/" HANDOVER_ROOT_CERTIFICATE_PATH, CERTIFICATE_MAX, &certificate, &certificate_size);
        if (r < 0)
                return r;
        writer_hex(&writer, image->hash, image->hash_size);
        return pkcs7_verify((struct bytes){ signature->pkcs7, signature->pkcs7_size },
                            (struct bytes){ (const uint8_t *)text, writer.size },
                            (struct bytes){ (const uint8_t *)certificate, certificate_size });
}

static bool secure_boot_is_on(const struct boot_context *context)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        return context->variables.directory_fd >= 0 &&
               efivarfs_read(&context->variables, &guid_efi_global, "SecureBoot", &value, &size) == 0 && size == 1 &&
               *(const uint8_t *)value == 1;
}

/* The kernel's answer first where Secure Boot is on: it holds the certificate then, and nobody in user space can bend it.
 * Otherwise it takes none from the image; asking it first would put a failure on the screen that is none. */
static int open_signed(struct boot_context *context, const char *mapping, const struct root_image *image,
                       const struct root_signature *signature)
{
        if (!secure_boot_is_on(context) && check_by_certificate(image, signature) == 0) {
                context->root_proof = ROOT_PROOF_CERTIFICATE;
                return 0;
        }
        int r = verity_open_signed(mapping, image->data_path, image->hash_path, image->hash, image->hash_size, signature->pkcs7,
                                   signature->pkcs7_size);
        if (r == 0) {
                context->root_proof = ROOT_PROOF_KERNEL;
                return 0;
        }
        report_note(&context->report, "the kernel's keyrings do not vouch for the root hash: %s", strerror(-r));
        r = check_by_certificate(image, signature);
        if (r == 0)
                context->root_proof = ROOT_PROOF_CERTIFICATE;
        else
                context->root_fault = r == -ENOENT ? "the boot image names no certificate to check its signature by"
                                                   : "its signature is not one by the key that the boot image names";
        return r;
}

int root_meets(struct boot_context *context, enum root_policy required)
{
        if (required != ROOT_SIGNED || context->root_proof != ROOT_PROOF_NONE)
                return 0;
        return boot_trouble(context, -EKEYREJECTED,
                            "This machine starts signed system images only (root=signed), and this one is refused: %s.",
                            context->root_fault);
}

int root_open(struct boot_context *context, const char *mapping, const struct root_image *image)
{
        _cleanup_free_ struct root_signature *signature = calloc(1, sizeof(*signature));
        if (!signature)
                return -ENOMEM;
        context->root_proof = ROOT_PROOF_NONE;
        context->root_fault = "there is no signature over its root hash, neither on the disk nor in the boot image";
        if ((find_on_disk(context, image, signature) || find_in_initrd(image, signature)) &&
            open_signed(context, mapping, image, signature) == 0 && context->root_proof == ROOT_PROOF_KERNEL)
                return 0;
        int r = root_meets(context, context->handover.root);
        if (r < 0)
                return r;
        return verity_open(mapping, image->data_path, image->hash_path, image->hash, image->hash_size);
}
