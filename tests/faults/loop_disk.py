"""A small ext4 of its own on a loop file: it can be filled, frozen, and lose its power.

The mount lives in a mount namespace of this test process. When the process ends, however it ends, the kernel takes the
mount away and frees the loop device.
"""
import contextlib
import ctypes
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import sys

from harness import Skip, wait_until

CLONE_NEWNS = 0x00020000
EXT4_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSH = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH: what the journal holds in memory is lost too
FITHAW = 0xC0045878

# Thaws after some seconds, or as soon as the test lets go or dies: nobody could thaw a file system that nobody can name.
GUARDIAN = f"""
import fcntl, os, select, sys
disk = os.open(sys.argv[1], os.O_RDONLY)
print("ready", flush=True)
select.select([sys.stdin], [], [], float(sys.argv[2]))
try:
    fcntl.ioctl(disk, {FITHAW}, 0)
except OSError:
    pass  # it was thawed already
"""


def _command(*line):
    done = subprocess.run([str(part) for part in line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{line[0]} failed: {done.stdout}{done.stderr}"


def need_loop():
    """Skips, with the reason, where this process may not mount."""
    if os.geteuid() != 0:
        raise Skip("not root: mounting a loop file system needs it")
    for tool in ("mkfs.ext4", "mount", "umount", "fsfreeze"):
        if shutil.which(tool) is None:
            raise Skip(f"{tool} is not installed")
    if not os.path.exists("/dev/loop-control"):
        raise Skip("this kernel has no loop devices")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise Skip(f"no mount namespace: {os.strerror(ctypes.get_errno())}")
    done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Skip(f"mounts cannot be made private: {done.stderr.strip()}")


class LoopDisk:
    """Call from the main thread, before there are others: only threads that come later see the mount."""

    def __init__(self, run, megabytes):
        need_loop()
        self.image = run.folder / "disk.img"
        self.path = run.folder / "disk"
        self.path.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        _command("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        self._guardian = None
        self._mounted = False
        run.own(self)
        mounted = self._try_mount()
        if mounted is not None:
            raise Skip(f"no loop mount: {mounted}")

    def _try_mount(self):
        done = subprocess.run(["mount", "-o", "loop", self.image, self.path], capture_output=True, text=True, timeout=60,
                              check=False)
        self._mounted = done.returncode == 0
        return None if self._mounted else done.stderr.strip()

    # -- power -------------------------------------------------------------------

    def cut(self):
        """The power goes: nothing reaches the disk any more, every call from now on fails with EIO."""
        disk = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(disk, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
        finally:
            os.close(disk)

    def power_on(self):
        """What a reboot finds. Everybody who had files open must be gone."""
        self._unmount()
        failed = self._try_mount()
        assert failed is None, f"the file system does not mount again: {failed}"

    def _unmount(self):
        def gone():
            return subprocess.run(["umount", self.path], capture_output=True, timeout=60, check=False).returncode == 0
        wait_until(gone, f"{self.path} is unmounted", 20)
        self._mounted = False

    # -- standstill ---------------------------------------------------------------

    def freeze(self, most=30):
        """Writes and syncs wait until `thaw`, or for `most` seconds, or until this process ends."""
        self._guardian = subprocess.Popen([sys.executable, "-c", GUARDIAN, str(self.path), str(most)],
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        assert self._guardian.stdout.readline() == b"ready\n", "the guardian of the freeze did not start"
        _command("fsfreeze", "-f", self.path)

    def thaw(self):
        if self._guardian is None:
            return
        self._guardian.stdin.close()
        self._guardian.wait(20)
        self._guardian.stdout.close()
        self._guardian = None

    # -- room ---------------------------------------------------------------------

    def free(self):
        """Free MiB."""
        facts = os.statvfs(self.path)
        return facts.f_bavail * facts.f_frsize / (1 << 20)

    def fill(self, leave):
        """A filler file leaves this many MiB, or nothing at all with 0."""
        filler = self.path / "filler"
        while True:
            take = int((self.free() - leave) * (1 << 20))
            if take <= 0:
                return
            with open(filler, "ab") as file:
                size = file.seek(0, os.SEEK_END)
                try:
                    os.posix_fallocate(file.fileno(), size, take)
                except OSError:
                    # Not all that is free can be taken at once: the file system needs some for itself.
                    self._fill_by_block(file)
                    return

    @staticmethod
    def _fill_by_block(file):
        block = b"x" * 65_536
        while block:
            with contextlib.suppress(OSError):
                while True:
                    os.write(file.fileno(), block)
            block = block[:len(block) // 2]

    def make_room(self):
        pathlib.Path(self.path / "filler").unlink(missing_ok=True)

    def close(self):
        self.thaw()
        if self._mounted:
            self._unmount()
