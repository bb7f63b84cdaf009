#pragma once

// Events of the ledger by what they are about, page by page.

#include "base/result.h"
#include "history/event.h"
#include "history/reader.h"
#include "model/matcher.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::explain {

struct ListQuery {
  enum class Kind {
    kNotifications,  // What was due, attempted, told and failed.
    kAlerts,         // What happened to alerts.
    kAll,
  };
  Kind kind = Kind::kNotifications;
  // Of an alert; of a notification those of its group, or of an alert that it tells of anew.
  model::Matchers matchers;
  std::string receiver;  // Empty: any.
  Time from = Time::min(), to = Time::max();
  std::size_t limit = 100;
  std::optional<std::uint64_t> cursor;  // Page::next of the page before.
};

std::optional<ListQuery::Kind> ParseListKind(std::string_view word);

struct Page {
  std::vector<history::Entry> entries;  // The newest first.
  std::optional<std::uint64_t> next;    // There may be more: the next page's cursor.
  std::size_t unreadable_blocks = 0;    // Of those that were looked at.
};

inline constexpr std::size_t kListMax = 10'000;

Result<Page> List(history::Reader* reader, const ListQuery& query);

}  // namespace tocsin::explain
