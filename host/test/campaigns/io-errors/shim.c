/*
 * Makes the n-th I/O call below one folder fail. Preloaded into a host (LD_PRELOAD), told by environment:
 *   CAMPAIGN_IO_FOLDER   paths below it count; all others are left alone
 *   CAMPAIGN_IO_STATE    a file of four 64-bit numbers, shared with the campaign:
 *                        [0] calls so far, [1] the call that fails (0: none), [2] errno,
 *                        [3] 0: only that one, 1: every one from then on, until the campaign sets it back
 * Reading is never made to fail: what is at stake is what was written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
static volatile int64_t *state;
static const char *folder;
static size_t folder_length;
static unsigned char ours[MOST_FILES];

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CAMPAIGN_IO_STATE");
  folder = getenv("CAMPAIGN_IO_FOLDER");
  if (path == NULL || folder == NULL) return;
  folder_length = strlen(folder);
  int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int fd = real_open(path, O_RDWR);
  if (fd < 0) return;
  void *mapped = mmap(NULL, 4 * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) state = mapped;
}

static int counts_path(const char *path) {
  /* The lock is not written to: the moment it is taken is not what is tried here. */
  return state != NULL && strncmp(path, folder, folder_length) == 0 && strstr(path, "host.lock") == NULL;
}

static int counts_file(int fd) { return fd >= 0 && fd < MOST_FILES && ours[fd]; }

/* Counts a call; true when it is to fail, with errno set. */
static int fails(void) {
  int64_t n = __sync_add_and_fetch(&state[0], 1);
  int64_t at = state[1];
  if (at == 0 || n < at || (n > at && state[3] == 0)) return 0;
  errno = (int)state[2];
  return 1;
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (real == NULL) real = dlsym(RTLD_NEXT, #name)

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < MOST_FILES) ours[fd] = counts_path(path);
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (counts_path(path) && (flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails()) return -1; \
    return opened(real(path, flags, mode), path); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int at, const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (counts_path(path) && (flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails()) return -1; \
    return opened(real(at, path, flags, mode), path); \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  REAL(close);
  if (fd >= 0 && fd < MOST_FILES) ours[fd] = 0;
  return real(fd);
}

#define ON_FILE(type, name, parameters, arguments) \
  type name parameters { \
    REAL(name); \
    if (counts_file(fd) && fails()) return -1; \
    return real arguments; \
  }
ON_FILE(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
ON_FILE(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
ON_FILE(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
ON_FILE(ssize_t, writev, (int fd, const struct iovec *parts, int n), (fd, parts, n))
ON_FILE(ssize_t, pwritev, (int fd, const struct iovec *parts, int n, off_t at), (fd, parts, n, at))
ON_FILE(int, fsync, (int fd), (fd))
ON_FILE(int, fdatasync, (int fd), (fd))
ON_FILE(int, ftruncate, (int fd, off_t size), (fd, size))
ON_FILE(int, ftruncate64, (int fd, off64_t size), (fd, size))

int rename(const char *from, const char *to) {
  REAL(rename);
  if (counts_path(to) && fails()) return -1;
  return real(from, to);
}

int unlink(const char *path) {
  REAL(unlink);
  if (counts_path(path) && fails()) return -1;
  return real(path);
}
