/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says what PCR 11 will be when a unified kernel image has been started by the stub in normal mode, for the image builder to
 * sign. Reads one file, prints one line for each list of phases: PHASES PCR POLICY. Owns no prediction: that is common/pcr. */
#include "common/err.h"
#include "common/pcr.h"
#include "common/uki.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static void sha256(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool fine = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

        for (size_t i = 0; fine && i < count; i++)
                fine = EVP_DigestUpdate(context, chunks[i].data, chunks[i].size) == 1;
        fine = fine && EVP_DigestFinal_ex(context, ret, NULL) == 1;
        EVP_MD_CTX_free(context);
        if (!fine) {
                fprintf(stderr, "measure: libcrypto cannot compute SHA-256\n");
                exit(EXIT_FAILURE);
        }
}

/* Whole file, malloc()ed; NULL on failure with errno set. */
static void *read_file(const char *path, size_t *ret_size)
{
        FILE *stream = fopen(path, "rbe");
        void *data = NULL;
        long size = -1;

        if (!stream)
                return NULL;
        if (fseek(stream, 0, SEEK_END) == 0)
                size = ftell(stream);
        if (size > 0)
                data = malloc((size_t)size);
        if (data && (fseek(stream, 0, SEEK_SET) != 0 || fread(data, 1, (size_t)size, stream) != (size_t)size)) {
                free(data);
                data = NULL;
        }
        fclose(stream);
        if (data)
                *ret_size = (size_t)size;
        return data;
}

static void print_hex(const uint8_t bytes[static SHA256_SIZE])
{
        for (size_t i = 0; i < SHA256_SIZE; i++)
                printf("%02x", bytes[i]);
}

static void print_phases(const struct uki *uki, const char *phases)
{
        uint8_t pcr[SHA256_SIZE], policy[SHA256_SIZE];

        pcr_predict_sections(sha256, uki, pcr);
        pcr_extend_mode(sha256, pcr, MODE_NORMAL);
        pcr_extend_phases(sha256, pcr, phases);
        pcr_policy_digest(sha256, pcr, policy);
        printf("%s ", phases);
        print_hex(pcr);
        printf(" ");
        print_hex(policy);
        printf("\n");
}

int main(int argc, char **argv)
{
        struct uki uki;
        size_t size;
        void *image;
        enum err err;

        if (argc < 3) {
                fprintf(stderr, "usage: measure UKI PHASES...\n");
                return EXIT_FAILURE;
        }
        image = read_file(argv[1], &size);
        if (!image) {
                fprintf(stderr, "measure: cannot read %s: %m\n", argv[1]);
                return EXIT_FAILURE;
        }
        err = uki_find_sections(image, size, UKI_FILE, 0, &uki);
        if (err != ERR_OK) {
                fprintf(stderr, "measure: %s is no unified kernel image: %s\n", argv[1], err_text(err));
                free(image);
                return EXIT_FAILURE;
        }
        for (int i = 2; i < argc; i++)
                print_phases(&uki, argv[i]);
        free(image);
        return EXIT_SUCCESS;
}
