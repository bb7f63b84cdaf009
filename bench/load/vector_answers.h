#pragma once

// Answers of the query API with many series, as a Prometheus gives them. Each series has five
// labels and a value above 80 that differs from answer to answer. One thread.

#include "base/time.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tocsin::load {

class VectorAnswers {
 public:
  // The vector of `bench_N` with N series, as of `time`.
  std::string Vector(std::uint64_t series, Time time);
  // A vector with one series that carries `seq`, or, if not `present`, an empty one.
  static std::string Toggle(std::uint64_t sequence, bool present, Time time);
  // The same series in the exposition format, stamped with `time`.
  static std::string Scrape(std::uint64_t series, Time time);

 private:
  struct Template {
    std::string text;
    std::vector<std::size_t> times;   // Where a timestamp stands,
    std::vector<std::size_t> values;  // and where a value does.
  };
  static Template Build(std::uint64_t series);

  std::unordered_map<std::uint64_t, Template> templates_;  // By the number of series.
  std::uint64_t answers_ = 0;
};

}  // namespace tocsin::load
