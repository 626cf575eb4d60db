"""What a process may still do once it has confined itself: compute, and speak through the descriptors it has.

Linux's seccomp (its filters are programs of classic BPF, linux/filter.h): a system call that is not listed
fails with EPERM, so that no file is opened, no socket made, no program or process begun and no other process
signalled or read, whatever a file may have made of its reader.
"""

import ctypes
import errno
import os
import platform
import struct

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
# glibc takes this for an older kernel, and asks in the older way, whose flags can be read.
UNKNOWN = 0x00050000 | errno.ENOSYS
LOAD, EQUAL, AT_LEAST, HAS_BITS, END = 0x20, 0x15, 0x35, 0x45, 0x06
# Where a filter finds the number of the call, the machine it is meant for, and the lower half of the first
# argument (struct seccomp_data of linux/seccomp.h).
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16
# AUDIT_ARCH_X86_64, and where the calls of its 32-bit variant begin.
X86_64, X32 = 0xC000003E, 0x40000000
# What Python needs to compute, take memory, tell the time, and read and write what is open already; threads,
# too, with which YARA-X keeps its time.
ALLOWED = {
    "read": 0,
    "write": 1,
    "close": 3,
    "fstat": 5,
    "poll": 7,
    "lseek": 8,
    "mmap": 9,
    "mprotect": 10,
    "munmap": 11,
    "brk": 12,
    "rt_sigaction": 13,
    "rt_sigprocmask": 14,
    "rt_sigreturn": 15,
    "pread64": 17,
    "readv": 19,
    "writev": 20,
    "sched_yield": 24,
    "mremap": 25,
    "mincore": 27,
    "madvise": 28,
    "nanosleep": 35,
    "getitimer": 36,
    "setitimer": 38,
    "getpid": 39,
    "uname": 63,
    "exit": 60,
    "gettimeofday": 96,
    "getrusage": 98,
    "sysinfo": 99,
    "times": 100,
    "sigaltstack": 131,
    "gettid": 186,
    "time": 201,
    "futex": 202,
    "sched_getaffinity": 204,
    "restart_syscall": 219,
    "clock_gettime": 228,
    "clock_getres": 229,
    "clock_nanosleep": 230,
    "exit_group": 231,
    "set_robust_list": 273,
    "getrandom": 318,
    "membarrier": 324,
    "rseq": 334,
}
CLONE, CLONE3 = 56, 435
CLONE_THREAD = 0x00010000


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def close_in() -> None:
    """Give up every system call but the listed ones, for good, in this process and its threads.

    Only on x86-64 Linux are the calls' numbers known here; elsewhere nothing is given up. Raises OSError when
    the kernel has no filters.
    """
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    program = _filter()
    asked = _Program(len(program) // 8, program)
    for request in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(asked), 0, 0),
    ):
        if libc.prctl(*request) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"system calls cannot be given up: {os.strerror(number)}")


def _filter() -> bytes:
    """The program; each instruction is struct sock_filter, whose jumps count from the next one."""
    thread = [(HAS_BITS, 0, 1, CLONE_THREAD), (END, 0, 0, ALLOW), (END, 0, 0, REFUSE)]
    program = [
        (LOAD, 0, 0, MACHINE),
        (EQUAL, 1, 0, X86_64),
        (END, 0, 0, REFUSE),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        (END, 0, 0, REFUSE),
        (EQUAL, 0, 1, CLONE3),
        (END, 0, 0, UNKNOWN),
        (EQUAL, 0, 1 + len(thread), CLONE),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        *thread,
    ]
    for call in ALLOWED.values():
        program += [(EQUAL, 0, 1, call), (END, 0, 0, ALLOW)]
    program.append((END, 0, 0, REFUSE))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
