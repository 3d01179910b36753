/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ATA disks: SANITIZE DEVICE and SECURITY ERASE UNIT. Source: ACS-3, 7.36 to 7.43. */
#include "linux/media/media-ata.h"
#include "linux/media/media-purge-adapter.h"
#include <errno.h>
#include <string.h>

enum {
        SECURITY_SET_PASSWORD = 0xf1,
        SECURITY_UNLOCK,
        SECURITY_ERASE_PREPARE,
        SECURITY_ERASE_UNIT,
        SECURITY_DISABLE_PASSWORD = 0xf6
};
enum { SANITIZE_CRYPTO = 0x11, SANITIZE_BLOCK = 0x12, SANITIZE_OVERWRITE = 0x14 };

#define SANITIZE_CRYPTO_KEY    0x43727970               /* "Cryp" */
#define SANITIZE_BLOCK_KEY     0x426b4572               /* "BkEr" */
#define SANITIZE_OVERWRITE_KEY (UINT64_C(0x4f57) << 32) /* "OW", the pattern of zeros below it */
#define SANITIZE_FAILURE_MODE  (1u << 4)                /* count: a failure can be left without another sanitize */
#define SANITIZE_CLEAR_FAILED  (1u << 0)                /* count, of SANITIZE STATUS EXT */
#define ERASE_ENHANCED         (1u << 1)                /* word 0 of what SECURITY ERASE UNIT is sent */
#define ERASE_MINUTES_UNKNOWN  (12u * 60)
#define ERASE_MINUTES_SLACK    30u

static void preserve_status(const struct purge_run *run, const struct ata_registers *registers)
{
        run->result->device_status = (uint32_t)registers->status << 8 | registers->error;
}

static int poll_sanitize(const struct purge_run *run, enum purge_state *ret_state, uint16_t *ret_progress)
{
        struct ata_sanitize_status status;
        struct ata_registers registers;
        int r = media_ata_sanitize_status(run->fd, 0, &status, &registers);

        if (r < 0)
                return r;
        preserve_status(run, &registers);
        *ret_progress = status.progress;
        *ret_state = status.state == ATA_SANITIZE_RUNNING ? PURGE_RUNNING
                     : status.state == ATA_SANITIZE_DONE  ? PURGE_DONE
                                                          : PURGE_FAILED;
        return 0;
}

static int sanitize(const struct purge_run *run, struct ata_command command)
{
        struct ata_registers registers = { 0 };
        struct ata_sanitize_status status;

        command.command = ATA_SANITIZE;
        command.extended = true;
        command.count |= SANITIZE_FAILURE_MODE;
        int r = ata_send(run->fd, &command, &registers);
        preserve_status(run, &registers);
        if (r < 0) {
                bool frozen = r == -EIO && (registers.lba & 0xff) == 3; /* ACS-3 table 93: in the frozen state */
                purge_say(run, "the device refused %s%s; nothing was erased", media_technique_text(run->technique),
                          frozen ? ", because the firmware froze it: suspend and resume the machine, or power-cycle the drive, "
                                   "then try again"
                                 : "");
                return frozen ? -EPERM : r;
        }
        r = purge_follow(run, poll_sanitize);
        if (r != -EIO || run->result->words[0])
                return r;
        bool usable = media_ata_sanitize_status(run->fd, SANITIZE_CLEAR_FAILED, &status, &registers) == 0 &&
                      status.state != ATA_SANITIZE_FAILED;
        purge_say(run, "%s failed inside the device: data may be left on it; %s", media_technique_text(run->technique),
                  usable ? "it takes writes again" : "it stays in failure mode until a sanitize succeeds");
        return r;
}

/* The five commands that carry a password, or none. */
static int send_security(int fd, uint8_t code, uint16_t flags, unsigned minutes, struct ata_registers *ret)
{
        uint8_t data[ATA_BLOCK_SIZE] = { (uint8_t)flags };

        memcpy(data + 2, MEDIA_ATA_PASSWORD, strlen(MEDIA_ATA_PASSWORD));
        return ata_send(fd,
                        &(struct ata_command){ .command = code,
                                               .send = code == SECURITY_ERASE_PREPARE ? NULL : data,
                                               .timeout_ms = minutes * 60000 },
                        ret);
}

static unsigned erase_minutes(const struct media_ata_security *security, bool enhanced)
{
        unsigned minutes = enhanced ? security->enhanced_minutes : security->minutes;

        return minutes ? 2 * minutes + ERASE_MINUTES_SLACK : ERASE_MINUTES_UNKNOWN;
}

/* The way back: whatever happened, no password may stay. */
static int take_password_off(const struct purge_run *run, int error)
{
        struct ata_registers registers;
        struct media_facts now = { 0 };
        struct ata_abilities abilities;

        if (media_ata_identify(run->fd, &now, &abilities) == 0 && now.security.locked)
                (void)send_security(run->fd, SECURITY_UNLOCK, 0, 0, &registers);
        bool off = send_security(run->fd, SECURITY_DISABLE_PASSWORD, 0, 0, &registers) == 0;
        purge_say(run, "%s failed (status 0x%x): data may be left on the disk; %s", media_technique_text(run->technique),
                  run->result->device_status,
                  off ? "its password was taken off again"
                      : "it keeps the user password \"" MEDIA_ATA_PASSWORD "\" until somebody takes it off");
        return error;
}

static int secure_erase(const struct purge_run *run, bool enhanced)
{
        struct ata_registers registers = { 0 };
        struct media_facts now = { 0 };
        struct ata_abilities abilities;
        int r = media_ata_identify(run->fd, &now, &abilities);

        if (r < 0) {
                purge_say(run, "it does not answer IDENTIFY DEVICE; nothing was erased");
                return r;
        }
        if (now.security.frozen || now.security.locked) {
                purge_say(run, "%s",
                          now.security.frozen ? "frozen by the firmware: suspend and resume the machine, or power-cycle the "
                                                "drive, then try again"
                                              : "locked with a password: unlock it with that password, then try again");
                return now.security.frozen ? -EPERM : -EACCES;
        }
        r = send_security(run->fd, SECURITY_SET_PASSWORD, 0, 0, &registers);
        preserve_status(run, &registers);
        if (r < 0) {
                purge_say(run,
                          "the device takes no password, which it wants before a secure erase (status 0x%x); nothing was erased",
                          run->result->device_status);
                return r;
        }
        r = send_security(run->fd, SECURITY_ERASE_PREPARE, 0, 0, &registers);
        if (r == 0)
                r = send_security(run->fd, SECURITY_ERASE_UNIT, enhanced ? ERASE_ENHANCED : 0,
                                  erase_minutes(&run->facts->security, enhanced), &registers);
        preserve_status(run, &registers);
        if (r < 0)
                return take_password_off(run, r);
        r = media_ata_identify(run->fd, &now, &abilities);
        if (r < 0 || now.security.enabled) /* a successful erase ends with the password gone */
                return take_password_off(run, -EIO);
        return 0;
}

int media_ata_purge(const struct purge_run *run)
{
        switch (run->technique) {
        case MEDIA_ATA_SANITIZE_BLOCK:
                return sanitize(run, (struct ata_command){ .features = SANITIZE_BLOCK, .lba = SANITIZE_BLOCK_KEY });
        case MEDIA_ATA_SANITIZE_CRYPTO:
                return sanitize(run, (struct ata_command){ .features = SANITIZE_CRYPTO, .lba = SANITIZE_CRYPTO_KEY });
        case MEDIA_ATA_SANITIZE_OVERWRITE: /* count 3:0: one pass; 0 would mean 16 */
                return sanitize(
                        run, (struct ata_command){ .features = SANITIZE_OVERWRITE, .lba = SANITIZE_OVERWRITE_KEY, .count = 1 });
        case MEDIA_ATA_SECURE_ERASE_ENHANCED:
                return secure_erase(run, true);
        case MEDIA_ATA_SECURE_ERASE:
                return secure_erase(run, false);
        default:
                return -EOPNOTSUPP;
        }
}

int media_ata_settle(const struct purge_run *run)
{
        if (!run->facts->sanitize_busy)
                return 0;
        int r = purge_follow(run, poll_sanitize);
        return r == -EIO && !run->result->words[0] ? 0 : r; /* the earlier one failed: this one is yet to come */
}

int media_ata_unlock_own(int fd)
{
        struct media_facts now = { 0 };
        struct ata_abilities abilities;
        struct ata_registers registers;
        int r = media_ata_identify(fd, &now, &abilities);

        if (r < 0 || !now.security.enabled)
                return r;
        if (now.security.locked && send_security(fd, SECURITY_UNLOCK, 0, 0, &registers) < 0)
                return -EACCES;
        return send_security(fd, SECURITY_DISABLE_PASSWORD, 0, 0, &registers) < 0 ? -EACCES : 0;
}
