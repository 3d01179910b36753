/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console whose other end a test holds: what is said comes out, what is typed goes in. And the restart that ends a program of
 * PID 1, which ends the call instead. For programs linked with --wrap=reboot,--wrap=sync. */
#ifndef CLEANSLATE_TESTS_UNIT_CONSOLE_FIXTURE_H
#define CLEANSLATE_TESTS_UNIT_CONSOLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initrd/report.h"

#define CONSOLE_SECONDS 30 /* who waits for a key that never comes fails the test */

static struct console {
        int end;
        char said[1 << 17];
        jmp_buf out;
} console;

/* A restart frees what PID 1 has. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
        return "detect_leaks=0";
}

int __wrap_reboot(int how);
int __wrap_reboot(int how)
{
        longjmp(console.out, how);
}

void __wrap_sync(void);
void __wrap_sync(void)
{
}

static inline void console_open(struct report *report)
{
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        report->kmsg_fd = -1;
        report->consoles.fds[0] = ends[0];
        report->consoles.count = 1;
        console.end = ends[1];
        (void)alarm(CONSOLE_SECONDS);
}

static inline void console_close(struct report *report)
{
        (void)close(console.end);
        (void)close(report->consoles.fds[0]);
        report->consoles.count = 0;
        (void)alarm(0);
}

static inline void console_type(const char *keys)
{
        assert_int_equal(write(console.end, keys, strlen(keys)), strlen(keys));
}

/* What was typed for nothing. */
static inline void console_forget_keys(const struct report *report)
{
        char keys[64];
        while (recv(report->consoles.fds[0], keys, sizeof(keys), MSG_DONTWAIT) > 0)
                ;
}

/* All that was said since the last call. */
static inline const char *console_said(void)
{
        size_t size = 0;
        ssize_t n;
        while ((n = recv(console.end, console.said + size, sizeof(console.said) - 1 - size, MSG_DONTWAIT)) > 0)
                size += (size_t)n;
        console.said[size] = 0;
        return console.said;
}

static inline void assert_said(const char *text)
{
        if (!strstr(console.said, text))
                fail_msg("not said: \"%s\", but:\n%s", text, console.said);
}

static inline void assert_not_said(const char *text)
{
        if (strstr(console.said, text))
                fail_msg("said: \"%s\" in:\n%s", text, console.said);
}

#endif
