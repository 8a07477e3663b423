"""Doors the child shuts behind itself before it opens the file: limits, folders, network.

Used alone (Landlock and seccomp) where bubblewrap cannot make namespaces; the limits always.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Iterable
from pathlib import Path

AS_BYTES = 1536 * 1024 * 1024
CPU_S = 30
FSIZE_BYTES = 256 * 1024 * 1024

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = 0b1101  # execute, read file, read folder
_SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


def limit() -> None:
    """Memory 1.5 GiB, 30 s of CPU, files of 256 MiB, no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (AS_BYTES, AS_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FSIZE_BYTES, FSIZE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def landlock_version() -> int:
    """Version of Landlock that the kernel offers, 0 for none."""
    answer = _libc().syscall(_LANDLOCK_CREATE, None, 0, 1)
    return max(0, int(answer))


def shut(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Allow reading only below `readable`, writing only below `writable`, and no socket.

    Raises OSError when the kernel refuses: then nothing may be opened.
    """
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    _only_these_folders(libc, readable, writable)
    _no_sockets(libc)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _only_these_folders(
    libc: ctypes.CDLL, readable: Iterable[str], writable: Iterable[str]
) -> None:
    version = landlock_version()
    if version < 1:
        raise OSError("Landlock is not there")
    handled = (1 << 13) - 1  # all file rights of version 1
    if version >= 2:
        handled |= 1 << 13
    if version >= 3:
        handled |= 1 << 14
    rules = struct.pack("Q", handled)
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, len(rules), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock ruleset")
    for folders, rights in ((readable, _READ), (writable, handled)):
        for folder in folders:
            if Path(folder).exists():
                _allow(libc, ruleset, folder, rights & handled)
    if libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock restrict")
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, folder: str, rights: int) -> None:
    handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    rights = rights if Path(folder).is_dir() else rights & 0b111
    rule = struct.pack("=Qi", rights, handle)
    failed = libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0)
    os.close(handle)
    if failed:
        raise OSError(ctypes.get_errno(), f"landlock rule {folder}")


def _no_sockets(libc: ctypes.CDLL) -> None:
    """A seccomp filter: socket() answers EPERM, foreign system-call tables end the process."""
    arch, socket_call = _SOCKET_CALLS[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06
    program = b"".join(
        struct.pack("HBBI", *step)
        for step in (
            (load, 0, 0, 4),
            (equal, 1, 0, arch),
            (answer, 0, 0, 0x80000000),
            (load, 0, 0, 0),
            (equal, 0, 1, socket_call),
            (answer, 0, 0, 0x00050000 | 1),
            (answer, 0, 0, 0x7FFF0000),
        )
    )
    held = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    if libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_char_p(filter_), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
