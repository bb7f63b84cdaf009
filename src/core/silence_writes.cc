#include "core/silence_writes.h"

#include <cassert>
#include <iterator>

namespace tocsin::core {

SilenceWrites::Id SilenceWrites::Begin(const router::SilenceChange& change) {
  const Id write{++last_id_};
  std::vector<std::string>& silences = silences_of_[write];
  for (const router::SilenceChange::Part& part : change.parts) {
    silences.push_back(part.id);
    const auto [chain, begun] = chains_.try_emplace(part.id);
    if (begun) chain->second.durable = part.before;
    chain->second.under_way.emplace(write, part.after);
  }
  return write;
}

void SilenceWrites::Stored(Id write) {
  const auto silences = silences_of_.extract(write);
  assert(!silences.empty());
  for (const std::string& silence : silences.mapped()) {
    Chain& chain = chains_.at(silence);
    if (write > chain.durable_write) {
      chain.durable = chain.under_way.at(write);
      chain.durable_write = write;
    }
    End(silence, write);
  }
}

SilenceWrites::PutBack SilenceWrites::Failed(Id write) {
  const auto silences = silences_of_.extract(write);
  assert(!silences.empty());
  PutBack put_back;
  for (const std::string& silence : silences.mapped()) {
    const Chain& chain = chains_.at(silence);
    const auto last = std::prev(chain.under_way.end());
    // Else something later is in effect: asked for, or durable already.
    if (last->first == write && chain.durable_write < write) {
      put_back.emplace_back(
          silence, last == chain.under_way.begin() || chain.durable_write > std::prev(last)->first
                       ? chain.durable
                       : std::prev(last)->second);
    }
    End(silence, write);
  }
  return put_back;
}

void SilenceWrites::ClockWentBack(Time now, Duration by) {
  const auto shift = [&](model::SilencePtr* silence) {
    if (*silence) *silence = router::ByAnEarlierClock(*silence, now, by);
  };
  for (auto& [id, chain] : chains_) {
    shift(&chain.durable);
    for (auto& [write, silence] : chain.under_way) shift(&silence);
  }
}

void SilenceWrites::End(const std::string& silence, Id write) {
  const auto chain = chains_.find(silence);
  chain->second.under_way.erase(write);
  if (chain->second.under_way.empty()) chains_.erase(chain);
}

}  // namespace tocsin::core
