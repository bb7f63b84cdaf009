#pragma once

// What a rule asks of a datasource, and what comes back. Plain values.

#include "base/time.h"
#include "templates/rule_templates.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {

// Labels, with __name__ where the expression keeps it, and value; to a rule the same as to its
// templates.
using Sample = templates::QuerySample;

// An instant vector, in the order of the answer. A scalar is one sample without labels.
using Vector = std::vector<Sample>;

// The newest sample of a series in a range; those that are no floats do not count.
struct LastSample {
  model::LabelSet labels;
  Time time{};
  double value = 0;
};

// Annotations are the datasource's, for people: a warning may mean that the answer is not the whole
// truth, an info that the expression is odd.
struct QueryResult {
  Vector vector;
  std::vector<std::string> warnings = {}, infos = {};
  std::vector<LastSample> last_samples = {};  // Instead of a vector, if Query::is_range.
};

// What a group adds to the requests of its queries. A name that the datasource has too stands for
// this value alone.
struct QueryExtras {
  std::vector<std::pair<std::string, std::string>> params, headers;
};

enum class QueryId : std::uint64_t {};

// One instant query. It is answered by exactly one Ruler::Complete with its id.
struct Query {
  QueryId id{};
  std::string datasource;  // "" is the first one configured.
  std::string expr;
  Time time{};
  Duration timeout{};  // Never more than this: the group waits for the answer.
  std::shared_ptr<const QueryExtras> extras = nullptr;  // Null: none.
  bool is_range = false;  // `expr` is a range vector: the last sample of each series is wanted.
};

}  // namespace tocsin::rules
