/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The `cleanslate` command: picks the subcommand and hands it the real machine. */
#include "common/base/bytes.h"
#include "common/boot/reseal.h"
#include "linux/base/command.h"
#include "reset-tool/announcement.h"
#include "reset-tool/environment.h"
#include "reset-tool/preserve.h"
#include "reset-tool/requester.h"
#include "reset-tool/timetable.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "cleanslate COMMAND [OPTIONS]\n"
                           "\n"
                           "Returns this system to the state that its verified image describes.\n"
                           "\n"
                           "  plan         show what a reset would do here now\n"
                           "                 [--json] [--level=LEVEL] [--tpm-clear=POLICY | --no-tpm]\n"
                           "  preflight    try what a reset needs\n"
                           "                 [--json]\n"
                           "  doctor       say why a reset could not work here, and what to do\n"
                           "                 [--json]\n"
                           "  request      request a factory reset at the next boot, or at a time\n"
                           "                 [--at=TIME | --in=TIME | --on-next-boot] [--level=LEVEL]\n"
                           "                 [--tpm-clear=POLICY | --no-tpm] [--keep=PATH...] [--reason=TEXT]\n"
                           "                 [--reboot] [--yes] [--force]\n"
                           "  postpone     postpone a scheduled reset\n"
                           "                 TIME\n"
                           "  status       show what is requested and how far a reset has come\n"
                           "                 [--json] [--watch]\n"
                           "  cancel       cancel the request, or a scheduled reset\n"
                           "  reseal       prepare a change of Secure Boot's keys\n"
                           "                 [--cancel] [--json]\n"
                           "  log          list the resets of this device\n"
                           "                 [--json]\n"
                           "  certificate  what the record of a reset says, and whether it is true\n"
                           "                 list | show | verify | export [RECORD] [--key=FILE]\n"
                           "                 [--expected-pcrs=FILE] [--pcr=N=HEX...] [--output=DIRECTORY] [--json]\n"
                           "  boot-ok      mark this boot as successful (its service does)\n"
                           "\n"
                           "  -h, --help     show this help; `cleanslate COMMAND --help` tells more\n"
                           "      --version  show the version\n";

/* Commands that look at the whole machine need libraries for partition tables and TPMs, which `status` should not have to wait
 * for: this source is made into two programs, and the small one hands such a command to the other. */
#ifdef CLEANSLATE_INSPECT
#define INSPECTS(command) command
#define PRESERVE          &preserve_on_esp
#else
#define INSPECTS(command) hand_over
#define PRESERVE          NULL

static const char program[] = "cleanslate-inspect";

/* The one beside this program, if there is one: in the build tree, both are of the same make. Installed, there is none. */
static bool find_beside(char ret[static PATH_MAX])
{
        ssize_t size = readlink("/proc/self/exe", ret, PATH_MAX);
        char *name = size > 0 && size < PATH_MAX ? memrchr(ret, '/', (size_t)size) : NULL;
        if (!name || (size_t)(name + 1 - ret) + sizeof(program) > PATH_MAX)
                return false;
        memcpy(name + 1, program, sizeof(program));
        return access(ret, X_OK) == 0;
}

static int hand_over(const struct environment *environment, int argc, char **argv)
{
        char beside[PATH_MAX];
        const char *path = find_beside(beside) ? beside : CLEANSLATE_INSPECT_PATH;
        (void)execv(path, argv - 1); /* with the word in front of the command, too */
        fprintf(environment->errors,
                "cleanslate %s: cannot start %s: %s.\n"
                "Install the whole package, or build %s beside this program (make all).\n",
                argv[0], path, strerror(errno), program);
        return STATUS_FAILURE;
}
#endif

static const struct {
        const char *name;
        int (*run)(const struct environment *environment, int argc, char **argv);
} commands[] = {
        /* what the whole machine is looked at for */
        { "plan", INSPECTS(plan_command) },
        { "preflight", INSPECTS(preflight_command) },
        { "doctor", INSPECTS(doctor_command) },
        { "request", INSPECTS(request_command) },
        { "certificate", INSPECTS(certificate_command) },
        { "inspect", INSPECTS(inspect_command) },
        { "keep", INSPECTS(preserve_command) },
        { "postpone", INSPECTS(postpone_command) },
        { "run-schedule", INSPECTS(run_schedule_command) },
        { "cancel", INSPECTS(cancel_command) }, /* which may have a bundle on the ESP to delete */
        /* what has to be quick */
        { "status", status_command },
        { "reseal", reseal_command },
        { "log", log_command },
        { "boot-ok", boot_ok_command },
};

static int reboot_by_systemd(void)
{
        execlp("systemctl", "systemctl", "reboot", (char *)NULL);
        return -errno;
}

static int run_command(int argc, char **argv)
{
        char requester[64];
        requester_describe(requester, sizeof(requester));
        const struct environment environment = {
                .output = stdout,
                .errors = stderr,
                .effective_user = geteuid(),
                .requester = requester,
                .firmware_path = "/sys/firmware/efi",
                .os_release_paths = { "/etc/os-release", "/usr/lib/os-release" },
                .boot_id_path = "/proc/sys/kernel/random/boot_id",
                .handover_path = "/run/cleanslate/boot",
                .disk_path = "/run/cleanslate/disk",
                .reseal_key_path = RESEAL_REQUEST_KEY_PATH,
                .esp_paths = { "/efi", "/boot/efi", "/boot" },
                .journal_path = JOURNAL_PATH,
                .schedule_path = SCHEDULE_PATH,
                .timer_path = TIMER_PATH,
                .command = command_run,
                .reboot = reboot_by_systemd,
                .preserve = PRESERVE,
                .tries_makers = true,
                .input = isatty(STDIN_FILENO) ? stdin : NULL,
        };
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (strcmp(argv[0], commands[i].name) == 0)
                        return commands[i].run(&environment, argc, argv);
        fprintf(stderr, "cleanslate: there is no command \"%s\". See `cleanslate --help`.\n", argv[0]);
        return STATUS_USAGE;
}

int main(int argc, char **argv)
{
        if (argc < 2) {
                fputs(help, stderr);
                return STATUS_USAGE;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
                fputs(help, stdout);
        else if (strcmp(argv[1], "--version") == 0)
                printf("cleanslate %s\n", CLEANSLATE_VERSION);
        else
                return run_command(argc - 1, argv + 1);
        return STATUS_OK;
}
