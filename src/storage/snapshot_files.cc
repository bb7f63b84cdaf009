#include "storage/snapshot_files.h"

#include "base/text.h"
#include "storage/protobuf_reader.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

namespace tocsin::storage {
namespace {

// Far beyond what an Alertmanager could still snapshot in passing.
constexpr std::uintmax_t kFileBytesMax = 512 * 1024 * 1024;
constexpr std::size_t kProblemsMax = 100;

void AddProblem(std::string problem, std::vector<std::string>* problems) {
  if (problems->size() < kProblemsMax) problems->push_back(std::move(problem));
}

std::int64_t Signed(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

// google.protobuf.Timestamp: 1 seconds, 2 nanos. Go's zero time and anything before 1678 is
// kZeroTime.
Time ReadTime(std::string_view message) {
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) seconds = Signed(reader.Varint());
    if (reader.field() == 2) nanos = Signed(reader.Varint());
  }
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  if (reader.broken() || seconds < -kSecondsMax) return kZeroTime;
  if (seconds > kSecondsMax || nanos < 0 || nanos >= 1'000'000'000) return Time::max();
  return Time(std::chrono::seconds(seconds) + Duration(nanos));
}

// A member of a map<string, ...>: 1 key, 2 value, which is `read`.
std::string ReadMapKey(std::string_view message,
                       const std::function<void(std::string_view)>& read) {
  std::string key;
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) key = reader.Bytes();
    if (reader.field() == 2) read(reader.Bytes());
  }
  return key;
}

// Matcher: 1 type, 2 name, 3 pattern.
model::MatcherText ReadMatcher(std::string_view message, bool* broken) {
  constexpr model::MatchOp kOps[] = {model::MatchOp::kEqual, model::MatchOp::kRegex,
                                     model::MatchOp::kNotEqual, model::MatchOp::kNotRegex};
  model::MatcherText matcher;
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) {
      const std::uint64_t op = reader.Varint();
      if (op >= std::size(kOps)) {
        reader.Break();
        break;
      }
      matcher.op = kOps[op];
    }
    if (reader.field() == 2) matcher.name = reader.Bytes();
    if (reader.field() == 3) matcher.value = reader.Bytes();
  }
  *broken = *broken || reader.broken();
  return matcher;
}

using MatcherTexts = std::vector<model::MatcherText>;

// Silence, as far as it is plain.
struct SilenceMessage {
  model::Silence silence;
  MatcherTexts first;  // What old ones have, and new ones for them.
  std::vector<MatcherTexts> sets;
  bool broken = false;
};

MatcherTexts ReadMatcherSet(std::string_view message, bool* broken) {
  MatcherTexts set;
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) set.push_back(ReadMatcher(reader.Bytes(), broken));
  }
  *broken = *broken || reader.broken();
  return set;
}

// Comment, of old ones: 1 author, 2 comment.
void ReadComment(std::string_view message, model::Silence* silence) {
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) silence->created_by = reader.Bytes();
    if (reader.field() == 2) silence->comment = reader.Bytes();
  }
}

SilenceMessage ReadSilenceMessage(std::string_view message) {
  SilenceMessage read;
  model::Silence& silence = read.silence;
  silence.starts_at = silence.ends_at = silence.updated_at = kZeroTime;
  std::vector<std::pair<std::string, std::string>> annotations;
  std::string_view old_comment;
  ProtobufReader reader(message);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        silence.id = reader.Bytes();
        break;
      case 2:
        read.first.push_back(ReadMatcher(reader.Bytes(), &read.broken));
        break;
      case 3:
        silence.starts_at = ReadTime(reader.Bytes());
        break;
      case 4:
        silence.ends_at = ReadTime(reader.Bytes());
        break;
      case 5:
        silence.updated_at = ReadTime(reader.Bytes());
        break;
      case 7:
        if (old_comment.empty()) old_comment = reader.Bytes();
        break;
      case 8:
        silence.created_by = reader.Bytes();
        break;
      case 9:
        silence.comment = reader.Bytes();
        break;
      case 10: {
        std::string value;
        std::string name = ReadMapKey(reader.Bytes(), [&](std::string_view v) { value = v; });
        annotations.emplace_back(std::move(name), std::move(value));
        break;
      }
      case 11:
        read.sets.push_back(ReadMatcherSet(reader.Bytes(), &read.broken));
        break;
      default:
        break;
    }
  }
  if (silence.comment.empty() && silence.created_by.empty()) ReadComment(old_comment, &silence);
  std::vector<model::Label> labels;
  for (const auto& [name, value] : annotations) labels.push_back({name, value});
  silence.annotations = model::LabelSet::FromUnsorted(labels);
  read.broken = read.broken || reader.broken();
  return read;
}

// Neither missing nor beyond what the years of a Time can say.
bool IsPlausible(Time time) {
  return !IsZero(time) && time != Time::max();
}

Result<model::SilencePtr> MakeSilence(SilenceMessage read) {
  if (read.broken || read.silence.id.empty()) return Fail("malformed");
  // One that never ends is one that people ask for.
  const bool lasts =
      !IsZero(read.silence.ends_at) && read.silence.ends_at >= read.silence.starts_at;
  if (!IsPlausible(read.silence.starts_at) || !lasts)
    return Fail("it has no times that make sense");
  if (read.sets.empty()) read.sets.push_back(std::move(read.first));
  for (std::size_t i = 0; i < read.sets.size(); ++i) {
    // It would silence everything.
    if (read.sets[i].empty()) return Fail("it has no matchers");
    auto matchers =
        model::CompileSilenceMatchers(std::move(read.sets[i]), i, model::MatcherSyntax::kFallback);
    if (!matchers) return tl::unexpected(matchers.error());
    read.silence.matcher_sets.push_back(*std::move(matchers));
  }
  return std::make_shared<const model::Silence>(std::move(read.silence));
}

// Field 1 of MeshSilence and MeshEntry: what it is about. Their field 2, the time until which it is
// kept, is returned as well.
struct Envelope {
  std::string_view message;
  Time expires_at = kZeroTime;
  bool broken = false;
};
Envelope ReadEnvelope(std::string_view bytes) {
  Envelope envelope;
  ProtobufReader reader(bytes);
  while (reader.Next()) {
    if (reader.field() == 1) envelope.message = reader.Bytes();
    if (reader.field() == 2) envelope.expires_at = ReadTime(reader.Bytes());
  }
  envelope.broken = reader.broken();
  return envelope;
}

// Calls `read` for each message; what does not even have a length ends the file.
void ForEachMessage(std::string_view file, const char* name, std::vector<std::string>* problems,
                    const std::function<void(const Envelope&)>& read) {
  const std::size_t size = file.size();
  while (!file.empty()) {
    const std::string at = "byte " + std::to_string(size - file.size());
    const auto message = TakePrefixed(&file);
    if (!message) {
      AddProblem(std::string(name) + ": what follows " + at + " is cut off or damaged", problems);
      return;
    }
    const Envelope envelope = ReadEnvelope(*message);
    if (envelope.broken) {
      AddProblem(std::string(name) + ": malformed message at " + at, problems);
    } else {
      read(envelope);
    }
  }
}

// Receiver: 1 group_name, 2 integration, 3 idx.
model::IntegrationId ReadReceiver(std::string_view message) {
  model::IntegrationId id;
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) id.receiver = reader.Bytes();
    if (reader.field() == 2) id.type = reader.Bytes();
    if (reader.field() == 3) id.index = static_cast<std::uint32_t>(reader.Varint());
  }
  return id;
}

// One hash, or packed ones.
void ReadHashes(ProtobufReader* reader, router::AlertHashes* hashes) {
  if (reader->is_varint()) return hashes->push_back(reader->Varint());
  std::string_view packed = reader->Bytes();
  while (!packed.empty()) {
    const auto hash = TakeVarint(&packed);
    if (!hash) return reader->Break();
    hashes->push_back(*hash);
  }
}

void Order(router::AlertHashes* hashes) {
  std::sort(hashes->begin(), hashes->end());
  hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
}

// Value: one of 1 string, 2 int64, 3 double.
model::ReceiverValue ReadValue(std::string_view message) {
  model::ReceiverValue value;
  ProtobufReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) value = std::string(reader.Bytes());
    if (reader.field() == 2) value = Signed(reader.Varint());
    if (reader.field() == 3) value = reader.Double();
  }
  return value;
}

// Entry. The key is empty if it is none.
std::pair<std::string, std::shared_ptr<router::LogEntry>> ReadEntry(const Envelope& envelope) {
  auto entry = std::make_shared<router::LogEntry>();
  entry->timestamp = kZeroTime;
  entry->expires_at = envelope.expires_at;
  std::string_view group_key;
  model::IntegrationId receiver;
  ProtobufReader reader(envelope.message);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        group_key = reader.Bytes();
        break;
      case 2:
        receiver = ReadReceiver(reader.Bytes());
        break;
      case 5:
        entry->timestamp = ReadTime(reader.Bytes());
        break;
      case 6:
        ReadHashes(&reader, &entry->firing);
        break;
      case 7:
        ReadHashes(&reader, &entry->resolved);
        break;
      case 8: {
        model::ReceiverValue value;
        std::string key =
            ReadMapKey(reader.Bytes(), [&](std::string_view v) { value = ReadValue(v); });
        entry->data.insert_or_assign(std::move(key), std::move(value));
        break;
      }
      default:
        break;
    }
  }
  Order(&entry->firing);
  Order(&entry->resolved);
  if (reader.broken() || group_key.empty() || receiver.type.empty()) return {};
  return {router::LogKey(group_key, receiver), std::move(entry)};
}

// Nothing if there is none.
std::optional<std::string> ReadFile(const std::filesystem::path& path,
                                    std::vector<std::string>* problems) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (error || !stream || size > kFileBytesMax) {
    problems->push_back(path.string() + (size > kFileBytesMax && !error ? ": it is too large"
                                                                        : ": it cannot be read"));
    return std::nullopt;
  }
  std::ostringstream content;
  content << stream.rdbuf();
  return std::move(content).str();
}

}  // namespace

void ReadSilences(std::string_view file, AlertmanagerState* state) {
  std::map<std::string, std::size_t> places;
  ForEachMessage(file, "silences", &state->problems, [&](const Envelope& envelope) {
    SilenceMessage read = ReadSilenceMessage(envelope.message);
    const std::string id = read.silence.id;
    Result<model::SilencePtr> silence = MakeSilence(std::move(read));
    if (!silence) {
      AddProblem("silences: " + GoQuote(id) + ": " + silence.error().message, &state->problems);
      return;
    }
    const auto [place, first] = places.emplace(id, state->silences.size());
    if (first) {
      state->silences.push_back(*std::move(silence));
    } else {
      state->silences[place->second] = *std::move(silence);
    }
  });
}

void ReadNotificationLog(std::string_view file, Time now, AlertmanagerState* state) {
  std::map<std::string, router::LogEntryPtr> entries;
  ForEachMessage(file, "nflog", &state->problems, [&](const Envelope& envelope) {
    auto [key, entry] = ReadEntry(envelope);
    if (key.empty()) {
      AddProblem("nflog: malformed entry", &state->problems);
    } else if (!IsPlausible(entry->timestamp) || !IsPlausible(entry->expires_at)) {
      AddProblem("nflog: " + GoQuote(key) + ": it has no times that make sense", &state->problems);
    } else {
      entry->timestamp = std::min(entry->timestamp, now);
      entries[std::move(key)] = std::move(entry);
    }
  });
  state->log_entries.assign(entries.begin(), entries.end());
}

AlertmanagerState ReadAlertmanagerFiles(const std::string& folder, Time now) {
  AlertmanagerState state;
  const std::filesystem::path path(folder);
  if (const auto silences = ReadFile(path / "silences", &state.problems)) {
    ReadSilences(*silences, &state);
  }
  if (const auto log = ReadFile(path / "nflog", &state.problems)) {
    ReadNotificationLog(*log, now, &state);
  }
  return state;
}

}  // namespace tocsin::storage
