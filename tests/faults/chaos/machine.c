/* A machine that misbehaves, for one process and its children: preloaded, it stands between them and the C library.
 *
 * What it does is said by a small file that everybody maps (CHAOS_CONTROL), so it changes at once:
 *   room   bytes that may still be written below CHAOS_HOME, or negative for no limit; then ENOSPC
 *   sync   microseconds that every fsync and fdatasync below CHAOS_HOME takes longer
 *   clock  microseconds that the clock of the day is ahead
 * and `hits` counts what was refused, delayed, or told wrongly, so that a campaign knows what had an effect.
 * Files elsewhere, pipes and sockets are left alone, and so is the monotonic clock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int64_t room, sync, clock, refused, delayed, shifted;
};

static struct control idle = {.room = -1};
static struct control *control = &idle;
static char home[PATH_MAX];
static size_t home_length;

/* The C library's own. */
#define REAL(name) __extension__({                                                    \
    static __typeof__(&name) real;                                                    \
    real = real ? real : (__typeof__(&name))dlsym(RTLD_NEXT, #name);                  \
    real; })

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("CHAOS_CONTROL"), *folder = getenv("CHAOS_HOME");
    if (!file || !folder) return;
    int descriptor = REAL(open)(file, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return;
    void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (mapped == MAP_FAILED) return;
    home_length = strlen(folder);
    memcpy(home, folder, home_length + 1);
    control = mapped;
}

static int is_below(const char *path) {
    return home_length && !strncmp(path, home, home_length) && (!path[home_length] || path[home_length] == '/');
}

/* The disk is only looked at while there is a limit, so what all is well costs is one load. */
static int is_limited(void) { return control->room >= 0; }

static int is_ours(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int is_named_ours(int folder, const char *path) {
    return path[0] == '/' ? is_below(path) : folder == AT_FDCWD ? 0 : is_ours(folder);
}

static int refuse(void) {
    control->refused++;
    errno = ENOSPC;
    return -1;
}

/* How many of these bytes find room. */
static size_t fitting(size_t wanted) {
    int64_t room = control->room;
    while (room >= 0) {
        int64_t taken = room < (int64_t)wanted ? room : (int64_t)wanted;
        if (atomic_compare_exchange_weak(&control->room, &room, room - taken)) return (size_t)taken;
    }
    return wanted;
}

/* Whether something new, of no size, finds room. */
static int is_full(void) { return control->room == 0; }

#define WRITES(name, parameters, arguments)                          \
    ssize_t name parameters {                                        \
        if (count && is_limited() && is_ours(descriptor)) {          \
            count = fitting(count);                                  \
            if (!count) return refuse();                             \
        }                                                            \
        return REAL(name) arguments;                                 \
    }

WRITES(write, (int descriptor, const void *data, size_t count), (descriptor, data, count))
WRITES(pwrite, (int descriptor, const void *data, size_t count, off_t at), (descriptor, data, count, at))
WRITES(pwrite64, (int descriptor, const void *data, size_t count, off64_t at), (descriptor, data, count, at))

/* Vectors are written by their first part that fits: a short write, as the kernel does it. */
#define VECTORS(name, parameters, arguments)                         \
    ssize_t name parameters {                                        \
        struct iovec one;                                            \
        if (count && is_limited() && is_ours(descriptor)) {          \
            while (count > 1 && !parts->iov_len) parts++, count--;   \
            one = *parts, count = 1, parts = &one;                   \
            if (one.iov_len && !(one.iov_len = fitting(one.iov_len))) return refuse(); \
        }                                                            \
        return REAL(name) arguments;                                 \
    }

VECTORS(writev, (int descriptor, const struct iovec *parts, int count), (descriptor, parts, count))
VECTORS(pwritev, (int descriptor, const struct iovec *parts, int count, off_t at), (descriptor, parts, count, at))
VECTORS(pwritev64, (int descriptor, const struct iovec *parts, int count, off64_t at), (descriptor, parts, count, at))

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t count, unsigned flags) {
    if (count && is_limited() && is_ours(to) && !(count = fitting(count))) return refuse();
    return REAL(copy_file_range)(from, from_at, to, to_at, count, flags);
}

ssize_t sendfile(int to, int from, off_t *at, size_t count);
ssize_t sendfile(int to, int from, off_t *at, size_t count) {
    if (count && is_limited() && is_ours(to) && !(count = fitting(count))) return refuse();
    return REAL(sendfile)(to, from, at, count);
}

#define GROWS(name, failure, parameters, arguments)                                     \
    int name parameters {                                                               \
        if (is_limited() && is_full() && is_ours(descriptor)) return failure;           \
        return REAL(name) arguments;                                                    \
    }

GROWS(fallocate, refuse(), (int descriptor, int mode, off_t at, off_t size), (descriptor, mode, at, size))
GROWS(fallocate64, refuse(), (int descriptor, int mode, off64_t at, off64_t size), (descriptor, mode, at, size))
GROWS(posix_fallocate, (refuse(), ENOSPC), (int descriptor, off_t at, off_t size), (descriptor, at, size))
GROWS(posix_fallocate64, (refuse(), ENOSPC), (int descriptor, off64_t at, off64_t size), (descriptor, at, size))

/* Making a file shorter needs no room. */
static int grows(int descriptor, int64_t size) {
    struct stat found;
    return is_limited() && is_full() && is_ours(descriptor) && !fstat(descriptor, &found) && found.st_size < size;
}

int ftruncate(int descriptor, off_t size) {
    return grows(descriptor, size) ? refuse() : REAL(ftruncate)(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
    return grows(descriptor, size) ? refuse() : REAL(ftruncate64)(descriptor, size);
}

static int cannot_appear(int folder, const char *path) {
    struct stat found;
    return is_limited() && is_full() && is_named_ours(folder, path) && fstatat(folder, path, &found, 0) < 0;
}

#define MODE(flags) __extension__({                                   \
    mode_t given = 0;                                                 \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                            \
        va_list rest;                                                 \
        va_start(rest, flags);                                        \
        given = va_arg(rest, mode_t);                                 \
        va_end(rest);                                                 \
    }                                                                 \
    given; })

#define OPENS(name)                                                   \
    int name(const char *path, int flags, ...) {                      \
        mode_t mode = MODE(flags);                                    \
        if ((flags & O_CREAT) && cannot_appear(AT_FDCWD, path)) return refuse(); \
        return REAL(name)(path, flags, mode);                         \
    }

#define OPENS_AT(name)                                                \
    int name(int folder, const char *path, int flags, ...) {          \
        mode_t mode = MODE(flags);                                    \
        if ((flags & O_CREAT) && cannot_appear(folder, path)) return refuse(); \
        return REAL(name)(folder, path, flags, mode);                 \
    }

OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

int mkdir(const char *path, mode_t mode) {
    return cannot_appear(AT_FDCWD, path) ? refuse() : REAL(mkdir)(path, mode);
}

int rename(const char *from, const char *to) {
    return cannot_appear(AT_FDCWD, to) ? refuse() : REAL(rename)(from, to);
}

int link(const char *from, const char *to) {
    return cannot_appear(AT_FDCWD, to) ? refuse() : REAL(link)(from, to);
}

int linkat(int from_folder, const char *from, int folder, const char *to, int flags) {
    return cannot_appear(folder, to) ? refuse() : REAL(linkat)(from_folder, from, folder, to, flags);
}

int symlink(const char *from, const char *to) {
    return cannot_appear(AT_FDCWD, to) ? refuse() : REAL(symlink)(from, to);
}

static void delay(int descriptor) {
    int64_t microseconds = control->sync;
    if (microseconds <= 0 || !is_ours(descriptor)) return;
    control->delayed++;
    struct timespec left = {microseconds / 1000000, microseconds % 1000000 * 1000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {}
}

int fsync(int descriptor) {
    delay(descriptor);
    return REAL(fsync)(descriptor);
}

int fdatasync(int descriptor) {
    delay(descriptor);
    return REAL(fdatasync)(descriptor);
}

static int64_t shift(void) {
    int64_t ahead = control->clock;
    if (ahead) control->shifted++;
    return ahead;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    int status = REAL(clock_gettime)(which, now);
    if (status == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
        int64_t nanoseconds = now->tv_nsec + shift() * 1000;
        now->tv_sec += nanoseconds / 1000000000;
        if ((now->tv_nsec = nanoseconds % 1000000000) < 0) now->tv_nsec += 1000000000, now->tv_sec--;
    }
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int status = REAL(gettimeofday)(now, zone);
    if (status == 0) {
        int64_t microseconds = now->tv_usec + shift();
        now->tv_sec += microseconds / 1000000;
        if ((now->tv_usec = microseconds % 1000000) < 0) now->tv_usec += 1000000, now->tv_sec--;
    }
    return status;
}

time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
