/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root-verity-sig partition that is accepted has sizes within their bounds, is for its own root hash, and for no shorter one.
 */
#include "common/format/root-signature.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct root_signature signature;

        if (root_signature_parse((const char *)data, size, &signature) != ERR_OK)
                return 0;
        MUST(ROOT_SIGNATURE_ROOT_SIZE_OK(signature.root_hash_size));
        MUST(signature.pkcs7_size > 0 && signature.pkcs7_size <= sizeof(signature.pkcs7));
        MUST(root_signature_is_for(&signature, signature.root_hash, signature.root_hash_size));
        MUST(!root_signature_is_for(&signature, signature.root_hash, signature.root_hash_size - 1));
        return 0;
}
