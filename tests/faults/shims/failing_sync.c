/* LD_PRELOAD: the disk fails once, and the kernel does what it does then: it forgets the bytes.
 *
 *   FF_MATCH   part of the path of the files meant
 *   FF_CALL    "sync" (default) or "write": what fails
 *   FF_AFTER   the how many-th such call fails with EIO; calls count from 1
 *   FF_RECORD  a file that gets one line a call: "<CLOCK_MONOTONIC seconds> sync|write <result> <path>",
 *              and "<CLOCK_MONOTONIC seconds> exit <code> -" when the process leaves without ado
 *
 * When a sync fails, the file gets back the bytes that it had at its last good sync: after a restart, what was written
 * since then must not be missed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { most_files = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls;
/* What a write since the last good sync replaced; the newest first. */
struct replaced {
  struct replaced* before;
  off_t at;
  size_t count;
  char bytes[];
};
static struct replaced* unsynced[most_files];

static const char* setting(const char* name, const char* otherwise) {
  const char* value = getenv(name);
  return value ? value : otherwise;
}

static int is_meant(int fd, char* path, size_t room) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, room - 1);
  if (length <= 0)
    return 0;
  path[length] = '\0';
  return strstr(path, setting("FF_MATCH", "\1")) != NULL;
}

static void record(const char* call, int result, const char* path) {
  const char* file = getenv("FF_RECORD");
  if (!file)
    return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char line[4352];
  int length = snprintf(line, sizeof line, "%lld.%09ld %s %d %s\n", (long long)now.tv_sec, now.tv_nsec, call, result, path);
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, line, (size_t)length) != length)
    abort(); /* a test that does not know what happened proves nothing */
  close(fd);
}

/* Whether this call is the one that fails; the lock is held. */
static int is_due(const char* call) {
  return strcmp(setting("FF_CALL", "sync"), call) == 0 && ++calls == atol(setting("FF_AFTER", "0"));
}

static ssize_t plain_pwrite(int fd, const void* bytes, size_t count, off_t at) {
  static ssize_t (*next)(int, const void*, size_t, off_t);
  if (!next)
    next = (ssize_t(*)(int, const void*, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  return next(fd, bytes, count, at);
}

static void remember(int fd, size_t count, off_t at) {
  struct replaced* one = calloc(1, sizeof *one + count);
  if (!one || pread(fd, one->bytes, count, at) < 0)
    abort();
  one->before = unsynced[fd];
  one->at = at;
  one->count = count;
  unsynced[fd] = one;
}

/* @param restored whether the file gets its old bytes back. */
static void forget(int fd, int restored) {
  while (unsynced[fd]) {
    struct replaced* one = unsynced[fd];
    if (restored && plain_pwrite(fd, one->bytes, one->count, one->at) != (ssize_t)one->count)
      abort();
    unsynced[fd] = one->before;
    free(one);
  }
}

static int sync_call(int fd, const char* name) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  char path[4096];
  if (fd < 0 || fd >= most_files || !is_meant(fd, path, sizeof path))
    return next(fd);
  pthread_mutex_lock(&lock);
  int fails = is_due("sync");
  int result = fails ? -1 : next(fd);
  forget(fd, fails);
  record("sync", result, path);
  pthread_mutex_unlock(&lock);
  if (fails)
    errno = EIO;
  return result;
}

int fsync(int fd) {
  return sync_call(fd, "fsync");
}

int fdatasync(int fd) {
  return sync_call(fd, "fdatasync");
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
  char path[4096];
  if (fd < 0 || fd >= most_files || !is_meant(fd, path, sizeof path))
    return plain_pwrite(fd, bytes, count, at);
  pthread_mutex_lock(&lock);
  int fails = is_due("write");
  if (!fails)
    remember(fd, count, at);
  ssize_t put = fails ? -1 : plain_pwrite(fd, bytes, count, at);
  if (strcmp(setting("FF_CALL", "sync"), "write") == 0)
    record("write", put < 0 ? -1 : 0, path);
  pthread_mutex_unlock(&lock);
  if (fails)
    errno = EIO;
  return put;
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off_t at) {
  return pwrite(fd, bytes, count, at);
}

/* What the view writes its files with. */
ssize_t write(int fd, const void* bytes, size_t count) {
  static ssize_t (*next)(int, const void*, size_t);
  if (!next)
    next = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  char path[4096];
  if (fd < 0 || fd >= most_files || strcmp(setting("FF_CALL", "sync"), "write") != 0 ||
      !is_meant(fd, path, sizeof path))
    return next(fd, bytes, count);
  pthread_mutex_lock(&lock);
  int fails = is_due("write");
  pthread_mutex_unlock(&lock);
  ssize_t put = fails ? -1 : next(fd, bytes, count);
  if (fails) {
    record("write", -1, path);
    errno = EIO;
  }
  return put;
}

/* Seen from outside, the end of a process is late on a busy machine. */
void _Exit(int code) {
  record("exit", code, "-");
  syscall(SYS_exit_group, code);
  abort();
}
