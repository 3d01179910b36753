/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything outside of the program that a command touches, so that tests can hand in a machine of their own. main.c fills it for
 * the real one. */
#ifndef CLEANSLATE_RESET_TOOL_ENVIRONMENT_H
#define CLEANSLATE_RESET_TOOL_ENVIRONMENT_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct preserve_calls;

struct environment {
        FILE *output, *errors;
        uid_t effective_user;
        const char *requester;           /* who asks, for the record: "alice (sudo)" */
        const char *firmware_path;       /* /sys/firmware/efi: absent = not booted by EFI */
        const char *variables_path;      /* NULL = EFIVARFS_PATH, which then has to be a mounted efivarfs */
        const char *os_release_paths[2]; /* the first that exists counts */
        const char *boot_id_path;
        const char *handover_path;   /* what the initrd left of the stub's decision; may be absent */
        const char *disk_path;       /* the GUID of the disk we were started from, left by the initrd; may be absent */
        const char *reseal_key_path; /* by which a planned reseal is asked for, left by the initrd; may be absent */
        const char *esp_paths[3];    /* where the EFI system partition may be mounted; the first that is one counts */
        const char *journal_path;    /* the journal's socket; NULL = it is told nothing */
        const char *schedule_path;   /* of a reset that has a time set; see timetable.h */
        const char *timer_path;      /* the unit that is written for it */
        int (*command)(const char *const argv[], char *ret_output, size_t capacity); /* command_run() */
        int (*reboot)(void);                   /* negative errno; does not return otherwise */
        const struct preserve_calls *preserve; /* NULL = this program cannot have files outlive a reset */
        const char *preserve_helper_path;      /* the socket of who can, of the service alone; see preserve-request.h */
        FILE *input;                           /* a terminal, where a person can be asked; NULL = nobody is there */

        /* The rest is for what looks at the whole machine; NULL = the running system's own. */
        const char *root_path;         /* "/" */
        const char *command_line_path; /* "/proc/cmdline" */
        const char
                *signed_policy_path; /* the directory with tpm2-pcr-public-key.pem and tpm2-pcr-signature.json: "/run/systemd" */
        const char *power_supply_path; /* "/sys/class/power_supply" */
        const char *boot_disk;         /* a device or an image of one; NULL = the disk that the loader variables name */
        const char *esp_path;          /* a directory; NULL = the partition the loader variables name, mounted out of sight */
        bool tries_makers;             /* the image's mkfs may be run on memory */
        const char *tcti;              /* how the TPM is reached, "none" = there is none; NULL = see tpm_open() */
};

/* systemd-factory-reset's, where it has one. */
enum exit_status {
        STATUS_OK = 0,
        STATUS_FAILURE = 1,
        STATUS_USAGE = 2,
        STATUS_EXECUTING = 10,
        STATUS_PENDING = 11,
        STATUS_REFUSED = 12
};

int request_command(const struct environment *environment, int argc, char **argv);
int status_command(const struct environment *environment, int argc, char **argv);
int boot_ok_command(const struct environment *environment, int argc, char **argv);
int postpone_command(const struct environment *environment, int argc, char **argv);
int run_schedule_command(const struct environment *environment, int argc, char **argv); /* cleanslate-schedule.service's */
int plan_command(const struct environment *environment, int argc, char **argv);
int preflight_command(const struct environment *environment, int argc, char **argv);
int doctor_command(const struct environment *environment, int argc, char **argv);
int cancel_command(const struct environment *environment, int argc, char **argv);
int certificate_command(const struct environment *environment, int argc, char **argv);
int inspect_command(const struct environment *environment, int argc, char **argv);  /* the service's; see inspection.h */
int preserve_command(const struct environment *environment, int argc, char **argv); /* the service's; see preserve-request.h */
int reseal_command(const struct environment *environment, int argc, char **argv);
int log_command(const struct environment *environment, int argc, char **argv);

#endif
