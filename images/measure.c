/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says what PCR 11 will be when a unified kernel image has been started by the stub, for the image builder. Reads one file and
 * prints, for each list of phases, PHASES PCR POLICY of the normal mode, to be signed; with --boots, for each profile and mode in
 * which a record is made, BOOT PROFILE EVENT-BY PCR. Owns no prediction: that is common/format/pcr. */
#include "common/base/err.h"
#include "common/boot/pcr-mode.h"
#include "common/format/pcr.h"
#include "common/format/uki.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        pcr_mode_extend(sha256, pcr, MODE_NORMAL);
        pcr_extend_phases(sha256, pcr, phases);
        pcr_policy_digest(sha256, pcr, policy);
        printf("%s ", phases);
        print_hex(pcr);
        printf(" ");
        print_hex(policy);
        printf("\n");
}

static void print_boot(const struct uki *uki, unsigned profile, enum boot_mode mode, bool late)
{
        uint8_t pcr[SHA256_SIZE];

        pcr_mode_predict(sha256, uki, mode, late, pcr);
        printf("%s %u %s ", mode == MODE_NORMAL ? "ordinary" : boot_mode_name(mode), profile, late ? "initrd" : "stub");
        print_hex(pcr);
        printf("\n");
}

/* The profile chooses nothing but a command line and a request: the mode is the stub's decision in each. */
static enum err print_boots(const void *image, size_t size)
{
        struct uki uki;
        enum err err = uki_find_sections(image, size, UKI_FILE, 0, &uki);

        if (err != ERR_OK)
                return err;
        print_boot(&uki, 0, MODE_NORMAL, false);
        for (unsigned profile = 0; err == ERR_OK; err = uki_find_sections(image, size, UKI_FILE, ++profile, &uki))
                for (int late = 0; late < 2; late++) {
                        print_boot(&uki, profile, MODE_RESET, late);
                        print_boot(&uki, profile, MODE_RECOVERY, late);
                }
        return err == ERR_MISSING ? ERR_OK : err;
}

static enum err print_all_phases(const void *image, size_t size, char *const *phases)
{
        struct uki uki;
        enum err err = uki_find_sections(image, size, UKI_FILE, 0, &uki);

        for (; err == ERR_OK && *phases; phases++)
                print_phases(&uki, *phases);
        return err;
}

int main(int argc, char **argv)
{
        bool boots = argc == 3 && strcmp(argv[1], "--boots") == 0;
        const char *path = boots ? argv[2] : argv[1];
        size_t size;
        void *image;
        enum err err;

        if (argc < 3) {
                fprintf(stderr, "usage: measure UKI PHASES... | measure --boots UKI\n");
                return EXIT_FAILURE;
        }
        image = read_file(path, &size);
        if (!image) {
                fprintf(stderr, "measure: cannot read %s: %m\n", path);
                return EXIT_FAILURE;
        }
        err = boots ? print_boots(image, size) : print_all_phases(image, size, argv + 2);
        if (err != ERR_OK)
                fprintf(stderr, "measure: %s is no unified kernel image: it %s\n", path, err_text(err));
        free(image);
        return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
