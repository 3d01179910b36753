/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The erase engine from a shell, for the scenarios of tests/uml and for bench: overwrites the devices named, reads them back,
 * prints one JSON object a device, and a last one with what it cost. Never shipped.
 *
 *   erase-probe [--uring | --threads | --refuse-uring] [--keystream] [--sampled] [--offset N] [--length N] [--resume N]
 *               [--write-only] [--no-write] [--no-verify] [--during COMMAND] [--between COMMAND] DEVICE...
 *   erase-probe --discard DEVICE... */
#include "common/base/bytes.h"
#include "linux/base/blockdev.h"
#include "linux/erase/discard.h"
#include "linux/erase/erase-engine.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
        int backend, pattern, sampled, write_only, no_write, no_verify, refuse_uring, discard;
        uint64_t offset, length, resume;
        const char *during, *between;
} options;

static uint64_t wall_ms(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void fail(const char *what)
{
        perror(what);
        exit(2);
}

static void run(const char *command)
{
        if (command && system(command) != 0)
                fail(command);
}

/* As a container's filter or a hardened kernel does it. */
static void refuse_uring(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { ARRAY_SIZE(code), code };
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                fail("seccomp");
}

static uint64_t size_of(const char *path)
{
        struct stat status;
        uint64_t size = 0;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) < 0)
                fail(path);
        if (S_ISBLK(status.st_mode) ? blockdev_size(fd, &size) < 0 : (size = (uint64_t)status.st_size) == 0)
                fail(path);
        (void)close(fd);
        return size;
}

static void once_during(void *context, uint64_t done, uint64_t total)
{
        run(options.during);
        options.during = NULL;
}

static void print_ranges(const char *name, const struct bad_ranges *list)
{
        (void)printf(", \"%s\": {\"bytes\": %llu, \"ranges\": [", name, (unsigned long long)list->total_bytes);
        for (uint32_t i = 0; i < list->count; i++)
                (void)printf("%s[%llu, %llu]", i ? ", " : "", (unsigned long long)list->ranges[i].start_bytes,
                             (unsigned long long)list->ranges[i].length_bytes);
        (void)printf("], \"more\": %s}", list->more ? "true" : "false");
}

static void print_task(const struct erase_task *task)
{
        const struct erase_outcome *outcome = &task->outcome;
        (void)printf("ERASED {\"device\": \"%s\", \"result\": %d, \"written\": %llu, \"write_ms\": %llu, \"offloaded\": %s, "
                     "\"verification\": \"%s\", \"verified\": %llu, \"verify_ms\": %llu, \"samples\": %llu",
                     task->path, task->result, (unsigned long long)outcome->written_bytes, (unsigned long long)outcome->write_ms,
                     outcome->offloaded ? "true" : "false", verification_name(outcome->verification),
                     (unsigned long long)outcome->verified_bytes, (unsigned long long)outcome->verify_ms,
                     (unsigned long long)outcome->sample_count);
        print_ranges("unwritable", &outcome->unwritable);
        print_ranges("unreadable", &outcome->unreadable);
        print_ranges("wrong", &outcome->wrong);
        (void)printf("}\n");
}

static void parse(int argc, char **argv)
{
        static const struct option names[] = {
                { "uring", no_argument, &options.backend, ERASE_BACKEND_URING },
                { "threads", no_argument, &options.backend, ERASE_BACKEND_THREADS },
                { "refuse-uring", no_argument, &options.refuse_uring, 1 },
                { "keystream", no_argument, &options.pattern, PATTERN_KEYSTREAM },
                { "sampled", no_argument, &options.sampled, 1 },
                { "write-only", no_argument, &options.write_only, 1 },
                { "no-write", no_argument, &options.no_write, 1 },
                { "no-verify", no_argument, &options.no_verify, 1 },
                { "discard", no_argument, &options.discard, 1 },
                { "offset", required_argument, NULL, 'o' },
                { "length", required_argument, NULL, 'l' },
                { "resume", required_argument, NULL, 'r' },
                { "during", required_argument, NULL, 'd' },
                { "between", required_argument, NULL, 'b' },
                { NULL, 0, NULL, 0 },
        };
        for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
                if (c == 'o' || c == 'l' || c == 'r')
                        *(c == 'o' ? &options.offset : c == 'l' ? &options.length : &options.resume) = strtoull(optarg, NULL, 10);
                else if (c == 'd' || c == 'b')
                        *(c == 'd' ? &options.during : &options.between) = optarg;
                else if (c != 0)
                        exit(2);
        }
}

/* All that level crypto does to contents whose keys are gone. */
static int discard_all(char *const *paths)
{
        int r = 0;
        for (; *paths && r == 0; paths++)
                r = blockdev_discard(*paths, 0, size_of(*paths));
        return r < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
        struct erase_task tasks[ERASE_TASKS_MAX] = { 0 };
        parse(argc, argv);
        size_t count = (size_t)(argc - optind);
        if (count == 0 || count > ERASE_TASKS_MAX)
                return 2;
        if (options.discard)
                return discard_all(argv + optind);
        if (options.refuse_uring)
                refuse_uring();
        const struct meter meter = { .advance = once_during };
        struct erase_options how = { .backend = options.backend };
        if (options.during)
                how.meter = &meter;
        for (size_t i = 0; i < count; i++) {
                const char *path = argv[optind + (int)i];
                tasks[i] = (struct erase_task){ .path = path,
                                                .offset_bytes = options.offset,
                                                .length_bytes = options.length ? options.length : size_of(path) - options.offset,
                                                .pattern = options.pattern,
                                                .key = { (uint8_t)(i + 1), 2, 3 },
                                                .resume_bytes = options.resume,
                                                .write_only = options.write_only };
        }
        uint64_t started = wall_ms(), written = started;
        int r = options.no_write ? 0 : erase_write(tasks, count, &how);
        written = wall_ms();
        run(options.between);
        uint64_t between = wall_ms();
        if (r == 0 && !options.no_verify)
                r = erase_verify(tasks, count, options.sampled ? VERIFICATION_SAMPLED : VERIFICATION_FULL, 4711, &how);
        uint64_t verified = wall_ms();
        for (size_t i = 0; i < count; i++)
                print_task(&tasks[i]);
        struct rusage usage;
        (void)getrusage(RUSAGE_SELF, &usage);
        (void)printf("COST {\"write_ms\": %llu, \"verify_ms\": %llu, \"max_rss_kib\": %ld}\n",
                     (unsigned long long)(written - started), (unsigned long long)(verified - between), usage.ru_maxrss);
        return r < 0 ? 1 : 0;
}
