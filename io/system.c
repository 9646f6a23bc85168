/* io/system.c: what the machine grants this process.
 *
 * Cores: the least of
 *   - the CPUs in the affinity mask (taskset, cpusets), and
 *   - the quota of the control groups the process stands in, ceil(quota / period), over the whole
 *     chain up to the root. Version 2 keeps it in cpu.max ("200000 100000" or "max 100000"),
 *     version 1 in cpu.cfs_quota_us and cpu.cfs_period_us.
 * Peak memory: greatest resident set, from getrusage. */
#define _GNU_SOURCE
#include "io/file.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MAX_PATH = 4096, MAX_CORES = 1024 };

/* Also right inside a container that pins its CPUs (a cpuset shows in the mask). */
static int affinity_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
}

/* First line of a small file; 0 when it cannot be read. */
static int read_line(char *out, int size, const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    int is_read = fgets(out, size, file) != NULL;
    fclose(file);
    return is_read;
}

/* Rounded up: half a core is one thread. No quota is written as "max" (2) or -1 (1). */
static int quota_to_cores(long long quota, long long period) {
    if (quota <= 0 || period <= 0) return MAX_CORES;
    long long cores = (quota + period - 1) / period;
    return cores < 1 ? 1 : cores > MAX_CORES ? MAX_CORES : (int)cores;
}

/* Quota of one group folder in either version's files; MAX_CORES when it sets none. */
static int group_cores(const char *folder) {
    char path[MAX_PATH + 32];
    char line[128];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (read_line(line, sizeof line, path)) {
        char *rest = NULL;
        long long quota = strtoll(line, &rest, 10); /* 0 for "max" */
        return quota_to_cores(quota, rest == line ? 0 : strtoll(rest, NULL, 10));
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(line, sizeof line, path)) return MAX_CORES;
    long long quota = strtoll(line, NULL, 10);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (!read_line(line, sizeof line, path)) return MAX_CORES;
    return quota_to_cores(quota, strtoll(line, NULL, 10));
}

/* Least quota from the folder root + group up to the root itself. */
static int chain_cores(const char *root, const char *group) {
    char folder[MAX_PATH];
    int n = snprintf(folder, sizeof folder, "%s%s", root, group);
    if (n < 0 || n >= (int)sizeof folder) return MAX_CORES;
    int least = MAX_CORES;
    for (uint64_t floor = strlen(root);;) {
        int cores = group_cores(folder);
        if (cores < least) least = cores;
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= floor || slash == NULL) return least;
        *slash = '\0';
        if (strlen(folder) < floor) return least;
    }
}

/* Lines of /proc/self/cgroup read "ID:CONTROLLERS:/GROUP"; version 2 has ID 0 and no controllers.
 */
static int quota_cores(void) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL) return MAX_CORES;
    int least = MAX_CORES;
    char line[MAX_PATH];
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL) continue;
        *group++ = '\0';
        int cores = MAX_CORES;
        if (controllers[1] == '\0')
            cores = chain_cores("/sys/fs/cgroup", group);
        else if (strstr(controllers, "cpu") != NULL)
            cores = chain_cores("/sys/fs/cgroup/cpu", group);
        if (cores < least) least = cores;
    }
    fclose(file);
    return least;
}

int td_system_cores(void) {
    int affinity = affinity_cores();
    int quota = quota_cores();
    return quota < affinity ? quota : affinity;
}

uint64_t td_system_peak_bytes(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}
