/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For LD_PRELOAD under User Mode Linux 6.1 on processors with more register state than it has room for (AMX: 11 KiB): the host's
 * kernel takes a process's extended state whole or not at all, so what the guest's kernel does not know stays as it is. */
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

long ptrace(enum __ptrace_request request, ...);

static void widen(pid_t pid, struct iovec *known, void *whole, size_t capacity)
{
        struct iovec all = { whole, capacity };
        if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) != 0 || all.iov_len <= known->iov_len)
                return;
        memcpy(whole, known->iov_base, known->iov_len);
        *known = all;
}

long ptrace(enum __ptrace_request request, ...)
{
        static _Thread_local _Alignas(64) uint8_t whole[32768];
        va_list arguments;
        va_start(arguments, request);
        pid_t pid = va_arg(arguments, pid_t);
        void *address = va_arg(arguments, void *), *data = va_arg(arguments, void *);
        va_end(arguments);
        struct iovec state;
        if (request == PTRACE_SETREGSET && (uintptr_t)address == NT_X86_XSTATE) {
                state = *(struct iovec *)data;
                widen(pid, &state, whole, sizeof(whole));
                data = &state;
        }
        if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
                long value = 0;
                long r = syscall(SYS_ptrace, request, pid, address, &value);
                return r < 0 ? r : value;
        }
        return syscall(SYS_ptrace, request, pid, address, data);
}
