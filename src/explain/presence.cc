#include "explain/presence.h"

#include "explain/search.h"
#include "history/event.h"
#include "model/label_set.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace tocsin::explain {
namespace {

using history::Entry;
using history::Reader;

constexpr std::size_t kBlocksMax = 500;

}  // namespace

Result<Presence> Presence::Find(Reader* reader, const model::Matchers& matchers, Time to) {
  Presence presence;
  // Going back in time: where the stay ends whose beginning is still to come.
  std::map<std::pair<Group, std::string>, std::uint64_t> ends;
  const auto begin = [&](const Group& group, const model::LabelSet& alert, std::uint64_t number) {
    const auto end = ends.find({group, alert.ToString()});
    const bool open = end == ends.end();
    presence.stays_[group].push_back(
        {number, open ? std::numeric_limits<std::uint64_t>::max() : end->second});
    if (!open) ends.erase(end);
  };
  const auto look = [&](const Entry& entry) {
    // Another process says of nothing that it is let through: that it is told of says so.
    if (const auto* due = std::get_if<history::NotificationDue>(&entry.event)) {
      const Group name{due->group->key, due->group->receiver};
      for (const history::NotificationDue::Told& told : due->told) {
        if (!model::MatchesAll(matchers, told.alert)) continue;
        begin(name, told.alert, entry.number);
        ends[{name, told.alert.ToString()}] = entry.number;
      }
      return;
    }
    const model::LabelSet* alert = history::AlertOf(entry.event);
    const router::GroupIdentity* group = history::GroupOf(entry.event);
    if (alert == nullptr || group == nullptr || !model::MatchesAll(matchers, *alert)) return;
    const Group name{group->key, group->receiver};
    if (std::holds_alternative<history::AlertGrouped>(entry.event) ||
        std::holds_alternative<history::AlertUnsuppressed>(entry.event)) {
      begin(name, *alert, entry.number);
    } else {  // It leaves, or is suppressed.
      ends[{name, alert->ToString()}] = entry.number;
    }
  };
  Reader::Query query;
  query.keys = KeysOf(matchers);
  query.to = to;
  query.blocks_max = kBlocksMax;
  const auto end = reader->WalkBack(query, [&](const std::vector<Entry>& entries) {
    std::for_each(entries.rbegin(), entries.rend(), look);
    return true;
  });
  if (!end) return tl::unexpected(end.error());
  // It was there before what is on record.
  for (const auto& [member, last] : ends) presence.stays_[member.first].push_back({0, last});
  return presence;
}

std::vector<history::Key> Presence::Keys() const {
  if (stays_.size() != 1) return {};
  router::GroupIdentity group;
  std::tie(group.key, group.receiver) = stays_.begin()->first;
  return {history::KeyOfGroup(group)};
}

bool Presence::Covers(const router::GroupIdentity& group, std::uint64_t number) const {
  const auto stays = stays_.find({group.key, group.receiver});
  return stays != stays_.end() &&
         std::any_of(stays->second.begin(), stays->second.end(), [number](const Stay& stay) {
           return stay.first <= number && number < stay.last;
         });
}

}  // namespace tocsin::explain
