#include "app/process_metrics.h"

#include "app/metric_text.h"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace tocsin::app {
namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t OpenFiles() {
  std::error_code error;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

void AppendProcessMetrics(Time started, std::string* text) {
  std::ifstream statm("/proc/self/statm");
  double virtual_pages = 0;
  double resident_pages = 0;
  statm >> virtual_pages >> resident_pages;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);

  AppendMetric("process_cpu_seconds_total", "counter",
               "Total user and system CPU time spent in seconds.", CpuSeconds(), text);
  AppendMetric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
               resident_pages * page, text);
  AppendMetric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
               virtual_pages * page, text);
  rlimit address_space{};
  getrlimit(RLIMIT_AS, &address_space);
  AppendMetric("process_virtual_memory_max_bytes", "gauge",
               "Maximum amount of virtual memory available in bytes.",
               static_cast<double>(address_space.rlim_cur), text);
  AppendMetric("process_start_time_seconds", "gauge",
               "Start time of the process since unix epoch in seconds.", UnixSeconds(started),
               text);
  AppendMetric("process_open_fds", "gauge", "Number of open file descriptors.",
               static_cast<double>(OpenFiles()), text);
  AppendMetric("process_max_fds", "gauge", "Maximum number of open file descriptors.",
               static_cast<double>(files.rlim_cur), text);
}

}  // namespace tocsin::app
