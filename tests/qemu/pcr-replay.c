/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PID 1 of somebody else's system on the same machine: extends PCR 11 by the digests in the file /pcr-replay.digests, as the stub
 * would have, and starts the image's own init. All that it needs is public. For tests/qemu/test_pcr_replay.py. */
#include "common/format/pcr.h"
#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int extend(struct tpm *tpm, const uint8_t digest[static SHA256_SIZE])
{
        TPML_DIGEST_VALUES values = { .count = 1, .digests = { { .hashAlg = TPM2_ALG_SHA256 } } };
        memcpy(&values.digests[0].digest, digest, SHA256_SIZE);
        return tpm_result(tpm,
                          Esys_PCR_Extend(tpm->esys, PCR_KERNEL_IMAGE, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &values));
}

static int replay(void)
{
        _cleanup_fclose_ FILE *file = fopen("/pcr-replay.digests", "re");
        uint8_t digest[SHA256_SIZE];
        struct tpm *tpm = NULL;
        int count = 0;
        int r = file ? tpm_open(NULL, &tpm) : -errno;
        while (r == 0 && fread(digest, sizeof(digest), 1, file) == 1) {
                r = extend(tpm, digest);
                count += r == 0;
        }
        (void)tpm_free(tpm);
        return r < 0 ? r : count;
}

int main(void)
{
        if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) < 0)
                return 1;
        (void)mkdir("/sys", 0555);
        if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0) /* which TPMs there are */
                return 1;
        int r = replay();
        FILE *log = fopen("/dev/kmsg", "we");
        if (log) {
                fprintf(log, "<2>replay: %d measurements of the stub's repeated (%s)\n", r, r < 0 ? strerror(-r) : "done");
                (void)fclose(log);
        }
        (void)umount2("/sys", MNT_DETACH);
        (void)umount2("/dev", MNT_DETACH);
        execl("/init", "init", (char *)NULL);
        return 1;
}
