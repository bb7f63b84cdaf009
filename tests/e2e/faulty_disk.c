/* A disk that fails on demand, put before the C library by LD_PRELOAD (see harness.FaultyDisk). It is the disk of all
 * files with FAULTY_DISK_FOLDER in their path. The first byte of the file FAULTY_DISK_MODE says how it does, at any time:
 *   g  good
 *   f  full: nothing is written, nothing is created
 *   r  read-only, as a file system that found itself broken
 *   e  writes and syncs are I/O errors
 *   s  a sync takes a fifth of a second
 *   h  syncs hang, until it is another */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const volatile char* mode_byte;
static const char* folder;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("FAULTY_DISK_FOLDER");
  const char* path = getenv("FAULTY_DISK_MODE");
  const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* mapped = fd >= 0 ? mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (folder == NULL || mapped == MAP_FAILED) {
    fputs("faulty_disk: FAULTY_DISK_FOLDER or FAULTY_DISK_MODE is no good\n", stderr);
    _exit(99);
  }
  close(fd);
  mode_byte = mapped;
}

/* Before the constructor, other libraries' run. */
static char mode(void) { return mode_byte != NULL ? *mode_byte : 'g'; }

static int has(const char* path) { return path != NULL && strstr(path, folder) != NULL; }

static int is_on_it(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return has(path);
}

/* What a change of a file fails with, 0 if it does not. */
static int error_of_write(void) {
  switch (mode()) {
    case 'f': return ENOSPC;
    case 'r': return EROFS;
    case 'e': return EIO;
    default: return 0;
  }
}

static int fails(int fd) {
  const int error = error_of_write();
  if (error == 0 || !is_on_it(fd)) return 0;
  errno = error;
  return 1;
}

static int fails_at(const char* path) {
  const int error = error_of_write();
  if (error == 0 || !has(path)) return 0;
  errno = error;
  return 1;
}

/* `TYPE name PARAMETERS`, which fails where `condition` holds. */
#define WRAP(type, name, parameters, arguments, condition) \
  type name parameters {                                   \
    static type(*real) parameters;                         \
    if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, #name); \
    if (condition) return -1;                              \
    return real arguments;                                 \
  }

WRAP(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size), fails(fd))
WRAP(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at), fails(fd))
WRAP(ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at), (fd, data, size, at), fails(fd))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), fails(fd))
WRAP(int, ftruncate64, (int fd, off64_t size), (fd, size), fails(fd))
WRAP(int, fallocate, (int fd, int how, off_t at, off_t size), (fd, how, at, size), fails(fd))
WRAP(int, fallocate64, (int fd, int how, off64_t at, off64_t size), (fd, how, at, size), fails(fd))
WRAP(int, mkdir, (const char* path, mode_t bits), (path, bits), fails_at(path))
/* On a full disk these two work. */
WRAP(int, unlink, (const char* path), (path), mode() != 'f' && fails_at(path))
WRAP(int, rename, (const char* from, const char* to), (from, to), mode() != 'f' && fails_at(from))

static int sync_fails(int fd) {
  if ((mode() == 's' || mode() == 'h') && is_on_it(fd)) {
    if (mode() == 's') usleep(200 * 1000);
    while (mode() == 'h') usleep(10 * 1000);
  }
  /* What was written before the disk was full gets there. */
  return mode() != 'f' && fails(fd);
}
WRAP(int, fsync, (int fd), (fd), sync_fails(fd))
WRAP(int, fdatasync, (int fd), (fd), sync_fails(fd))

static int open_fails(const char* path, int flags) {
  const int creates = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  const int writes = (flags & O_ACCMODE) != O_RDONLY;
  return (creates || (writes && mode() == 'r')) && fails_at(path);
}

static mode_t bits_of(int flags, va_list more) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                        \
  int name(const char* path, int flags, ...) {                                 \
    static int (*real)(const char*, int, ...);                                 \
    if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, #name);                \
    va_list more;                                                              \
    va_start(more, flags);                                                     \
    const mode_t bits = bits_of(flags, more);                                  \
    va_end(more);                                                              \
    if (open_fails(path, flags)) return -1;                                    \
    return real(path, flags, bits);                                            \
  }
WRAP_OPEN(open)
WRAP_OPEN(open64)
