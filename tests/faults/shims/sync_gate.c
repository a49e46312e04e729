/* Preloaded into the node: writes down in which order the log is written and synced and answers leave, and holds the
 * syncs of the log for as long as the file `hold` stands in the folder SYNC_GATE. The lines of `trace` in that folder:
 *
 *   write TOKENS     a write to the log has returned
 *   held             a sync of the log has been asked for and waits
 *   begin            it is handed to the kernel
 *   end              it has returned
 *   answer TOKENS    a 202 is handed to the kernel
 *
 * TOKENS are the ids of the test's events ("gate-17") in what was written. One line is one write to a file that is
 * opened for appending, so the lines are in the order of what they tell.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { line_bytes = 4096 };

static const char* folder(void) {
  return getenv("SYNC_GATE");
}

static void tell(const char* line) {
  static int trace = -1;
  if (trace < 0) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/trace", folder());
    trace = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  }
  ssize_t (*put)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  if (trace < 0 || put(trace, line, strlen(line)) < 0)
    abort();
}

static int is_log(int fd) {
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 24)
    return 0;
  path[length] = '\0';
  /* .../log/00000000000000000128.log, and none of RocksDB's */
  return strcmp(path + length - 4, ".log") == 0 && strncmp(path + length - 29, "/log/", 5) == 0;
}

/* Adds each "gate-<digits>" of the bytes to the line. */
static int add_tokens(char* line, const char* bytes, size_t size) {
  static const char mark[] = "gate-";
  int found = 0;
  const char* const end = bytes + size;
  for (const char* at = bytes; (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL;) {
    const char* digit = at + sizeof mark - 1;
    while (digit < end && *digit >= '0' && *digit <= '9')
      ++digit;
    const size_t used = strlen(line);
    if (used + (size_t)(digit - at) + 3 < line_bytes) {
      line[used] = ' ';
      memcpy(line + used + 1, at, (size_t)(digit - at));
      line[used + 1 + (size_t)(digit - at)] = '\0';
      ++found;
    }
    at = digit;
  }
  return found;
}

static void tell_write(int fd, const void* bytes, size_t size) {
  char line[line_bytes] = "write";
  if (is_log(fd) && add_tokens(line, bytes, size) > 0)
    tell(strcat(line, "\n"));
}

static void tell_answer(const struct iovec* parts, size_t count) {
  static const char good[] = "HTTP/1.1 202";
  char line[line_bytes] = "answer";
  int found = 0;
  if (count == 0 || parts[0].iov_len < sizeof good - 1 || memcmp(parts[0].iov_base, good, sizeof good - 1) != 0)
    return;
  for (size_t i = 0; i < count; ++i)
    found += add_tokens(line, parts[i].iov_base, parts[i].iov_len);
  if (found > 0)
    tell(strcat(line, "\n"));
}

static int is_held(void) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/hold", folder());
  return access(path, F_OK) == 0;
}

static int pass_gate(int fd, const char* name) {
  int (*sync_file)(int) = dlsym(RTLD_NEXT, name);
  if (!is_log(fd))
    return sync_file(fd);
  if (is_held()) {
    tell("held\n");
    const struct timespec pause = {0, 1000000};
    while (is_held())
      nanosleep(&pause, NULL);
  }
  tell("begin\n");
  const int answer = sync_file(fd);
  tell("end\n");
  return answer;
}

int fdatasync(int fd) {
  return pass_gate(fd, "fdatasync");
}

int fsync(int fd) {
  return pass_gate(fd, "fsync");
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  ssize_t (*put)(int, const void*, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  const ssize_t done = put(fd, bytes, size, offset);
  tell_write(fd, bytes, size);
  return done;
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  ssize_t (*put)(int, const void*, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  const ssize_t done = put(fd, bytes, size, offset);
  tell_write(fd, bytes, size);
  return done;
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  ssize_t (*put)(int, const void*, size_t, int) = dlsym(RTLD_NEXT, "send");
  const struct iovec part = {(void*)bytes, size};
  tell_answer(&part, 1);
  return put(fd, bytes, size, flags);
}

ssize_t sendmsg(int fd, const struct msghdr* what, int flags) {
  ssize_t (*put)(int, const struct msghdr*, int) = dlsym(RTLD_NEXT, "sendmsg");
  tell_answer(what->msg_iov, what->msg_iovlen);
  return put(fd, what, flags);
}
