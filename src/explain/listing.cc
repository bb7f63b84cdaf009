#include "explain/listing.h"

#include "explain/presence.h"
#include "explain/search.h"

#include <algorithm>

namespace tocsin::explain {
namespace {

using history::Entry;
using history::Reader;

bool IsOfKind(const history::Event& event, ListQuery::Kind kind) {
  if (kind == ListQuery::Kind::kAll) return true;
  const bool of_integration = history::IntegrationOf(event) != nullptr;
  if (kind == ListQuery::Kind::kNotifications) {
    return of_integration && !std::holds_alternative<history::NotificationNotNeeded>(event);
  }
  return history::AlertOf(event) != nullptr;
}

bool Matches(const history::Event& event, const model::Matchers& matchers) {
  if (matchers.empty()) return true;
  if (const model::LabelSet* alert = history::AlertOf(event)) return MatchesAll(matchers, *alert);
  if (const auto* due = std::get_if<history::NotificationDue>(&event)) {
    const bool tells = std::any_of(due->told.begin(), due->told.end(),
                                   [&](const history::NotificationDue::Told& told) {
                                     return MatchesAll(matchers, told.alert);
                                   });
    if (tells) return true;
  }
  const router::GroupIdentity* group = history::GroupOf(event);
  return group != nullptr && MatchesAll(matchers, group->labels);
}

bool IsOfReceiver(const history::Event& event, const std::string& receiver) {
  if (receiver.empty()) return true;
  if (const model::IntegrationId* integration = history::IntegrationOf(event)) {
    return integration->receiver == receiver;
  }
  const router::GroupIdentity* group = history::GroupOf(event);
  return group != nullptr && group->receiver == receiver;
}

// A notification of a group in which such an alert is.
bool Tells(const Entry& entry, const Presence& presence) {
  const router::GroupIdentity* group = history::GroupOf(entry.event);
  return group != nullptr && history::IntegrationOf(entry.event) != nullptr &&
         presence.Covers(*group, entry.number);
}

Result<Page> List(Reader* reader, const ListQuery& query, const Presence& presence) {
  Reader::Query blocks;
  if (presence.empty()) {
    blocks.keys = KeysOf(query.matchers);
  } else if (query.kind == ListQuery::Kind::kNotifications) {
    blocks.keys = presence.Keys();
  }
  if (!query.receiver.empty() && query.kind == ListQuery::Kind::kNotifications) {
    blocks.keys.push_back(history::KeyOfReceiver(query.receiver));
  }
  blocks.from = query.from;
  blocks.to = query.to;
  if (query.cursor) blocks.last = *query.cursor;
  Page page;
  std::uint64_t last_seen = 0;
  const auto end = reader->WalkBack(blocks, [&](const std::vector<Entry>& entries) {
    for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
      const bool matches = Matches(it->event, query.matchers) || Tells(*it, presence);
      const bool wanted =
          IsOfKind(it->event, query.kind) && matches && IsOfReceiver(it->event, query.receiver);
      if (wanted && page.entries.size() == query.limit) {
        page.next = it->number;
        return false;
      }
      if (wanted) page.entries.push_back(*it);
      last_seen = it->number;
    }
    return true;
  });
  if (!end) return tl::unexpected(end.error());
  if (*end != Reader::End::kTimeout) return page;
  // An empty page would look like the end.
  if (last_seen == 0) return Fail("the history could not be read in time");
  page.next = last_seen > 1 ? last_seen - 1 : 1;
  return page;
}

}  // namespace

std::optional<ListQuery::Kind> ParseListKind(std::string_view word) {
  if (word == "notifications") return ListQuery::Kind::kNotifications;
  if (word == "alerts") return ListQuery::Kind::kAlerts;
  if (word == "all") return ListQuery::Kind::kAll;
  return std::nullopt;
}

Result<Page> List(Reader* reader, const ListQuery& query) {
  Presence presence;
  if (!query.matchers.empty() && query.kind != ListQuery::Kind::kAlerts) {
    Result<Presence> found = Presence::Find(reader, query.matchers, query.to);
    if (!found) return tl::unexpected(found.error());
    presence = *std::move(found);
  }
  Result<Page> page = List(reader, query, presence);
  if (page) page->unreadable_blocks = reader->malformed();
  return page;
}

}  // namespace tocsin::explain
