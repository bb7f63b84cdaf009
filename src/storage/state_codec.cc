#include "storage/state_codec.h"

#include "base/byte_codec.h"

#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace tocsin::storage {
namespace {

void PutTime(Time time, std::string* out) {
  PutFixed64(static_cast<std::uint64_t>(time.time_since_epoch().count()), out);
}

void PutLabels(const model::LabelSet& labels, std::string* out) {
  PutVarint(labels.size(), out);
  for (const model::Label label : labels) {
    PutString(label.name, out);
    PutString(label.value, out);
  }
}

Time ReadTime(ByteReader* reader) {
  return Time(Duration(static_cast<std::int64_t>(reader->Fixed64())));
}

model::LabelSet ReadLabels(ByteReader* reader) {
  std::vector<model::Label> labels(reader->Count());
  for (model::Label& label : labels) {
    label.name = reader->String();
    label.value = reader->String();
  }
  if (reader->broken()) return {};
  return model::LabelSet::FromUnsorted(labels);
}

// On disk, so never renumbered.
constexpr rules::AlertState kRuleStates[] = {
    rules::AlertState::kInactive, rules::AlertState::kPending, rules::AlertState::kFiring};

std::uint8_t RuleStateNumber(rules::AlertState state) {
  std::uint8_t number = 0;
  while (kRuleStates[number] != state) ++number;
  return number;
}

enum class ValueKind : std::uint8_t { kText = 0, kInt = 1, kDouble = 2 };
constexpr model::MatchOp kOps[] = {model::MatchOp::kEqual, model::MatchOp::kNotEqual,
                                   model::MatchOp::kRegex, model::MatchOp::kNotRegex};

std::uint8_t OpNumber(model::MatchOp op) {
  std::uint8_t number = 0;
  while (kOps[number] != op) ++number;
  return number;
}

Result<model::Matcher> ReadMatcher(ByteReader* reader) {
  const std::uint8_t op = reader->Byte();
  const std::string_view name = reader->String();
  const std::string_view value = reader->String();
  if (op >= std::size(kOps)) return Fail("unknown match operator");
  return model::Matcher::Restore(std::string(name), kOps[op], std::string(value));
}

std::optional<model::ReceiverValue> ReadValue(ByteReader* reader) {
  switch (static_cast<ValueKind>(reader->Byte())) {
    case ValueKind::kText:
      return std::string(reader->String());
    case ValueKind::kInt:
      return static_cast<std::int64_t>(reader->Fixed64());
    case ValueKind::kDouble:
      return std::bit_cast<double>(reader->Fixed64());
  }
  return std::nullopt;
}

}  // namespace

std::string EncodeMatcherSets(const std::vector<model::Matchers>& sets) {
  std::string out;
  PutVarint(sets.size(), &out);
  for (const model::Matchers& matchers : sets) {
    PutVarint(matchers.size(), &out);
    for (const model::Matcher& matcher : matchers) {
      out += static_cast<char>(OpNumber(matcher.op()));
      PutString(matcher.name(), &out);
      PutString(matcher.value(), &out);
    }
  }
  return out;
}

Result<std::vector<model::Matchers>> DecodeMatcherSets(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<model::Matchers> sets(reader.Count());
  for (model::Matchers& matchers : sets) {
    const std::uint64_t count = reader.Count();
    matchers.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      Result<model::Matcher> matcher = ReadMatcher(&reader);
      if (!matcher) return tl::unexpected(matcher.error());
      matchers.push_back(*std::move(matcher));
    }
  }
  if (!reader.finished()) return Fail("malformed matchers");
  return sets;
}

std::string EncodeLabels(const model::LabelSet& labels) {
  std::string out;
  PutLabels(labels, &out);
  return out;
}

std::optional<model::LabelSet> DecodeLabels(std::string_view bytes) {
  ByteReader reader(bytes);
  model::LabelSet labels = ReadLabels(&reader);
  if (!reader.finished()) return std::nullopt;
  return labels;
}

std::string EncodeHashes(const router::AlertHashes& hashes) {
  std::string out;
  out.reserve(hashes.size() * sizeof(std::uint64_t));
  for (const std::uint64_t hash : hashes) PutFixed64(hash, &out);
  return out;
}

std::optional<router::AlertHashes> DecodeHashes(std::string_view bytes) {
  if (bytes.size() % sizeof(std::uint64_t) != 0) return std::nullopt;
  ByteReader reader(bytes);
  router::AlertHashes hashes(bytes.size() / sizeof(std::uint64_t));
  for (std::uint64_t& hash : hashes) hash = reader.Fixed64();
  return hashes;
}

std::string EncodeReceiverData(const model::ReceiverData& data) {
  std::string out;
  PutVarint(data.size(), &out);
  for (const auto& [key, value] : data) {
    PutString(key, &out);
    if (const auto* text = std::get_if<std::string>(&value)) {
      out += static_cast<char>(ValueKind::kText);
      PutString(*text, &out);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      out += static_cast<char>(ValueKind::kInt);
      PutFixed64(static_cast<std::uint64_t>(*number), &out);
    } else {
      out += static_cast<char>(ValueKind::kDouble);
      PutFixed64(std::bit_cast<std::uint64_t>(std::get<double>(value)), &out);
    }
  }
  return out;
}

std::optional<model::ReceiverData> DecodeReceiverData(std::string_view bytes) {
  ByteReader reader(bytes);
  model::ReceiverData data;
  const std::uint64_t count = reader.Count();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string key(reader.String());
    std::optional<model::ReceiverValue> value = ReadValue(&reader);
    if (!value) return std::nullopt;
    data.insert_or_assign(std::move(key), *std::move(value));
  }
  if (!reader.finished()) return std::nullopt;
  return data;
}

// Each as its difference from the one before: sources send many at once.
std::string EncodeEnds(const AlertEnds& ends) {
  std::string out;
  PutVarint(ends.size(), &out);
  std::uint64_t last_id = 0;
  std::uint64_t last_end = 0;
  for (const auto& [id, end] : ends) {
    const auto number = static_cast<std::uint64_t>(id);
    // Unsigned: ends may be centuries apart, and the reader wraps around as well.
    const auto nanos = static_cast<std::uint64_t>(end.time_since_epoch().count());
    PutVarint(number - std::exchange(last_id, number), &out);
    PutSignedVarint(static_cast<std::int64_t>(nanos - std::exchange(last_end, nanos)), &out);
  }
  return out;
}

std::optional<AlertEnds> DecodeEnds(std::string_view bytes) {
  ByteReader reader(bytes);
  AlertEnds ends(reader.Count());
  std::uint64_t id = 0;
  std::uint64_t nanos = 0;
  for (auto& end : ends) {
    id += reader.Varint();
    nanos += static_cast<std::uint64_t>(reader.SignedVarint());
    end = {static_cast<router::AlertId>(id), Time(Duration(static_cast<std::int64_t>(nanos)))};
  }
  if (!reader.finished()) return std::nullopt;
  return ends;
}

std::string EncodeGroup(const router::GroupIdentity& group, std::string_view route_key) {
  std::string out;
  PutString(group.route_id, &out);
  PutString(route_key, &out);
  PutString(group.receiver, &out);
  PutLabels(group.labels, &out);
  return out;
}

std::optional<router::GroupState> DecodeGroup(std::string_view bytes) {
  ByteReader reader(bytes);
  router::GroupState group;
  group.route_id = reader.String();
  group.route_key = reader.String();
  group.receiver = reader.String();
  group.labels = ReadLabels(&reader);
  if (!reader.finished()) return std::nullopt;
  return group;
}

std::string EncodeRuleAlert(const rules::StoredAlert& alert) {
  std::string out;
  out += static_cast<char>(RuleStateNumber(alert.state));
  for (const Time time : {alert.seen_at, alert.active_at, alert.fired_at, alert.resolved_at,
                          alert.valid_until, alert.keep_firing_since}) {
    PutTime(time, &out);
  }
  PutFixed64(std::bit_cast<std::uint64_t>(alert.value), &out);
  PutLabels(alert.sample_labels, &out);
  out += static_cast<char>(alert.annotations ? 1 : 0);
  if (alert.annotations) PutLabels(*alert.annotations, &out);
  return out;
}

std::optional<rules::StoredAlert> DecodeRuleAlert(std::string_view bytes) {
  ByteReader reader(bytes);
  rules::StoredAlert alert;
  const std::uint8_t state = reader.Byte();
  if (state >= std::size(kRuleStates)) return std::nullopt;
  alert.state = kRuleStates[state];
  for (Time* time : {&alert.seen_at, &alert.active_at, &alert.fired_at, &alert.resolved_at,
                     &alert.valid_until, &alert.keep_firing_since}) {
    *time = ReadTime(&reader);
  }
  alert.value = std::bit_cast<double>(reader.Fixed64());
  alert.sample_labels = ReadLabels(&reader);
  if (reader.Byte() != 0) alert.annotations = ReadLabels(&reader);
  if (!reader.finished()) return std::nullopt;
  return alert;
}

}  // namespace tocsin::storage
